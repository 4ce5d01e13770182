from django.urls import path

from teams import demo

app_name = "teams"
urlpatterns = [
    path("demo/person/", demo.sign_in, name="demo_sign_in"),
]
