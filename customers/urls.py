from django.urls import path

from core.merging import pages
from customers import views

app_name = "customers"
urlpatterns = [
    path("", views.companies, name="companies"),
    path("people/", views.contacts, name="contacts"),
    path("new/", views.new, {"kind": "company"}, name="new_company"),
    path("people/new/", views.new, {"kind": "contact"}, name="new_contact"),
    path("duplicates/", pages.queue, {"kind": "company"}, name="company_pairs"),
    path("duplicates/<int:pk>/", pages.judge, {"kind": "company"}, name="company_pair"),
    path("merge/", pages.merge, {"kind": "company"}, name="merge_companies"),
    path("people/duplicates/", pages.queue, {"kind": "contact"}, name="contact_pairs"),
    path("people/duplicates/<int:pk>/", pages.judge, {"kind": "contact"}, name="contact_pair"),
    path("people/merge/", pages.merge, {"kind": "contact"}, name="merge_contacts"),
    path("<int:pk>/", views.company, name="company"),
    path("<int:pk>/edit/", views.edit, {"kind": "company"}, name="edit_company"),
    path("<int:pk>/note/", views.note, {"kind": "company"}, name="note_company"),
    path("people/<int:pk>/", views.contact, name="contact"),
    path("people/<int:pk>/edit/", views.edit, {"kind": "contact"}, name="edit_contact"),
    path("people/<int:pk>/note/", views.note, {"kind": "contact"}, name="note_contact"),
]
