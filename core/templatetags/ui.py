"""The components of the product's pages: `{% load ui %}`. Text arguments come translated: `_("…")`.

Atoms
    {% icon "phone" %}  {% icon "phone" "icon-sm muted" %}        sprite static/icons.svg
    {% kbd "Ctrl K" %}
    {% iconbtn "x" _("Close") "btn-ghost btn-sm" commandfor="more" command="close" %}
                                                  further names become attributes (data_x → data-x)
    {% avatar person %}  {% avatar person "sm" %}  {% avatar company "lg" square=True %}
                                                  sizes sm lg xl; None draws nobody
    {% who person %}                              avatar and name; None reads "Unassigned"
    {% score lead.score %}  {% score lead.score hot=80 warm=50 word=True %}  {% ring lead.score "sm" %}
    {% badge _("New") "info" %}  {% badge text tone icon="flame" %}  {% status text tone %}  {% tag text tone %}
    {% src source.name kind %}                    kinds: SOURCE_ICONS below
    tones: hot warm cold bad ok care info none
Time and money (the reader's language and zone)
    {% ago event.occurred_at %}  {% day close_date %}  {% duration timedelta_or_seconds %}
    {% due activity.due_at %}  {% due activity.due_at _("Call") %}
    {% due_words _("Demo 10:30") "today" %}       states over today plan none
    {% sla waited %}  {% sla waited goal=300 limit=3600 running=False %}   response clock; seconds or timedelta
    {% replied response_time goal limit %}        the answered clock, for lists
    {% money amount "EUR" %}  {% money amount "EUR" short=True %}
Small graphics
    {% actbar overdue today planned none %}  {% spark values "hot" _("Score rose from 48 to 92") %}
    {% why reasons base=45 %}                     reasons: objects or dicts with fact, points, note
Parts
    {% chip _("Status") _("is") value remove_url %}  {% pager page %}  {% steps names current %}
    {% segmented "mode" choices value _("View") %}
    {% segmented_links items _("View") %}         items: label, url, current, icon
    {% person_select "owner" people value _("Owner") %}   option value is pk
    {% toast text tone undo_url %}
Parts with a body
    {% notice "tone" "icon" _("Title") %}…{% endnotice %}        body: <p> and <div class="acts">
    {% empty "search-x" _("Title") _("Sentence.") %}buttons{% endempty %}   icon "art": the first-use picture
    {% dialog "lost" _("Mark as lost") %}<form>.dialog-b .dialog-f</form>{% enddialog %}
                                                  opened by commandfor="lost" command="show-modal"
    {% next_act "tone" "icon" _("Call Maya") _("today 14:30") %}buttons{% endnext_act %}
Fields: {{ field.as_field_group }}; form errors: {% form_errors form %}

The page's own dialog: a link with hx-get, hx-target="#dialog" and the same href. The answer is
{% include "ui/dialog_head.html" with title=… sub=… %} and a form of .dialog-b and .dialog-f; without JavaScript the
same URL is a page that extends "ui/dialog_page.html" and shows the same form.
"""

from functools import cache

from django import template
from django.core.signals import setting_changed
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext

from core import clock, wording

register = template.Library()

BAND_ICONS = {"hot": "flame", "warm": "sun-medium", "cold": "snowflake"}
DUE_ICONS = {"over": "circle-alert", "today": "clock", "plan": "calendar", "none": "circle-dashed"}
SOURCE_ICONS = {
    "web_form": "globe", "website": "globe", "search": "search", "chat": "message-circle", "email": "mail",
    "trade_show": "ticket", "event": "ticket", "webinar": "presentation", "social": "megaphone", "ads": "megaphone",
    "referral": "handshake", "partner": "handshake", "phone": "phone", "list": "list", "purchased": "list",
    "import": "file-spreadsheet", "imports": "file-spreadsheet", "webhook": "zap", "api": "zap", "manual": "square-pen",
}  # fmt: skip


@cache
def sprite() -> str:
    """Return the sprite's address, hashed or not; asked once per process."""
    return static("icons.svg")


@setting_changed.connect
def _forget_sprite(*, setting: str, **_) -> None:
    if setting in {"STORAGES", "STATIC_URL"}:
        sprite.cache_clear()


# ------------------------------------------------------------------ atoms


@register.simple_tag
def icon(name: str, cls: str = "") -> SafeString:
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', f" {cls}" if cls else "", sprite(), name
    )


@register.simple_tag
def kbd(key: str) -> SafeString:
    return format_html('<kbd class="kbd">{}</kbd>', key)


@register.simple_tag
def iconbtn(name: str, label: str, cls: str = "btn-ghost", **attrs) -> SafeString:
    given = flatatt({key.replace("_", "-"): value for key, value in attrs.items()})
    return format_html(
        '<button type="button" class="btn btn-icon {}" aria-label="{}" title="{}"{}>{}</button>',
        cls, label, label, given, icon(name),
    )  # fmt: skip


@register.simple_tag
def avatar(person, size: str = "", square: bool = False, hue: int | None = None) -> SafeString:
    classes = f"avatar avatar-{size}" if size else "avatar"
    if not person:
        return format_html('<span class="{} avatar-none" aria-hidden="true">{}</span>', classes, icon("user-round"))
    name = str(person)
    return format_html(
        '<span class="{}{} hue-{}" aria-hidden="true">{}</span>',
        classes, " avatar-sq" if square else "",
        hue or getattr(person, "hue", 0) or wording.hue(name), wording.initials(name),
    )  # fmt: skip


@register.simple_tag
def who(person, size: str = "sm", nobody: str = "") -> SafeString:
    if not person:
        return format_html('<span class="who muted">{}{}</span>', avatar(None, size), nobody or gettext("Unassigned"))
    return format_html('<span class="who">{}<span class="truncate">{}</span></span>', avatar(person, size), person)


def band(value: float, hot: int = 70, warm: int = 40) -> str:
    """Return hot, warm or cold for a score."""
    return "hot" if value >= hot else "warm" if value >= warm else "cold"


def band_words(name: str) -> str:
    return {
        "hot": pgettext("score band", "hot"),
        "warm": pgettext("score band", "warm"),
        "cold": pgettext("score band", "cold"),
    }[name]


@register.simple_tag
def score(value, hot: int = 70, warm: int = 40, word: bool = False) -> SafeString:
    if value is None or value == "":
        return format_html('<span class="score score-none">{}</span>', gettext("No score"))
    tone = band(value, hot, warm)
    css, said = ("word", capfirst(band_words(tone))) if word else ("vh", band_words(tone))
    words = format_html('<span class="{}"> {}</span>', css, said)
    return format_html('<span class="score tone-{}">{}{}{}</span>', tone, icon(BAND_ICONS[tone]), value, words)


@register.simple_tag
def ring(value, size: str = "", hot: int = 70, warm: int = 40) -> SafeString:
    if value is None or value == "":
        return score(None)
    tone = band(value, hot, warm)
    label = gettext("Score %(n)s of 100, %(band)s") % {"n": value, "band": band_words(tone)}
    return format_html(
        '<span class="ring{} tone-{}" role="img" aria-label="{}"><svg viewBox="0 0 36 36" aria-hidden="true">'
        '<circle class="track" cx="18" cy="18" r="15.9"/><circle class="fill" cx="18" cy="18" r="15.9" pathLength="100"'
        ' stroke-dasharray="{} 100"/></svg><b aria-hidden="true">{}</b></span>',
        f" ring-{size}" if size else "", tone, label, value, value,
    )  # fmt: skip


@register.simple_tag
def badge(text: str, tone: str = "none", icon: str = "", dot: bool = True) -> SafeString:
    mark = _icon(icon) if icon else ""
    return format_html(
        '<span class="badge{} tone-{}">{}{}</span>', " badge-dot" if dot and not icon else "", tone, mark, text
    )


_icon = icon


@register.simple_tag
def status(text: str, tone: str = "none") -> SafeString:
    return format_html('<span class="badge badge-dot badge-plain tone-{}">{}</span>', tone, text)


@register.simple_tag
def tag(text: str, tone: str = "none") -> SafeString:
    return format_html('<span class="tag tone-{}">{}</span>', tone, text)


@register.simple_tag
def src(name: str, kind: str = "") -> SafeString:
    return format_html('<span class="src">{}{}</span>', icon(SOURCE_ICONS.get(str(kind), "log-in")), name)


# ---------------------------------------------------------- time and money


@register.simple_tag
def ago(value) -> SafeString:
    if value is None:
        return mark_safe("")
    return _time(value, wording.ago(value, now=clock.now()))


@register.simple_tag
def day(value) -> SafeString:
    if value is None:
        return mark_safe("")
    return _time(value, wording.day(value, now=clock.now()))


def _time(value, words: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), wording.full(value), words)


@register.simple_tag
def duration(value) -> str:
    return wording.duration(value)


@register.simple_tag
def money(amount, currency: str, short: bool = False) -> str:
    return wording.money(amount, currency, short=short)


@register.simple_tag
def due(value, what: str = "") -> SafeString:
    state, words = wording.due(value, now=clock.now())
    if value is None and not what:
        return due_words(words, state)
    return due_words(format_html("{} {}", what, _time(value, words)) if value and what else what or words, state)


@register.simple_tag
def due_words(text: str, state: str = "plan", icon: str = "") -> SafeString:
    return format_html('<span class="due due-{}">{}{}</span>', state, _icon(icon or DUE_ICONS[state]), text)


@register.simple_tag
def sla(waited, goal=300, limit=3600, running: bool = True) -> SafeString:
    """Draw the response clock of a lead that waits; app.js counts on from data-countdown."""
    seconds, goal, limit = (wording.seconds_of(value) for value in (waited, goal, limit))
    tone, percent, big, small = wording.response_clock(seconds, goal, limit)
    data = format_html(' data-countdown="{}" data-goal="{}" data-limit="{}"', seconds, goal, limit) if running else ""
    return format_html(
        '<span class="sla tone-{}"{}><svg class="clk" viewBox="0 0 36 36" aria-hidden="true">'
        '<circle class="track" cx="18" cy="18" r="15"/>'
        '<circle class="fill" cx="18" cy="18" r="15" pathLength="100" stroke-dasharray="{} 100"/></svg>'
        "<span><b>{}</b><small>{}</small></span></span>",
        tone, data, percent, big, small,
    )  # fmt: skip


@register.simple_tag
def replied(taken, goal=300, limit=3600) -> SafeString:
    """Say how long the first reply took: a green tick in time, amber after the goal, red after the limit."""
    if taken is None:
        return mark_safe("")
    seconds, goal, limit = (wording.seconds_of(value) for value in (taken, goal, limit))
    tone = "ok" if seconds <= goal else "warm" if seconds <= limit else "bad"
    mark = icon("check", "fg-ok") if tone == "ok" else icon("timer", f"fg-{tone}")
    return format_html(
        '<span class="due{}">{}{}</span>', " fg-bad" if tone == "bad" else "", mark, wording.duration(seconds)
    )


# --------------------------------------------------------- small graphics


@register.simple_tag
def actbar(overdue: int, today: int, planned: int, none: int) -> SafeString:
    counts = {"over": overdue, "today": today, "plan": planned, "none": none}
    total, x, rects = sum(counts.values()) or 1, 0.0, []
    for name, count in counts.items():
        width = round(100 * count / total, 1)
        rects.append((name, round(x, 1), width))
        x += width
    label = gettext("Activities: %(over)s overdue, %(today)s today, %(plan)s planned, %(none)s none") % counts
    return format_html(
        '<svg class="actbar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        label, format_html_join("", '<rect class="a-{}" x="{}" width="{}" height="4"/>', rects),
    )  # fmt: skip


@register.simple_tag
def spark(values, tone: str = "info", label: str = "") -> SafeString:
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="spark tone-{}" viewBox="0 0 80 24" preserveAspectRatio="none" {}>'
        '<polyline class="ln" points="{}"/></svg>',
        tone, said, wording.spark_points(list(values)),
    )  # fmt: skip


@register.inclusion_tag("ui/why.html")
def why(reasons, base=None) -> dict:
    return {"bars": [_bar(reason) for reason in reasons], "base": base}


def _bar(reason) -> dict:
    """Lay out one reason: right of the middle it raises the score, left it lowers it; 26 points fill a side."""
    given = reason if isinstance(reason, dict) else vars(reason)
    points = round(given["points"])
    width = min(39, abs(points) * 1.5)
    return {
        "fact": given["fact"], "note": given.get("note", ""), "up": points >= 0, "points": abs(points),
        "width": f"{width:g}", "x": f"{41 if points >= 0 else 39 - width:g}",
    }  # fmt: skip


# ------------------------------------------------------------------ parts


@register.inclusion_tag("ui/chip.html")
def chip(label: str, operator: str, value: str, remove_url: str = "", edit_url: str = "") -> dict:
    return {"label": label, "operator": operator, "value": value, "remove_url": remove_url, "edit_url": edit_url}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context, page, target: str = "#list") -> dict:
    return {"page": page, "request": context["request"], "target": target}


@register.inclusion_tag("ui/steps.html")
def steps(names, current: int) -> dict:
    """Draw the steps of a wizard; current counts from 1."""
    return {"steps": [(name, n < current, n == current) for n, name in enumerate(names, 1)]}


@register.inclusion_tag("ui/segmented.html")
def segmented(name: str, choices, value="", label: str = "", small: bool = False) -> dict:
    items = [(key, words, str(key) == str(value)) for key, words in choices]
    return {"name": name, "items": items, "label": label, "small": small}


@register.inclusion_tag("ui/segmented_links.html")
def segmented_links(items, label: str, small: bool = True) -> dict:
    return {"items": items, "label": label, "small": small}


@register.inclusion_tag("ui/person_select.html")
def person_select(name: str, people, value="", label: str = "", empty: str = "") -> dict:
    chosen = str(getattr(value, "pk", value) or "")
    items = [(str(person.pk), str(person), str(person.pk) == chosen) for person in people]
    return {"name": name, "items": items, "label": label, "empty": empty}


@register.inclusion_tag("ui/toast.html", takes_context=True)
def toast(context, text: str, tone: str = "ok", undo: str = "") -> dict:
    return {"text": text, "tone": tone, "undo": undo, "csrf_token": context.get("csrf_token", "")}


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form) -> dict:
    fields = [form[name] for name in form.errors if name in form.fields]
    return {"form": form, "fields": fields}


# ------------------------------------------------------- parts with a body


@register.simple_block_tag
def notice(content: str, tone: str = "", icon: str = "info", title: str = "", role: str = "") -> SafeString:
    text, mark, acts = content.partition('<div class="acts">')
    return _part("notice", content=text, acts=mark + acts, tone=tone, icon=icon, title=title, role=role)


@register.simple_block_tag
def empty(content: str, icon: str, title: str, text: str = "", level: int = 2) -> SafeString:
    return _part("empty", content=content, icon=icon, title=title, text=text, level=level)


@register.simple_block_tag
def dialog(content: str, id: str, title: str, sub: str = "", large: bool = False, autoopen: bool = False) -> SafeString:
    return _part("dialog", content=content, id=id, title=title, sub=sub, large=large, autoopen=autoopen)


@register.simple_block_tag
def next_act(content: str, tone: str, icon: str, title: str, text: str = "") -> SafeString:
    return _part("next_act", content=content, tone=tone, icon=icon, title=title, text=text)


def _part(name: str, *, content: str, acts: str = "", **context) -> SafeString:
    """Render a part around a body which the template engine has already rendered and escaped."""
    bodies = {"content": mark_safe(content.strip()), "acts": mark_safe(acts.strip())}
    return mark_safe(render_to_string(f"ui/{name}.html", context | bodies))
