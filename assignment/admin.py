"""The two ordered lists of rules as rows; «everyone else» stays, because every lead ends somewhere."""

from django.contrib import admin
from django.db.models.functions import Now

from assignment.models import AssignmentRule, QualificationRule
from teams.admin import TeamTable


class RuleTable(TeamTable):
    list_filter = [("team", admin.RelatedOnlyFieldListFilter), "is_active"]
    list_select_related = ["team"]
    search_fields = ["name"]
    ordering = ["team__name", "is_everyone_else", "position", "pk"]
    actions = None

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_everyone_else)

    def get_readonly_fields(self, request, obj=None):
        return ["problem", *(["team", "position", "conditions", "is_active"] if obj and obj.is_everyone_else else [])]

    def save_model(self, request, obj, form, change) -> None:
        obj.changed_by, obj.changed_at = request.user, Now()
        super().save_model(request, obj, form, change)


@admin.register(QualificationRule)
class QualificationRuleTable(RuleTable):
    list_display = ["name", "team", "position", "outcome", "is_active", "is_everyone_else"]
    fields = ["name", "team", "position", "conditions", "outcome", "stage", "archive_reason", "come_back_after", "is_active", "problem"]


@admin.register(AssignmentRule)
class AssignmentRuleTable(RuleTable):
    list_display = ["name", "team", "position", "to_team", "to_person", "strategy", "is_active", "is_everyone_else"]
    list_select_related = ["team", "to_team", "to_person"]
    fields = ["name", "team", "position", "conditions", "to_team", "to_person", "strategy", "is_active", "problem"]
