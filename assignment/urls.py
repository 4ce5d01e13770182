from django.urls import path

from assignment import desk_urls, ideal_pages, paper_pages, review_pages, rule_pages, trial_pages, views

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
    path("settings/rules/<slug:kind>/versions/<int:pk>/reason/", trial_pages.version_reason, name="version_reason"),
    path("settings/rules/<slug:kind>/versions/<int:pk>/restoration/", trial_pages.restoration, name="restoration"),
    path("settings/ideal-customer/", ideal_pages.ideal_customers, name="ideal_customers"),
    path("settings/ideal-customer/new/", ideal_pages.criterion, name="new_criterion"),
    path("settings/ideal-customer/<int:pk>/", ideal_pages.criterion, name="criterion"),
    path("settings/ideal-customer/<int:pk>/removal/", ideal_pages.criterion_removal, name="criterion_removal"),
    path("leads/review/", review_pages.review_queue, name="review"),
    path("leads/<int:pk>/judgement/", review_pages.judgement, name="judgement"),
    path("leads/<int:pk>/assignment/", views.lead_owner, name="lead_owner"),
    path("leads/<int:pk>/decisions/", views.decisions, name="decisions"),
    *desk_urls.urlpatterns,
]
