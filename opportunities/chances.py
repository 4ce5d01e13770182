"""How likely an opportunity is won: by hand, by what scores say of it, or by its stage, in this order.

Scores stand above this app; they say what they know by `use(rater)`, where rater(opportunity, stage) returns a probability
or None. Verbs ask it in their own transaction, so that a column's weighted sum never waits for it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from opportunities.models import Opportunity, Stage

HAND, MODEL, STAGE = "hand", "model", "stage"
WORDS = {HAND: _("by hand"), MODEL: _("by model"), STAGE: _("by stage")}
_raters: list[Callable[["Opportunity", "Stage"], Decimal | None]] = []


def use(rater: Callable[["Opportunity", "Stage"], Decimal | None]) -> None:
    """Ask this function for what scores say; another one before is forgotten."""
    _raters[:] = [rater]


def columns(opportunity: "Opportunity", stage: "Stage") -> dict[str, Any]:
    """Return the probability in a stage, and whether it is a model's word, for one that nobody set by hand."""
    said = _raters[0](opportunity, stage) if _raters else None
    by_model = said is not None
    return {"probability": said if by_model else stage.probability, "probability_by_model": by_model}


def keep_rated(said: Mapping[int, Decimal]) -> int:
    """Write what a model says of open opportunities, but where somebody set a probability by hand; returns how many changed.

    One statement: the trigger that keeps the columns' heads counts it in the same transaction.
    """
    sql = (
        "UPDATE opportunities_opportunity AS deal SET probability = new.said, probability_by_model = true"
        " FROM (SELECT * FROM unnest(%s::bigint[], %s::numeric[]) AS given(id, said) ORDER BY id) AS new"
        " WHERE deal.id = new.id AND deal.state = 'open' AND NOT deal.probability_by_hand"
        " AND (deal.probability, deal.probability_by_model) IS DISTINCT FROM (new.said, true)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(said), list(said.values())])
        return cursor.rowcount


def back_to_stages() -> int:
    """Let the stages say again what a model said; returns how many changed. One statement."""
    sql = (
        "UPDATE opportunities_opportunity AS deal SET probability = stage.probability, probability_by_model = false"
        " FROM opportunities_stage AS stage WHERE stage.id = deal.stage_id AND deal.state = 'open' AND deal.probability_by_model"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.rowcount
