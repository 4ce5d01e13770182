"""The addresses of the queue, of answers to offers, of a team's assignment and territories and of handing a book over."""

from django.urls import path

from assignment import book_pages, offer_pages, queue_pages, team_pages, territory_pages

urlpatterns = [
    path("leads/queue/", queue_pages.queue, name="queue"),
    path("leads/queue/rules/", queue_pages.by_rules, name="by_rules"),
    path("leads/<int:pk>/acceptance/", offer_pages.acceptance, name="acceptance"),
    path("leads/<int:pk>/refusal/", offer_pages.refusal, name="refusal"),
    path("settings/teams/<int:pk>/assignment/", team_pages.team, name="team"),
    path("settings/teams/<int:pk>/territories/", territory_pages.territories, name="territories"),
    path("settings/teams/<int:pk>/territories/new/", territory_pages.new, name="new_territory"),
    path("settings/territories/<int:pk>/", territory_pages.territory, name="territory"),
    path("settings/territories/<int:pk>/removal/", territory_pages.removal, name="territory_removal"),
    path("settings/people/<int:pk>/book/", book_pages.book, name="book"),
]
