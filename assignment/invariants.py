"""What must never be about decisions: lost, unowned without a reason, owned without one, over the limits."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from assignment.models import AssignmentRule, Decision, QualificationRule
from core import invariants
from leads.models import Lead

LATE = timedelta(minutes=5)


def undecided() -> Iterator[dict]:
    """Open leads older than five minutes about which nothing was decided."""
    decided = Decision.objects.filter(lead=OuterRef("pk"))
    rows = Lead.objects.open().filter(~Exists(decided), created_at__lt=Now() - LATE)
    for pk, problem in rows.values_list("pk", "qualify_error")[: invariants.MOST]:
        yield {"lead": pk, "why": f"nothing was decided{f': {problem}' if problem else ''}"}


def overdue() -> Iterator[dict]:
    """Leads whose steps after capture have been due for five minutes, or were set aside."""
    rows = Lead.objects.filter(qualify_due_at__lt=Now() - LATE, qualify_stuck_at__isnull=True)
    for pk in rows.values_list("pk", flat=True)[: invariants.MOST]:
        yield {"lead": pk, "why": "score, qualification and assignment are overdue"}
    for pk, problem in Lead.objects.open().filter(qualify_stuck_at__isnull=False).values_list("pk", "qualify_error")[: invariants.MOST]:
        yield {"lead": pk, "why": f"set aside after three tries: {problem[:200]}"}


def owned_without_record() -> Iterator[dict]:
    """Open leads with an owner no decision names. Records of what people did by hand may be half a minute late."""
    named = Decision.objects.filter(lead=OuterRef("pk"), kind=Decision.Kind.ASSIGNMENT, owner=OuterRef("owner"))
    rows = Lead.objects.open().filter(~Exists(named), owner__isnull=False, assigned_at__lt=Now() - LATE)
    for pk in rows.values_list("pk", flat=True)[: invariants.MOST]:
        yield {"lead": pk, "why": "no decision names its owner"}


def doubled() -> Iterator[dict]:
    """Leads that were assigned twice in one moment: two workers must never decide about the same lead."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lead_id, count(*) FROM assignment_decision WHERE kind = 'assignment' AND outcome = 'assigned' AND by_id IS NULL "
            "GROUP BY lead_id, at HAVING count(*) > 1 ORDER BY lead_id LIMIT %s",
            [invariants.MOST],
        )
        for pk, number in cursor.fetchall():
            yield {"lead": pk, "why": f"{number} assignments in one moment"}


def no_last_rule() -> Iterator[dict]:
    """Both lists end with «everyone else», so that no lead falls through."""
    for model in (QualificationRule, AssignmentRule):
        if not model.objects.filter(is_everyone_else=True, is_active=True, team__isnull=True).exists():
            yield {"list": model._meta.model_name, "why": "its last rule is missing or off"}


invariants.register("lead undecided", undecided)
invariants.register("lead overdue", overdue)
invariants.register("owner without decision", owned_without_record)
invariants.register("lead assigned twice", doubled)
invariants.register("rule list without an end", no_last_rule)
