"""{% load deals %}: what only pages about opportunities need.

{% deal_status opportunity %}                 open, won or lost as a badge
{% event_tone event %}  {% event_icon event %}
{% field_changes event as lines %}            [(label, before, after)] of a "changed" event
{% when text %}                               an ISO moment or day as people say it
{% percent opportunity.probability %}         "60%"
{% chance opportunity %}                      the same with whose word it is, as small as on a card
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from core import clock, wording
from core.templatetags import ui
from core.timeline import kind_told, was_called_off
from opportunities import chances
from opportunities.forms import CallForm
from opportunities.models import Opportunity

register = template.Library()

ICONS = {
    "opened": "square-kanban", "moved": "arrow-right", "changed": "pencil", "noted": "sticky-note", "called": "phone", "mailed": "mail",
    "planned": "calendar", "did": "circle-check", "assigned": "route", "attached": "arrow-right-left", "won": "trophy", "lost": "ban",
    "partly": "split", "reopened": "rotate-ccw", "undone": "undo-2", "converted": "arrow-right-left",
}  # fmt: skip
TONES = {
    "won": " tone-ok",
    "lost": " tone-bad",
    "moved": " tone-ok",
    "attached": " tone-ok",
    "converted": " tone-ok",
    "opened": " tone-info",
    "partly": " tone-warm",
}
STATES = {"open": (_("Open"), "info"), "won": (_("Won"), "ok"), "lost": (_("Lost"), "bad")}


@register.simple_tag
def deal_status(opportunity: Opportunity) -> SafeString:
    return ui.badge(*STATES[opportunity.state])


@register.simple_tag
def event_tone(event) -> str:
    return TONES.get(event.kind, "")


@register.simple_tag
def event_icon(event) -> SafeString:
    return ui.icon("circle-x" if was_called_off(event) else ICONS.get(event.kind, "circle-check"))


@register.simple_tag
def percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


@register.simple_tag
def chance(opportunity: Opportunity) -> SafeString:
    word = chances.WORDS[opportunity.probability_from]
    return format_html('<span class="xs muted">{}% {}</span>', round(opportunity.probability * 100), word)


@register.simple_tag
def call_word(outcome: str) -> str:
    return str(dict(CallForm.OUTCOMES).get(outcome, outcome))


@register.simple_tag
def activity_word(details: dict[str, Any]) -> str:
    """Return what was planned: its summary, else what it is."""
    return details.get("summary") or kind_told(details)


@register.simple_tag
def when(text: str) -> str:
    """Word a stored moment in the reader's zone, or a stored day."""
    try:
        then = wording.stored(text)
    except (TypeError, ValueError):
        return text or ""
    now = clock.now()
    state, words = wording.due(then, now=now)
    return words if state != "over" else wording.planned_for(then, now=now)


@register.simple_tag
def amount(details: dict[str, Any], name: str = "amount") -> str:
    """Format an amount of an event's details."""
    try:
        return wording.money(Decimal(details.get(name) or 0), details.get("currency") or "EUR")
    except (ArithmeticError, ValueError):
        return ""


@register.simple_tag
def field_changes(event) -> list[tuple[str, str, str]]:
    lines = []
    for name, values in (event.details.get("fields") or {}).items():
        before, after = values if isinstance(values, list) and len(values) == 2 else (None, values)
        lines.append((_label(name), _shown(name, before), _shown(name, after)))
    return lines


def _label(name: str) -> str:
    try:
        label = str(Opportunity._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name.replace("_", " ")
    return label[:1].upper() + label[1:]


def _shown(name: str, value: Any) -> str:
    if value is None or value == "" or value == {}:
        return "–"
    if name == "probability":
        return percent(Decimal(str(value)))
    if name == "close_date":
        return wording.full(date.fromisoformat(value))
    if name in {"expected", "recurring"}:
        return f"{Decimal(str(value)):,.2f}".removesuffix(".00")
    return Truncator(value).chars(2000)


ACTIVITY_ICONS = {"call": "phone", "email": "mail", "meeting": "video", "todo": "check"}


@register.simple_tag
def activity_icon(kind: str) -> SafeString:
    return ui.icon(ACTIVITY_ICONS.get(kind, "check"))


@register.simple_tag
def due_tone(due_at: datetime) -> str:
    state, _words = wording.due(due_at, now=clock.now())
    return {"over": "bad", "today": "warm", "plan": "ok", "none": "none"}[state]
