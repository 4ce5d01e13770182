"""Pipelines with their stages, and why deals are lost."""

from django.contrib import admin
from django.db.models import Q
from import_export.resources import ModelResource

from core.set_up_exchange import ExchangeableTable
from opportunities.models import LostReason, Pipeline, Stage
from teams.admin import TeamTable
from teams.models import User


@admin.register(Pipeline)
class PipelineTable(TeamTable):
    list_display = ["name", "is_default", "position"]
    ordering = ["position", "name", "pk"]
    fields = ["name", "teams", "is_default", "position"]
    team_path = "teams"

    def team_ids_of(self, obj) -> list[int | None]:
        return list(obj.teams.values_list("pk", flat=True)) or [None]

    def get_readonly_fields(self, request, obj=None):
        return [] if request.user.is_administrator else ["is_default"]


@admin.register(Stage)
class StageTable(TeamTable):
    list_display = ["name", "pipeline", "position", "probability", "rots_after", "is_active"]
    list_filter = [("pipeline", admin.RelatedOnlyFieldListFilter), "is_active"]
    list_select_related = ["pipeline"]
    search_fields = ["name"]
    ordering = ["pipeline__position", "pipeline__pk", "position", "pk"]
    fields = ["pipeline", "name", "position", "probability", "rots_after", "requirements", "is_active"]
    team_path = "pipeline__teams"

    def team_ids_of(self, obj) -> list[int | None]:
        return list(obj.pipeline.teams.values_list("pk", flat=True)) or [None]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.related_model is Pipeline:
            kwargs["queryset"] = own_pipelines(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def own_pipelines(user: User):
    """Return the pipelines somebody may give stages: those all of whose teams are theirs."""
    from teams import rights

    pipelines = Pipeline.objects.order_by("position", "name", "pk")
    if rights.manages_every_team(user):
        return pipelines
    foreign = Q(teams__isnull=False) & ~Q(teams__in=user.team_ids)
    return (
        pipelines.filter(teams__in=user.team_ids)
        .exclude(pk__in=Pipeline.objects.filter(foreign).values("pk"))
        .distinct()
    )


class LostReasonResource(ModelResource):
    class Meta:
        model = LostReason
        fields = ["name", "needs_note", "position", "is_active"]
        import_id_fields = ["name"]


@admin.register(LostReason)
class LostReasonTable(ExchangeableTable):
    resource_classes = [LostReasonResource]
    list_display = ["name", "needs_note", "position", "is_active"]
    search_fields = ["name"]
    ordering = ["position", "name", "pk"]
    fields = ["name", "needs_note", "position", "is_active"]
