"""The lists that say where leads come from and why they end."""

from django.contrib import admin
from import_export.resources import ModelResource

from core.set_up_exchange import ExchangeableTable
from leads.models import Campaign, DisqualifyReason, Medium, Source


class SourceResource(ModelResource):
    class Meta:
        model = Source
        fields = ["name", "is_active", "is_purchased"]
        import_id_fields = ["name"]


class MediumResource(ModelResource):
    class Meta:
        model = Medium
        fields = ["name", "is_active"]
        import_id_fields = ["name"]


class CampaignResource(ModelResource):
    class Meta:
        model = Campaign
        fields = ["name", "is_active"]
        import_id_fields = ["name"]


class DisqualifyReasonResource(ModelResource):
    class Meta:
        model = DisqualifyReason
        fields = ["name", "needs_note", "position", "is_active"]
        import_id_fields = ["name"]


class OriginTable(ExchangeableTable):
    list_display = ["name", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    fields = ["name", "is_active"]


@admin.register(Source)
class SourceTable(OriginTable):
    resource_classes = [SourceResource]
    list_display = ["name", "is_purchased", "is_active"]
    fields = ["name", "is_purchased", "is_active"]


@admin.register(Medium)
class MediumTable(OriginTable):
    resource_classes = [MediumResource]


@admin.register(Campaign)
class CampaignTable(OriginTable):
    resource_classes = [CampaignResource]


@admin.register(DisqualifyReason)
class DisqualifyReasonTable(ExchangeableTable):
    resource_classes = [DisqualifyReasonResource]
    list_display = ["name", "needs_note", "position", "is_active"]
    search_fields = ["name"]
    ordering = ["position", "name", "pk"]
    fields = ["name", "needs_note", "position", "is_active"]
