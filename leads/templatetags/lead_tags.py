"""{% load lead_tags %}: what only pages about leads need.

    {% lead_status lead %}  {% lead_badge lead %}      the word of its status with its tone
    {% first_reply lead %}                             for a table: the running clock, or how long the reply took
    {% lead_clock lead %}                              the whole response clock
    {% own_time lead as own %}                         the own time of whoever got it late, if they did
    {% lead_source lead %}                             icon and name of where it came from
    {% phone_problem lead.phone as words %}            why a number can't be dialled
    {% place lead %}  {% mailto lead %}  {% weblink lead.website %}
    {% touch lead.first_touch as rows %}               [(label, value)] of a first or last touch
    {% activity_icon activity.kind %}  {% due_tone activity.due_at as tone %}
    {% field_changes event custom_labels as lines %}   [(label, before, after)] of a "changed" event
"""

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any
from urllib.parse import quote, urlsplit

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import clock, components, custom_fields, reasons, wording
from core.conditions.kinds import countries
from core.limits import MAX_NAME, MAX_TEXT
from core.markup import filled
from core.templatetags import ui
from core.timeline import kind_told, was_called_off
from leads.cleaning import problem_words
from leads.figures import number
from leads.lists import own_times, seconds
from leads.models import CallOutcome, Channel, Lead, Temperature
from leads.phones import says_a_number

register = template.Library()

STATUS = {
    "new": (pgettext_lazy("lead status", "New"), "info"),
    "contacted": (pgettext_lazy("lead status", "Contacted"), "cold"),
    "qualified": (pgettext_lazy("lead status", "Qualified"), "ok"),
    "converted": (pgettext_lazy("lead status", "Converted"), "ok"),
    "disqualified": (pgettext_lazy("lead status", "Disqualified"), "bad"),
    "archived": (pgettext_lazy("lead status", "Archived"), "none"),
    "merged": (pgettext_lazy("lead status", "Merged"), "care"),
}


@register.simple_tag
def lead_status(lead: Lead) -> SafeString:
    return ui.status(*STATUS[lead.status])


@register.simple_tag
def lead_badge(lead: Lead) -> SafeString:
    return ui.badge(*STATUS[lead.status])


@register.simple_tag
def phone_problem(typed: str):
    """Say why a number can't be dialled."""
    return _("country missing") if says_a_number(typed) else _("not a number")


@register.simple_tag
def lead_source(lead: Lead) -> SafeString:
    return ui.src(lead.source.name if lead.source else lead.get_channel_display(), _kind(lead))


def _kind(lead: Lead) -> str:
    """Return the icon's name: the source's own where it has one, else the channel's."""
    name = lead.source.name.lower().replace(" ", "_") if lead.source else ""
    return name if name in ui.SOURCE_ICONS else lead.channel


@register.simple_tag
def first_reply(lead: Lead) -> SafeString:
    times = seconds(lead, clock.now())
    if lead.first_contacted_at:
        return ui.replied(times["waited"], times["goal"], times["limit"])
    if lead.is_put_off:
        return filled('<span class="due due-plan">{}</span>', _("back %(day)s") % {"day": wording.day(lead.come_back_at, now=clock.now())})
    if not lead.is_open:
        return mark_safe("–")
    tone, percent, big, small = wording.response_clock(times["waited"], times["goal"], times["limit"])
    return filled(
        '<span class="due due-clock tone-{}" data-countdown="{}" data-goal="{}" data-limit="{}"><svg class="icon"'
        ' viewBox="0 0 36 36" aria-hidden="true"><circle class="track" cx="18" cy="18" r="15"/><circle class="fill" cx="18"'
        ' cy="18" r="15" pathLength="100" stroke-dasharray="{} 100"/></svg><b>{}</b> <small class="vh">{}</small></span>',
        tone, times["waited"], times["goal"], times["limit"], percent, big, small,
    )  # fmt: skip


@register.simple_tag
def lead_clock(lead: Lead) -> SafeString:
    times = seconds(lead, clock.now())
    if not lead.is_waiting:
        return ui.replied(times["waited"], times["goal"], times["limit"]) if lead.first_contacted_at else mark_safe("")
    return ui.sla(times["waited"], times["goal"], times["limit"])


@register.simple_tag(takes_context=True)
def own_time(context: Mapping, lead: Lead) -> str:
    """Say since when the customer waits, and by when whoever got the lead late should reply; empty where nobody did."""
    if lead.pk not in (found := own_times([lead])):
        return ""
    (since, until), now = found[lead.pk], clock.now()
    said = {"start": wording.today_or_moment(lead.clock_start, now=now), "since": wording.today_or_moment(since, now=now),
            "until": wording.today_or_moment(until, now=now), "name": lead.owner}  # fmt: skip
    if lead.owner_id == context["request"].user.pk:
        return _("The customer has waited since %(start)s. Yours since %(since)s: reply by %(until)s.") % said
    return _("The customer has waited since %(start)s. %(name)s has it since %(since)s, to reply by %(until)s.") % said


ACTIVITY_ICONS = {"call": "phone", "email": "mail", "meeting": "video", "todo": "check"}
TOUCH = {
    "landing_page": _("Landing page"), "landing": _("Landing page"), "referrer": _("Referrer"), "utm_source": _("UTM source"),
    "utm_medium": _("UTM medium"), "utm_campaign": _("UTM campaign"), "utm_term": _("UTM term"),
    "utm_content": _("UTM content"), "form": _("Form"), "source": _("Source"), "medium": _("Medium"),
    "campaign": _("Campaign"), "file": _("File"), "at": _("When"),
}  # fmt: skip


@register.simple_tag
def activity_icon(kind: str) -> SafeString:
    return ui.icon(ACTIVITY_ICONS.get(kind, "check"))


@register.simple_tag
def due_tone(due_at: datetime) -> str:
    state, _words = wording.due(due_at, now=clock.now())
    return {"over": "bad", "today": "warm", "plan": "ok", "none": "none"}[state]


class Cells:
    """Draws the cells of a page's rows for the columns shown; what reads alike in several rows is drawn once."""

    def __init__(self, columns: Iterable[str]):
        self.columns = [(name, CELLS[name], SAME.get(name)) for name in columns]
        self._drawn: dict[tuple, str] = {}

    def of(self, lead: Lead) -> str:
        return "".join([self._cell(lead, *column) for column in self.columns])

    def _cell(self, lead: Lead, name: str, draw: Callable[[Lead], str], same: Callable[[Lead], Any] | None) -> str:
        if same is None:
            return draw(lead)
        key = (name, same(lead))
        if key not in self._drawn:
            self._drawn[key] = draw(lead)
        return self._drawn[key]


def _next(lead: Lead) -> SafeString:
    activity = lead.next_activity
    return filled('<td class="c-next">{}</td>', components.due(activity.due, activity.what) if activity else components.due(None))


def _plain(value: Any) -> SafeString:
    return filled('<td class="truncate">{}</td>', "–" if value in (None, "") else value)


def _revenue(lead: Lead) -> SafeString:
    amount = lead.expected_revenue
    return _plain("" if amount is None else components.money(amount, lead.currency or lead.team.currency))


CELLS = {
    "score": lambda lead: filled('<td class="c-score">{}</td>', components.score(lead.score, lead.team.hot_from, lead.team.warm_from)),
    "reply": lambda lead: filled('<td class="c-sla">{}</td>', first_reply(lead)),
    "source": lambda lead: filled('<td class="c-fold">{}</td>', lead_source(lead)),
    "status": lambda lead: filled('<td class="c-fold-2">{}</td>', lead_status(lead)),
    "next": _next,
    "owner": lambda lead: filled("<td>{}</td>", components.who(lead.owner)),
    "captured": lambda lead: filled('<td class="muted">{}</td>', components.ago(lead.captured_at)),
    "wants": lambda lead: _plain(lead.title), "email": lambda lead: _plain(lead.email), "phone": lambda lead: _plain(lead.phone),
    "country": lambda lead: _plain(dict(countries()).get(lead.country, lead.country)), "industry": lambda lead: _plain(lead.industry),
    "size": lambda lead: _plain(lead.company_size), "fit": lambda lead: _plain(f"{lead.fit}{lead.engagement or ''}"), "revenue": _revenue, "team": lambda lead: _plain(lead.team),
    "campaign": lambda lead: _plain(lead.campaign),
}  # fmt: skip
SAME = {  # what a cell's words hang on alone
    "score": attrgetter("score", "team_id"), "source": attrgetter("source_id", "channel"), "status": attrgetter("status"),
    "owner": attrgetter("owner_id"), "country": attrgetter("country"), "team": attrgetter("team_id"),
    "next": lambda lead: lead.next_activity and lead.pk,
}  # fmt: skip


@register.simple_tag
def place(lead: Lead) -> str:
    """Return the postal address in one line, with the country's name."""
    country = dict(countries()).get(lead.country, lead.country) if lead.country else ""
    town = " ".join(part for part in (lead.postcode, lead.city) if part)
    return ", ".join(part for part in (lead.street, lead.street2, town, lead.region, country) if part)


@register.simple_tag
def mailto(lead: Lead) -> str:
    return f"mailto:{quote(lead.email, safe='@.+-_')}"


@register.simple_tag
def weblink(address: str) -> SafeString:
    """Link a website as typed; anything but http and https stays text."""
    url = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(url)
    except ValueError:
        return filled("{}", address)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or "." not in parts.hostname or " " in url:
        return filled("{}", address)
    shown = address.partition("://")[2] or address
    return filled('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', url, shown.rstrip("/"))


@register.simple_tag
def touch(values: Mapping[str, Any]) -> list[tuple[Any, str]]:
    rows = [(TOUCH.get(key, key), str(value)) for key, value in (values or {}).items() if value and key != "at" and not isinstance(value, dict | list)]
    for value in (values or {}).values():
        if isinstance(value, dict):
            rows += [(TOUCH.get(name, name), str(text)) for name, text in value.items() if text]
    return rows


@register.simple_tag
def field_changes(event, custom_labels: Mapping[str, str] | None = None) -> list[tuple[str, Any, Any]]:
    """Return what a "changed" event changed, each field by its name in the reader's language."""
    fields = event.details.get("fields") or {}
    lines = []
    for name, values in fields.items():
        before, after = values if isinstance(values, list) and len(values) == 2 else (None, values)
        lines.append((_label(name, custom_labels or {}), _shown(before), _shown(after)))
    return lines


TOGETHER = {"address": _("Address"), "customer": _("Customer")}  # columns that a merge chooses as one fact


def _label(name: str, custom_labels: Mapping[str, str]) -> str:
    if name.startswith("custom."):
        key = name.removeprefix("custom.")
        return custom_labels.get(key, key.replace("_", " "))
    if name in TOGETHER:
        return str(TOGETHER[name])
    try:
        label = str(Lead._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name.replace("_", " ")
    return label[:1].upper() + label[1:]


def _shown(value: Any) -> str:
    return "–" if value is None or value == "" else Truncator(value).chars(2000)


# ------------------------------------------------------------------- events

EVENT_ICONS = {
    "joined": "repeat", "scored": "flame", "temperature": "flame", "qualified": "badge-check", "assigned": "route", "unassigned": "undo-2",
    "waiting": "hourglass", "escalated": "triangle-alert", "accepted": "check", "declined": "x", "changed": "pencil", "noted": "sticky-note", "called": "phone", "mailed": "mail",
    "planned": "calendar", "did": "circle-check", "contacted": "timer", "converted": "arrow-right-left",
    "disqualified": "ban", "archived": "archive", "restored": "rotate-ccw", "merged": "merge", "undone": "undo-2",
    "engaged": "mouse-pointer-click", "shared": "users",
}  # fmt: skip
EVENT_TONES = {"created": "info", "joined": "info", "scored": "hot", "converted": "ok", "did": "ok", "disqualified": "bad",
               "engaged": "care", "contacted": "ok", "accepted": "ok", "declined": "bad"}  # fmt: skip
SENT_BY = {"noted": "text", "called": "note", "did": "outcome", "disqualified": "note", "mailed": "text", "unassigned": "text", "declined": "text"}
TAKEN = ("note_late", "note_expired", "note_away")
ENTRIES = ("created", "joined")
MESSAGES = ("message", "notes")
COLUMN_OF = {"company": "company_name", "employees": "company_size", "amount": "expected_revenue", "wants": "title"}
OUTCOMES = {
    "accept": _("accepted"), "keep": _("kept in the pool"), "nurture": _("comes back later"), "archive": _("archived"),
    "opportunity": _("opportunity"),
}  # fmt: skip
UNDONE = {
    "assign": _("the assignment"), "hand_over": _("the hand-over"), "lead_assigned": _("the assignment"), "lead_released": _("back to the pool"), "lead_disqualified": _("disqualified"),
    "lead_archived": _("archived"), "lead_restored": _("restored"), "lead_changed": _("changed facts"),
    "lead_activity": _("an activity"), "leads_assigned": _("the assignment"), "leads_disqualified": _("disqualified"),
    "leads_archived": _("archived"), "lead_qualified": _("qualified"), "leads_qualified": _("qualified"), "lead_tagged": _("the tag"), "leads_tagged": _("the tag"), "converted": _("the conversion"), "convert": _("the conversion"), "merge_lead": _("the merge"),
}  # fmt: skip

INTO = {  # what a conversion links, and the same when it made it
    "opportunity": (_("deal <b>{}</b>"), _("new deal <b>{}</b>")), "company": (_("company <b>{}</b>"), _("new company <b>{}</b>")),
    "contact": (_("contact <b>{}</b>"), _("new contact <b>{}</b>")),
}  # fmt: skip


@register.simple_tag
def event_icon(event) -> SafeString:
    if event.kind == "created":
        return ui.icon(ui.SOURCE_ICONS.get(str(event.details.get("channel", "")), "log-in"))
    return ui.icon("circle-x" if was_called_off(event) else EVENT_ICONS.get(event.kind, "info"))


@register.simple_tag
def event_tone(event) -> str:
    tone = "" if was_called_off(event) else EVENT_TONES.get(event.kind, "")
    return f" tone-{tone}" if tone else ""


@register.simple_tag
def event_person(event) -> str:
    """Return who filled in a form, by the name they gave there."""
    said = event.details.get("said")
    given = said if isinstance(said, dict) else {}
    parts = [given.get("name"), " ".join(str(given[key]) for key in ("first_name", "last_name") if given.get(key)), given.get("email")]
    return str(next(filter(None, parts), _("Somebody")))[:MAX_NAME]


@register.simple_tag
def event_text(event) -> str:
    """Return the words somebody wrote, for the card under the line."""
    said = event.details.get("said")
    if event.kind in ENTRIES and isinstance(said, dict):
        return str(next((said[name] for name in MESSAGES if said.get(name)), ""))
    value = event.details.get(SENT_BY.get(event.kind, ""), "")
    return value if isinstance(value, str) else ""


@register.simple_tag
def event_answers(event, custom_labels: Mapping[str, str] | None = None, custom_numbers: Container[str] = ()) -> list[tuple[str, str]]:
    """Return what a form, a file or a person said when the lead came in or wrote again, as [(label, value)].

    Figures of a file (`custom_numbers`) read as the facts do: for reading, a zero may have been added to them.
    """
    said, figures = event.details.get("said"), custom_numbers if "import" in event.details else ()
    if event.kind not in ENTRIES or not isinstance(said, dict):
        return []
    return [(_label(COLUMN_OF.get(key, key), custom_labels or {}), _answer(key, str(value), figures))
            for key, value in said.items() if value not in (None, "") and key not in MESSAGES]  # fmt: skip


def _answer(key: str, said: str, figures: Container[str]) -> str:
    if key == "country":
        return ui.country(said)
    if key.startswith("custom.") and key.removeprefix("custom.") in figures and (figure := number(said)) is not None:
        return custom_fields.figure_words(figure)
    return said[:MAX_TEXT]


@register.simple_tag
def event_problems(event) -> list[str]:
    """Return in words what of an entry could not be read."""
    problems = event.details.get("problems")
    return [problem_words(problem) for problem in problems if isinstance(problem, dict)] if isinstance(problems, list) else []


@register.simple_tag
def event_kept(event) -> list[str]:
    """Return in words what stayed when something was taken back."""
    kept = event.details.get("kept") if event.kind == "undone" else None
    return [why_word(each) for each in kept] if isinstance(kept, list) else []


@register.simple_tag
def converted_into(details: Mapping[str, Any] | None) -> SafeString:
    """Return what a conversion made and whom it linked: "new deal Phone booths, company Nordlys, new contact Maya"."""
    details = details or {}
    made = details.get("made") or ()
    parts = [(kind, details.get("name" if kind == "opportunity" else kind)) for kind in INTO]
    return SafeString(", ".join(filled(str(INTO[kind][kind in made]), name) for kind, name in parts if name))


@register.simple_tag
def why_word(why: Any) -> str:
    """Return the sentence of a stored reason, whether it is a code with values or only a code."""
    if isinstance(why, Mapping):
        values = why.get("values")
        return reasons.word(str(why.get("code", "")), values if isinstance(values, Mapping) else {})
    return reasons.word(why) if reasons.is_known(why) else str(why or "")


@register.simple_tag
def taken_words(why: Any) -> str:
    """Say why a lead was taken from who had it before, as sentences; who declined it said so in a line of their own."""
    values = why.get("values") if isinstance(why, Mapping) else None
    notes = values.get("notes", []) if isinstance(values, Mapping) else []
    return " ".join(reasons.word(note["code"], note["values"]) for note in notes if note["code"] in TAKEN)


@register.simple_tag
def channel_word(channel: str) -> str:
    return str(dict(Channel.choices).get(channel, channel or Channel.MANUAL.label))


@register.simple_tag
def outcome_word(outcome: str) -> str:
    return str(OUTCOMES.get(outcome, ""))


@register.simple_tag
def moment_day(at: datetime) -> str:
    return wording.day(at, now=clock.now())


@register.simple_tag
def until_day(text: str) -> str:
    """Return the day until which something was put off, as an event keeps its moment."""
    return wording.day(wording.stored(text), now=clock.now())


@register.simple_tag
def temperature_word(temperature: str) -> str:
    return str(dict(Temperature.choices).get(temperature, temperature))


@register.simple_tag
def call_word(outcome: str) -> str:
    return str(dict(CallOutcome.choices).get(outcome, outcome))


@register.simple_tag
def undone_word(verb: str) -> str:
    return str(UNDONE.get(verb, ""))


@register.simple_tag
def activity_word(details: Mapping[str, Any]) -> str:
    """Return what was planned or done: what it is, and what for where that says more."""
    kind, summary = kind_told(details), details.get("summary")
    return f"{kind}: {summary}" if summary and summary != kind else kind or str(_("an activity"))


@register.simple_tag
def moment(text: str) -> str:
    """Return an ISO moment for which something is planned, as an event keeps it, in the reader's zone."""
    try:
        return wording.planned_for(wording.stored(text), now=clock.now())
    except (TypeError, ValueError):
        return str(text or "")
