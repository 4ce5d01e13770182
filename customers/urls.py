from django.urls import path

from customers import views

app_name = "customers"
urlpatterns = [
    path("", views.companies, name="companies"),
    path("people/", views.contacts, name="contacts"),
    path("new/", views.new, {"kind": "company"}, name="new_company"),
    path("people/new/", views.new, {"kind": "contact"}, name="new_contact"),
    path("<int:pk>/", views.company, name="company"),
    path("<int:pk>/edit/", views.edit, {"kind": "company"}, name="edit_company"),
    path("<int:pk>/note/", views.note, {"kind": "company"}, name="note_company"),
    path("people/<int:pk>/", views.contact, name="contact"),
    path("people/<int:pk>/edit/", views.edit, {"kind": "contact"}, name="edit_contact"),
    path("people/<int:pk>/note/", views.note, {"kind": "contact"}, name="note_contact"),
]
