from django.urls import path

from capture.web_form import views

app_name = "web_form"
urlpatterns = [
    path("<slug:slug>/", views.form, name="form"),
    path("<slug:slug>/thanks/", views.thanks, name="thanks"),
]
