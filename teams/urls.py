from django.urls import path

from teams import demo, policy_views, team_views, views

app_name = "teams"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/invitation/", views.invitation, name="invitation"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/access/", views.access, name="access"),
    path("people/<int:pk>/invitation/", views.invitation_again, name="invitation_again"),
    path("people/<int:pk>/second-factor/", views.second_factor, name="second_factor"),
    path("profile/", views.profile, name="profile"),
    path("teams/", team_views.teams, name="teams"),
    path("teams/new/", team_views.new, name="new"),
    path("teams/<int:pk>/", team_views.team, name="team"),
    path("teams/<int:pk>/hours/", policy_views.hours, name="hours"),
    path("teams/<int:pk>/clock/", policy_views.clock, name="clock"),
    path("teams/<int:pk>/members/", team_views.members, name="members"),
    path("teams/<int:pk>/deletion/", team_views.deletion, name="deletion"),
    path("teams/members/<int:pk>/", team_views.member, name="member"),
    path("teams/members/<int:pk>/removal/", team_views.removal, name="removal"),
    path("demo/person/", demo.sign_in, name="demo_sign_in"),
]
