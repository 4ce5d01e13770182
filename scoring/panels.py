"""What the lead page shows of its score: why it is what it is, and what would make it surer."""

from collections.abc import Iterable
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core import alongside
from core.alongside import Part
from core.models import CustomField
from leads.models import Lead
from leads.timeline import CUSTOM_FIELDS
from opportunities.models import Opportunity
from scoring import features, profile
from scoring.forms import ChanceForm, HandForm
from scoring.models import DealScore, HandScore, Score
from scoring.training import own_enough

KEPT = 12
SCORES = Part(
    "latest_scores", lambda lead: Score.objects.filter(lead=lead).order_by("-scored_at", "-pk")[:KEPT],
    also=("model__closed_count", "model__stands_in"),
)  # fmt: skip
BY_HAND = Part("score_by_hand", lambda lead: HandScore.objects.filter(lead=lead, lifted_at__isnull=True), also=("by__name",))


def why(request: HttpRequest, lead: Lead) -> dict[str, Any] | None:
    """Return the panel «Why the score is N», or None for a lead without a score."""
    scores = alongside.of(lead, SCORES)
    if not scores:
        return None
    score = scores[0]
    return {
        "template": "scoring/_why.html", "score": score, "reasons": facts_of(score.reasons, known=alongside.of(lead, CUSTOM_FIELDS)), "base": score.reasons["base"],
        "history": [one.value for one in reversed(scores)], "tone": lead.team.temperature_of(score.value) or "none",
        "note": note_of(score), "lead": lead, "profile": profile.worded(score.reasons),
        "by_hand": next(iter(alongside.of(lead, BY_HAND)), None), "form": HandForm(auto_id="hand_%s"),
    }  # fmt: skip


def facts_of(reasons: dict[str, Any], *, known: Iterable[CustomField] | None = None) -> list[dict[str, Any]]:
    """Return the reasons in words with the record's own value, and the rest, so that all of it sums to the score."""
    said = reasons["up"] + reasons["down"]
    labels = features.labels([reason["field"] for reason in said], known=known)
    facts = [
        {
            "fact": _("%(label)s: %(value)s") % {
                "label": labels.get(reason["field"], reason["label"]), "value": features.word(reason["field"], reason["value"])
            },
            "points": reason["points"],
        }
        for reason in said
    ]  # fmt: skip
    rest = reasons["other"]
    return [*facts, {"fact": _("Other facts"), "points": rest}] if rest else facts


def note_of(score: Score) -> str:
    """Say where the score comes from when that limits what it can know."""
    if score.model is None:
        return _("No past deals yet, so every lead starts at %(base)s.") % {"base": score.reasons["base"]}
    counts = {"n": intcomma(score.model.closed_count), "enough": own_enough()}
    if score.model.stands_in:
        return _("Learnt from %(n)s past deals, until %(enough)s of your own leads have closed.") % counts
    if score.model.closed_count < 200:
        return _("Learnt from %(n)s closed leads; it gets surer with more.") % counts
    return _("Learnt from %(n)s closed leads.") % counts


def chance(request: HttpRequest, deal: Opportunity) -> dict[str, Any] | None:
    """Return the panel «Chance to win» of an open opportunity: whose word it is, what the others say, and why. Three queries."""
    if not deal.is_open:
        return None
    grade = DealScore.objects.filter(opportunity=deal).select_related("model").defer("model__coefficients", "model__measures", "model__held_out").first()
    by_hand = deal.probability_by_hand
    words = deal.events.filter(kind="changed", details__fields__has_key="probability", actor__isnull=False) if by_hand else None
    return {
        "template": "scoring/_chance.html", "deal": deal, "by": deal.probability_from, "form": ChanceForm(auto_id="chance_%s"),
        "percent": round(100 * deal.probability), "by_stage": round(100 * deal.stage.probability),
        "by_model": round(100 * grade.probability) if grade else None, "reasons": facts_of(grade.reasons) if grade else [],
        "base": grade.reasons["base"] if grade else None, "learnt_from": grade.model.closed_count if grade else 0,
        "said": words.select_related("actor").order_by("-pk").first() if words is not None else None,
    }  # fmt: skip
