"""Who sees what came in (decision 26): operations and administrators all of it, managers what belongs to their teams."""

from django.db.models import Q

from core.work import WorkQuerySet
from leads.models import Lead
from teams.models import Role, SalesTeam, User


class SubmissionQuerySet(WorkQuerySet):
    def visible_to(self, user: User):
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        if user.role in {Role.OPS, Role.ADMINISTRATOR}:
            return self
        if user.role != Role.MANAGER:
            return self.none()
        mine = Q(team__in=user.team_ids) | Q(team__isnull=True, web_form__team__in=user.team_ids)
        if SalesTeam.objects.filter(is_default=True, pk__in=user.team_ids).exists():
            mine |= Q(team__isnull=True, web_form__team__isnull=True)
        return self.filter(Q(lead__in=Lead.objects.visible_to(user)) | Q(lead__isnull=True) & mine)

    def set_aside(self):
        return self.filter(result="quarantined")
