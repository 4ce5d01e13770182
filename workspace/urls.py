from django.urls import path

from workspace import views

app_name = "workspace"
urlpatterns = [
    path("", views.today, name="today"),
    path("team/", views.team, name="team"),
    path("activities/<slug:record>/<int:pk>/done/", views.activity_done, name="done"),
    path("activities/<slug:record>/<int:pk>/snooze/", views.snooze, name="snooze"),
]
