from django.urls import path

from crm_site.demo import views

app_name = "demo"
urlpatterns = [path("", views.demo, name="demo")]
