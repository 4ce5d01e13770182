"""Set-up tables that belong to no app above: tags, custom fields, exchange rates; and the audit, to read."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from import_export.resources import ModelResource

from core.models import ActivityType, AuditEntry, CustomField, ExchangeRate, Tag
from core.set_up_exchange import ExchangeableTable
from core.set_up_site import SetUpTable

RECORDS = [("lead", _("Lead")), ("company", _("Company")), ("contact", _("Contact")), ("opportunity", _("Deal"))]


class TagResource(ModelResource):
    class Meta:
        model = Tag
        fields = ["name", "tone"]
        import_id_fields = ["name"]


@admin.register(Tag)
class TagTable(ExchangeableTable):
    resource_classes = [TagResource]
    list_display = ["name", "tone"]
    list_filter = ["tone"]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    fields = ["name", "tone"]


@admin.register(ActivityType)
class ActivityTypeTable(SetUpTable):
    list_display = ["name", "kind", "default_days", "chain", "next", "is_active", "position"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["next"]
    search_fields = ["name", "code"]
    ordering = ["position", "name", "pk"]
    fields = ["name", "code", "kind", "icon", "default_days", "text", "next", "chain", "is_active", "position"]


@admin.register(CustomField)
class CustomFieldTable(SetUpTable):
    list_display = ["label", "record", "type", "is_filterable", "is_active", "position"]
    list_filter = ["record", "type", "is_active"]
    search_fields = ["label", "key"]
    ordering = ["record", "position", "pk"]
    fields = ["record", "key", "label", "type", "choices", "is_filterable", "is_active", "position"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "record":
            return forms.ChoiceField(label=db_field.verbose_name, choices=RECORDS)
        if db_field.name == "choices":
            kwargs["help_text"] = _("Separated by commas.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        """Values lie under this key and were read by this type: both stay once the field exists."""
        return ["record", "key", "type"] if obj else []

    def details_of(self, obj) -> dict:
        """Conditions name a field by its key: the audit tells what it was called once it is gone."""
        return {"record": obj.record, "key": obj.key}


class ExchangeRateResource(ModelResource):
    class Meta:
        model = ExchangeRate
        fields = ["currency", "date", "rate"]
        import_id_fields = ["currency", "date"]


@admin.register(ExchangeRate)
class ExchangeRateTable(ExchangeableTable):
    resource_classes = [ExchangeRateResource]
    list_display = ["currency", "date", "rate"]
    list_filter = ["currency"]
    ordering = ["-date", "currency", "pk"]
    fields = ["currency", "date", "rate"]


@admin.register(AuditEntry)
class AuditTable(SetUpTable):
    list_display = ["at", "action", "actor", "target"]
    list_filter = ["action"]
    search_fields = ["target", "action"]
    list_select_related = ["actor"]
    ordering = ["-at", "-pk"]
    fields = readonly_fields = ["at", "action", "actor", "target", "details", "request_id"]

    def has_add_permission(self, request) -> bool:
        return False

    has_change_permission = has_delete_permission = lambda self, request, obj=None: False  # noqa: E731 - it only grows
