"""Web forms as rows; their fields are arranged on their own page."""

from django.contrib import admin

from capture.models import WebForm
from teams.admin import TeamTable


@admin.register(WebForm)
class WebFormTable(TeamTable):
    list_display = ["name", "slug", "team", "is_active"]
    list_filter = [("team", admin.RelatedOnlyFieldListFilter), "is_active"]
    list_select_related = ["team"]
    search_fields = ["name", "slug"]
    ordering = ["name", "pk"]
    fields = ["name", "slug", "heading", "intro", "thanks", "fields", "team", "source", "medium", "campaign", "hosts", "is_active"]
