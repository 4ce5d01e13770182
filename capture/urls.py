from django.urls import path

app_name = "capture"
urlpatterns: list = []
