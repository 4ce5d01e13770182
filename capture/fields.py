"""What lists, rules and audiences may ask about how a lead came in: with which file."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from capture.imports import access
from capture.models import ImportRun, Submission
from core import clock, wording
from core.conditions import Field, register
from leads.fields import ORIGIN
from leads.models import Lead
from teams.models import User

Step = ImportRun.Step
BROUGHT = Q(kind=ImportRun.Kind.LEADS, step__in=[Step.RUNNING, Step.FINISHED, Step.UNDOING, Step.UNDONE])
CAME_IN = ("created", "joined", "apart")


def imports_of(user: User) -> Iterable[tuple[int, str]]:
    """Return the imports somebody knows of, the newest first: those they see as such, of their teams, with leads of theirs."""
    own = Submission.objects.filter(lead__owner=user, import_run__isnull=False).values("import_run")
    known = Q(pk__in=access.visible_to(user).values("pk")) | Q(team__in=user.team_ids) | Q(pk__in=own)
    runs = ImportRun.objects.filter(BROUGHT, known).order_by("-uploaded_at", "-pk")
    now = clock.now()
    return [(run.pk, _named(run, now)) for run in runs.only("name", "step", "uploaded_at")]


def _named(run: ImportRun, now: datetime) -> str:
    values = {"name": run.name, "day": wording.day(run.uploaded_at, now=now)}
    if run.step == Step.UNDONE:
        return gettext("%(name)s, %(day)s (taken back)") % values
    return gettext("%(name)s, %(day)s") % values


def _came_with(lead: Lead) -> set[int]:
    return {one.import_run_id for one in lead.submissions.all() if one.import_run_id and one.result in CAME_IN}


register(
    "lead",
    Field(
        "import", _("Import"), "tag", group=ORIGIN, options_for=imports_of, cast=int, value_of=_came_with, prefetch="submissions",
        through=lambda: Submission, link=("lead_id", "import_run_id"),
        narrow={"import_run__isnull": False, "lead__isnull": False, "result__in": CAME_IN},
    ),
)  # fmt: skip
