from django.urls import path

from core import gallery, health, shell, views

app_name = "core"
urlpatterns = [
    path("healthz", health.alive, name="health"),
    path("readyz", health.ready, name="ready"),
    path("undo/<int:pk>/", views.take_back, name="undo"),
    path("operations/", views.operations_page, name="operations"),
    path("operations/check/", views.check_now, name="check"),
    path("operations/<slug:kind>/<str:row>/retry/", views.retry, name="retry"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("notices/", shell.notices_part, name="notices"),
]
