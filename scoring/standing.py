"""What serves now and why not the latest, the chances of deals, and the limits of teams: the rest of the proof page."""

from typing import Any

from django.utils.translation import gettext as _

from core import business
from leads.models import Lead
from opportunities.models import Opportunity
from scoring import deals, features, limits, proof, regrading, retraining, scores
from scoring.grading import SCHEMAS, BadModel, Grader
from scoring.models import DealScore, Regrading, ScoringModel, TeamLimits, Training
from teams.models import SalesTeam


def troubles(question: str = "lead") -> list[str]:
    """Say why the model that should serve does not, and what became of a last training that brought nothing."""
    found = []
    active = ScoringModel.objects.filter(
        question=question, active_since__isnull=False, active_until__isnull=True
    ).first()
    if active and (why := _why_not(active)):
        serving, _grader = scores.current(question)
        if serving:
            found.append(
                _("The latest model does not serve: %(why)s. The one before it goes on serving.") % {"why": why}
            )
        else:
            found.append(_("The latest model does not serve: %(why)s. There is none before it.") % {"why": why})
    last = Training.objects.filter(question=question).order_by("-pk").first()
    if last and last.state == Training.State.FAILED:
        found.append(_("The last training brought nothing. %(why)s") % {"why": proof.why(last)})
    return found


def _why_not(model: ScoringModel) -> str:
    try:
        Grader(model.coefficients, expected=model.digest)
    except BadModel as problem:
        if model.coefficients.get("schema", 0) not in SCHEMAS and isinstance(model.coefficients.get("schema"), int):
            return _("it was made by a newer version")
        return (
            _("its figures are not those that were stored")
            if "digest" in str(problem)
            else _("its figures can’t be right")
        )
    return ""


def of_deals(user) -> dict[str, Any]:
    """Return what the page shows of the second question: P(won) of deals, and what was said at first against how they ended."""
    model, _grader = scores.current("deal")
    measures = model.measures if model else {}
    rows = deals_looked_back(user)
    tested = len(rows) >= proof.ENOUGH
    bands = proof.bands_of(rows) if tested else [proof.Band(b["from"], b["n"], b["won"], b["said"]) for b in measures.get("bands", [])]
    closed, won = deals.counts()
    return {
        "model": model, "measures": measures, "points": proof.calibration(bands), "trainings": proof.history("deal"),
        "running": retraining.current("deal"), "troubles": troubles("deal"), "by_model": business.get("deal_chances_by_model"),
        "known": closed, "won": won, "lost": closed - won, "least": deals.LEAST, "rarer": deals.RARER, "few": bool(model and model.closed_count < 200),
        "trust": round(100 * deals.trust_of(model)) if model else None, "is_tested": tested, "looked_back": len(rows),
        "sentence": _of_deals(bands, tested=tested),
    }  # fmt: skip


def deals_looked_back(user) -> list[dict[str, Any]]:
    """Return what the model said first of each closed deal this person may see, with how it ended. One query."""
    seen = Opportunity.objects.visible_to(user).filter(state__in=[Opportunity.State.WON, Opportunity.State.LOST])
    rows = DealScore.objects.filter(opportunity__in=seen.values("pk"), first_said__isnull=False).order_by("-opportunity__closed_at", "pk")
    return [
        {"value": round(100 * said), "p": said, "won": int(state == Opportunity.State.WON), "at": at}
        for said, state, at in rows.values_list("first_said", "opportunity__state", "opportunity__closed_at")[: proof.MOST]
    ]


def _of_deals(bands: list[proof.Band], *, tested: bool) -> str:
    """Say in one sentence how true the chances are: by the fullest band."""
    if not bands:
        return ""
    band = max(bands, key=lambda one: one.n)
    said = {"n": band.n, "low": band.first, "high": band.first + 10, "rate": round(100 * band.rate)}
    if tested:
        return _("Of %(n)s closed deals first said to have a chance of %(low)s–%(high)s %%, %(rate)s %% were won.") % said
    return _("In the check of the last training, of %(n)s past deals with a chance of %(low)s–%(high)s %%, %(rate)s %% had been won.") % said


def underway(user) -> list[dict[str, Any]]:
    """Return what is being graded anew just now: in words, with how many are done of how many."""
    model = ScoringModel.objects.filter(question="lead", active_since__isnull=False, active_until__isnull=True).defer("coefficients", "held_out").first()
    found = []
    if model and not model.decision.get("rescored_at"):
        scored = Lead.objects.open().filter(scored_at__isnull=False)
        left, total = scored.filter(scored_at__lt=model.active_since).count(), scored.count()
        found.append({"words": _("A new model serves: open leads are graded by it."), "done": total - left, "total": total})
    for row in Regrading.objects.filter(ended_at__isnull=True).select_related("team").order_by("since", "pk"):
        left = regrading.waiting(row).count()
        found.append({"words": _words_of(row), "done": max(row.total - left, 0), "total": max(row.total, left)})
    known = {one.team_id: one for one in TeamLimits.objects.all()}
    for team in teams_of(user):
        if team.pk in known and (team.hot_from, team.warm_from) != (known[team.pk].in_force_hot, known[team.pk].in_force_warm):
            found.append({"words": _("%(team)s has other limits of hot and warm: its leads are sorted by them.") % {"team": team}, "done": 0, "total": 0})
    return found


def _words_of(row: Regrading) -> str:
    names = {"team": row.team, "field": features.labels([row.field]).get(row.field, features.plain_label(row.field)) if row.field else ""}
    if row.why == Regrading.Why.FIELD:
        leads = _("%(field)s is used no longer, or again: open leads are graded anew.") % names
        return leads if row.question == "lead" else _("%(field)s is used no longer, or again: open deals are graded anew.") % names
    if row.why == Regrading.Why.IDEAL:
        return _("The ideal customer of %(team)s changed: its open leads are graded anew.") % names
    return _("%(team)s has other limits of hot and warm: its leads are sorted by them.") % names


def teams_of(user) -> list[SalesTeam]:
    """Return the teams whose limits this person may set."""
    teams = SalesTeam.objects.order_by("name", "pk")
    return list(teams if user.is_administrator else teams.filter(pk__in=user.team_ids))


def of_limits(user) -> list[dict[str, Any]]:
    """Return each team's limits beside what is proposed. Two queries."""
    teams = teams_of(user)
    known = {one.team_id: one for one in TeamLimits.objects.filter(team__in=teams)}
    return [{"team": team, "limits": limits.shown(team, known.get(team.pk))} for team in teams]
