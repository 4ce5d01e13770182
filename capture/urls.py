from django.urls import path

from capture import views
from capture.manual import views as manual

app_name = "capture"
urlpatterns = [
    path("entries/", views.submissions, name="submissions"),
    path("entries/<int:pk>/decision/", views.decision, name="decision"),
    path("entries/new/", manual.manual, name="manual"),
    path("entries/new/likenesses/", manual.likenesses, name="likenesses"),
    path("settings/forms/", views.forms, name="forms"),
]
