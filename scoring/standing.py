"""What serves now and why not the latest, the chances of deals, and the limits of teams: the rest of the proof page."""

from typing import Any

from django.utils.translation import gettext as _

from core import business
from scoring import deals, limits, proof, retraining, scores
from scoring.grading import SCHEMAS, BadModel, Grader
from scoring.models import ScoringModel, TeamLimits, Training
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


def of_deals() -> dict[str, Any]:
    """Return what the page shows of the second question: P(won) of deals."""
    model, _grader = scores.current("deal")
    measures = model.measures if model else {}
    bands = [proof.Band(b["from"], b["n"], b["won"], b["said"]) for b in measures.get("bands", [])]
    return {
        "model": model, "measures": measures, "points": proof.calibration(bands), "trainings": proof.history("deal"),
        "running": retraining.current("deal"), "troubles": troubles("deal"), "by_model": business.get("deal_chances_by_model"),
        "known": deals.closed().count(), "least": deals.LEAST, "few": bool(model and model.closed_count < 200),
    }  # fmt: skip


def teams_of(user) -> list[SalesTeam]:
    """Return the teams whose limits this person may set."""
    teams = SalesTeam.objects.order_by("name", "pk")
    return list(teams if user.is_administrator else teams.filter(pk__in=user.team_ids))


def of_limits(user) -> list[dict[str, Any]]:
    """Return each team's limits beside what is proposed. Two queries."""
    teams = teams_of(user)
    known = {one.team_id: one for one in TeamLimits.objects.filter(team__in=teams)}
    return [{"team": team, "limits": limits.shown(team, known.get(team.pk))} for team in teams]
