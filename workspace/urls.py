from django.urls import path

from workspace import activities, palette, saved_views, views

app_name = "workspace"
urlpatterns = [
    path("", views.today, name="today"),
    path("team/", views.team, name="team"),
    path("search/", palette.search, name="search"),
    path("views/<slug:record>/new/", saved_views.new, name="new_view"),
    path("views/<slug:record>/columns/", saved_views.columns, name="columns"),
    path("views/<int:pk>/", saved_views.view, name="view"),
    path("views/<int:pk>/pin/", saved_views.pin, name="pin"),
    path("activities/<slug:record>/<int:pk>/done/", activities.done, name="done"),
    path("activities/<slug:record>/<int:pk>/snooze/", activities.snooze, name="snooze"),
    path("activities/<slug:record>/<int:pk>/cancel/", activities.cancel, name="cancel"),
]
