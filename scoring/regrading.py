"""What is open graded anew where a change touches its grades: soon and in batches, not only at its next edit.

Every wish is a row that says what changed, whose leads, and since when; what was graded since then is done, so a sweep that
dies goes on where it stood. An ideal customer stands below the scores and tells them nothing: its criteria are compared
with those its team's leads were graded by last.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now

from leads import ideals
from leads.models import Lead
from opportunities.models import Opportunity
from scoring import deals, limits, scores
from scoring.models import DealScore, Regrading, ScoringModel, TeamLimits
from teams.models import SalesTeam


def ask(why: str, *, at: datetime, question: str = "lead", team: SalesTeam | None = None, field: str = "") -> Regrading:
    """Wish for grades after `at` of all that is open, or of one team's leads; asked again meanwhile, it begins anew."""
    row, _made = Regrading.objects.update_or_create(
        question=question, why=why, team=team, field=field, ended_at=None, defaults={"since": at, "total": 0}
    )
    row.total = waiting(row).count()
    row.save(update_fields=["total"])
    return row


def ask_for_field(key: str, *, at: datetime) -> None:
    """Wish for grades without a field, or with it again, of leads and deals."""
    for question in ("lead", "deal"):
        ask(Regrading.Why.FIELD, at=at, question=question, field=key)


def waiting(row: Regrading) -> QuerySet:
    """Return the open leads, or grades of open deals, that are older than what was asked for."""
    if row.question == "deal":
        return DealScore.objects.filter(opportunity__state=Opportunity.State.OPEN, scored_at__lt=row.since)
    return _leads(row).filter(scored_at__lt=row.since)


def _leads(row: Regrading) -> QuerySet[Lead]:
    return Lead.objects.open().filter(team=row.team_id) if row.team_id else Lead.objects.open()


def sweep(*, at: datetime, limit: int = 5_000) -> int:
    """Grade what waits, the longest asked for first; returns how many were. Four queries when nothing changed."""
    notice(at=at)
    done = 0
    for row in Regrading.objects.filter(ended_at__isnull=True).order_by("since", "pk"):
        done += _work(row, at=at, limit=limit - done)
        if done >= limit:
            break
        if not waiting(row).exists():
            Regrading.objects.filter(pk=row.pk, since=row.since).update(ended_at=Now())
    return done


def _work(row: Regrading, *, at: datetime, limit: int) -> int:
    if row.question == "lead":
        return scores.grade_anew(_leads(row), since=row.since, at=at, limit=limit)
    grades, at, done = deals.Grades(), max(at, row.since), 0
    if grades.model is None:  # the stages say the probability; there is no grade to mend
        Regrading.objects.filter(pk=row.pk).update(ended_at=Now())
        return 0
    keys = list(waiting(row).order_by("pk").values_list("pk", flat=True)[:limit])
    for start in range(0, len(keys), deals.TOGETHER):
        done += deals.grade_many(keys[start : start + deals.TOGETHER], at=at, grades=grades)
    return done


def notice(*, at: datetime) -> None:
    """See which teams' ideal customers changed, and while nothing was learnt also which limits. Three queries when none did."""
    marks, known = ideals.marks(), {one.team_id: one for one in TeamLimits.objects.all()}
    has_model = ScoringModel.objects.filter(question="lead", active_since__isnull=False).exists()
    for team in SalesTeam.objects.order_by("pk"):
        kept, mark = known.get(team.pk) or limits.of(team), marks.get(team.pk, "")
        if kept.in_force_ideal != mark:
            ask(Regrading.Why.IDEAL, at=at, team=team)
            TeamLimits.objects.filter(pk=kept.pk).update(in_force_ideal=mark)
        if not has_model and (team.hot_from, team.warm_from) != (kept.in_force_hot, kept.in_force_warm):
            ask(Regrading.Why.LIMITS, at=at, team=team)  # with one, limits.sweep follows
            TeamLimits.objects.filter(pk=kept.pk).update(in_force_hot=team.hot_from, in_force_warm=team.warm_from)
