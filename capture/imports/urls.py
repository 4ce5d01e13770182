"""Addresses of the imports."""

from django.urls import path

from capture.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("sample/", views.sample, name="sample"),
    path("uploads/", views.upload, name="uploads"),
    path("uploads/<uuid:pk>/", views.upload_part, name="upload"),
    path("<int:pk>/", views.import_run, name="import"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/again/", views.again, name="again"),
    path("<int:pk>/columns/", views.columns, name="columns"),
    path("<int:pk>/dialect/", views.dialect, name="dialect"),
    path("<int:pk>/check/", views.check, name="check"),
    path("<int:pk>/rows/<int:number>/", views.row, name="row"),
    path("<int:pk>/run/", views.run, name="run"),
    path("<int:pk>/rejects/", views.rejects, name="rejects"),
    path("<int:pk>/undo/", views.undo, name="undo"),
]
