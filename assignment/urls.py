from django.urls import path

from assignment import rule_pages, views

app_name = "assignment"
urlpatterns = [
    path("settings/rules/", rule_pages.rule_lists, name="rules"),
    path("settings/rules/<slug:kind>/new/", rule_pages.rule, name="new_rule"),
    path("settings/rules/<slug:kind>/<int:pk>/", rule_pages.rule, name="rule"),
    path("settings/rules/<slug:kind>/<int:pk>/place/", rule_pages.place, name="place"),
    path("settings/rules/<slug:kind>/<int:pk>/state/", rule_pages.state, name="state"),
    path("settings/rules/<slug:kind>/<int:pk>/removal/", rule_pages.removal, name="removal"),
    path("leads/<int:pk>/assignment/", views.lead_owner, name="lead_owner"),
    path("leads/<int:pk>/decisions/", views.decisions, name="decisions"),
]
