from django.urls import path

from teams import settings_views

app_name = "settings"
urlpatterns = [
    path("", settings_views.index, name="index"),
    path("organisation/", settings_views.organisation, name="organisation"),
]
