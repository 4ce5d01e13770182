from django.urls import path

from assignment import views

app_name = "assignment"
urlpatterns = [
    path("settings/rules/", views.rule_lists, name="rules"),
    path("settings/rules/<slug:kind>/new/", views.rule, name="new_rule"),
    path("settings/rules/<slug:kind>/<int:pk>/", views.rule, name="rule"),
    path("settings/rules/<slug:kind>/<int:pk>/place/", views.place, name="place"),
    path("settings/rules/<slug:kind>/<int:pk>/state/", views.state, name="state"),
    path("settings/rules/<slug:kind>/<int:pk>/removal/", views.removal, name="removal"),
    path("leads/<int:pk>/assignment/", views.lead_owner, name="lead_owner"),
    path("leads/<int:pk>/decisions/", views.decisions, name="decisions"),
]
