"""Cards of the board as HTML, kept in the cache by (id, version, language) until what they say about time changes."""

import functools
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import QuerySet
from django.template.loader import get_template, render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from core.arrays import Among
from core.prepared import Prepared
from opportunities.models import Opportunity, Stage
from teams.models import User
from teams.visibility import Sight

TEMPLATE = "opportunities/_card.html"
LONGEST = 3600  # seconds; a tag renamed meanwhile shows by then


def render(keys: Iterable[int], user: User, stages: list[Stage], *, at: datetime) -> dict[int, str]:
    """Return {key: HTML} of cards the person may see; others are left out. One query when all are in the cache.

    The names, the probability and the team's limits are part of a card's cache key: a renamed company, a new model and
    other limits show at once.
    """
    common = _common(stages)
    names = {row[0]: _name(row, common) for row in _SHOWN.rows(*user.sight_keys, list(keys), role=user.role)}
    html = cache.get_many(names.values())
    missing = [pk for pk, name in names.items() if name not in html]
    if missing:
        for opportunity in Opportunity.objects.filter(pk__in=missing).for_cards():
            html[names[opportunity.pk]] = _drawn(opportunity, names[opportunity.pk], at=at)
    return {pk: html[name] for pk, name in names.items() if name in html}


def _shown(*keys, role: str) -> QuerySet:
    seen = Opportunity.objects.visible_to(Sight.of(*keys[:-1], role=role)).filter(Among("pk", keys[-1])).order_by()
    return seen.values_list(
        "pk", "version", "company__name", "contact__name", "owner__name", "probability", "probability_by_model", "team__hot_from", "team__warm_from"
    )


_SHOWN = Prepared(_shown)


def render_changed(key: int, user: User, stages: list[Stage], *, at: datetime) -> str:
    """Return the card of an opportunity that changed just now, so that no cache can have it; "" when it isn't seen."""
    opportunity = Opportunity.objects.visible_to(user).filter(pk=key).for_cards().first()
    return render_known(opportunity, stages, at=at) if opportunity else ""


def render_known(opportunity: Opportunity, stages: list[Stage], *, at: datetime) -> str:
    """Return the card of an opportunity that was read with what `for_cards` or `get_held` reads."""
    names = [getattr(one, "name", None) for one in (opportunity.company, opportunity.contact, opportunity.owner)]
    chance = (opportunity.probability, opportunity.probability_by_model)
    warmth = (opportunity.team.hot_from, opportunity.team.warm_from)
    name = _name((opportunity.pk, opportunity.version, *names, *chance, *warmth), _common(stages))
    return _drawn(opportunity, name, at=at)


def _drawn(opportunity: Opportunity, name: str, *, at: datetime) -> str:
    text = draw(opportunity, at=at)
    cache.set(name, text, lasts(opportunity, at))
    return text


def draw(opportunity: Opportunity, *, at: datetime) -> str:
    """Render one card. The opportunity comes with what for_cards reads."""
    days = (at - opportunity.stage_since).days
    limit = opportunity.stage.rots_after
    is_stale = limit is not None and days >= limit
    return render_to_string(TEMPLATE, {"opportunity": opportunity, "days": days, "is_stale": is_stale})


def lasts(opportunity: Opportunity, at: datetime) -> int:
    """Return for how many seconds a card says the truth: until the reader's midnight or until its activity falls due."""
    midnight = (timezone.localtime(at) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    turns = [LONGEST, (midnight - at).total_seconds()]
    if opportunity.next_activity_at and opportunity.next_activity_at > at:
        turns.append((opportunity.next_activity_at - at).total_seconds())
    return max(1, int(min(turns)))


def _common(stages: list[Stage]) -> str:
    """Return what all cards of one answer share of their cache key: language, zone, template, stages' names and limits."""
    limits = [(stage.pk, stage.name, stage.rots_after) for stage in stages]
    return f"{get_language()}:{timezone.get_current_timezone_name()}:{zlib.crc32(repr((_template(), limits)).encode())}"


def _name(row: tuple, common: str) -> str:
    pk, version, *words = row
    return f"card:{pk}:{version}:{common}:{zlib.crc32(repr(words).encode())}"


@functools.cache
def _template() -> int:
    """Return a number that changes with the card's template: a new release draws its own cards."""
    return zlib.crc32(get_template(TEMPLATE).template.source.encode())
