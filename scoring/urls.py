from django.urls import path

from scoring import views

app_name = "scoring"
urlpatterns = [
    path("settings/scores/", views.proof_page, name="proof"),
    path("settings/scores/underway/", views.underway, name="underway"),
    path("settings/scores/training/", views.training_now, name="training"),
    path("settings/scores/service/", views.service, name="service"),
    path("settings/scores/fields/", views.fields, name="fields"),
    path("settings/scores/deals/", views.deal_words, name="deal_words"),
    path("settings/scores/limits/", views.team_limits, name="limits"),
    path("settings/scores/least/", views.least, name="least"),
    path("leads/<int:pk>/score/", views.lead_score, name="lead_score"),
    path("leads/<int:pk>/score/alike/", views.lead_alike, name="alike"),
    path("opportunities/<int:pk>/probability/", views.deal_chance, name="deal_chance"),
]
