from django.urls import path

from assignment import desk_urls, paper_pages, rule_pages, trial_pages, views

app_name = "assignment"
urlpatterns = [
    path("settings/rules/", rule_pages.rule_lists, name="rules"),
    path("settings/rules/simulator/", paper_pages.simulation, name="simulator"),
    path("settings/rules/replay/", paper_pages.replays, name="replay"),
    path("settings/rules/<slug:kind>/new/", rule_pages.rule, name="new_rule"),
    path("settings/rules/<slug:kind>/<int:pk>/", rule_pages.rule, name="rule"),
    path("settings/rules/<slug:kind>/<int:pk>/place/", rule_pages.place, name="place"),
    path("settings/rules/<slug:kind>/<int:pk>/state/", rule_pages.state, name="state"),
    path("settings/rules/<slug:kind>/<int:pk>/removal/", rule_pages.removal, name="removal"),
    path("settings/rules/<slug:kind>/dry-run/", trial_pages.dry_runs, name="dry_run"),
    path("settings/rules/<slug:kind>/activation/", trial_pages.activation, name="activation"),
    path("settings/rules/<slug:kind>/versions/", trial_pages.version_list, name="versions"),
    path("settings/rules/<slug:kind>/versions/<int:pk>/restoration/", trial_pages.restoration, name="restoration"),
    path("leads/<int:pk>/assignment/", views.lead_owner, name="lead_owner"),
    path("leads/<int:pk>/decisions/", views.decisions, name="decisions"),
    *desk_urls.urlpatterns,
]
