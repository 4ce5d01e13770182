from django.urls import path

from core import gallery, health, shell, views
from core.notices import views as notices

app_name = "core"
urlpatterns = [
    path("healthz", health.alive, name="health"),
    path("readyz", health.ready, name="ready"),
    path("undo/<int:pk>/", views.take_back, name="undo"),
    path("operations/", views.operations_page, name="operations"),
    path("operations/check/", views.check_now, name="check"),
    path("operations/<slug:kind>/<str:row>/retry/", views.retry, name="retry"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("banners/", shell.notices_part, name="banners"),
    path("notices/", notices.notices, name="notices"),
    path("notices/bell/", notices.bell, name="bell"),
    path("notices/reading/", notices.reading, name="reading"),
    path("notices/wishes/", notices.wishes, name="wishes"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
]
