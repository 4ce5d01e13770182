"""The small components as functions: what the tags icon, score and the like put into a page (core/templatetags/ui.py).

Asked hundreds of times per board, so the frequent ones are built once and remembered.
"""

from functools import cache, lru_cache

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, pgettext

from core import clock, wording
from core.markup import filled

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


@receiver(setting_changed)
def _forget_sprite(*, setting: str, **_) -> None:
    if setting in {"STORAGES", "STATIC_URL"}:
        for cached in (sprite, _icon, _score):
            cached.cache_clear()


# ------------------------------------------------------------------ atoms


def icon(name: str, cls: str = "") -> SafeString:
    return _icon(name, cls)


@lru_cache(maxsize=1024)
def _icon(name: str, cls: str = "") -> SafeString:
    return filled(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', f" {cls}" if cls else "", sprite(), name
    )


def kbd(key: str) -> SafeString:
    return filled('<kbd class="kbd">{}</kbd>', key)


def iconbtn(name: str, label: str, cls: str = "btn-ghost", **attrs) -> SafeString:
    given = flatatt({key.replace("_", "-"): value for key, value in attrs.items()})
    return filled(
        '<button type="button" class="btn btn-icon {}" aria-label="{}" title="{}"{}>{}</button>',
        cls, label, label, given, icon(name),
    )  # fmt: skip


def avatar(person, size: str = "", square: bool = False, hue: int | None = None) -> SafeString:
    classes = f"avatar avatar-{size}" if size else "avatar"
    if not person:
        return filled('<span class="{} avatar-none" aria-hidden="true">{}</span>', classes, icon("user-round"))
    name = str(person)
    return _avatar(name, classes, square, hue or getattr(person, "hue", 0) or wording.hue(name))


@lru_cache(maxsize=4096)
def _avatar(name: str, classes: str, square: bool, hue: int) -> SafeString:
    return filled(
        '<span class="{}{} hue-{}" aria-hidden="true">{}</span>',
        classes, " avatar-sq" if square else "",
        hue, wording.initials(name),
    )  # fmt: skip


def who(person, size: str = "sm", nobody: str = "") -> SafeString:
    if not person:
        return filled('<span class="who muted">{}{}</span>', avatar(None, size), nobody or gettext("Unassigned"))
    return filled('<span class="who">{}<span class="truncate">{}</span></span>', avatar(person, size), person)


def band(value: float, hot: int = 70, warm: int = 40) -> str:
    """Return hot, warm or cold for a score."""
    return "hot" if value >= hot else "warm" if value >= warm else "cold"


def band_words(name: str) -> str:
    return {
        "hot": pgettext("score band", "hot"),
        "warm": pgettext("score band", "warm"),
        "cold": pgettext("score band", "cold"),
    }[name]


def score(value, hot: int = 70, warm: int = 40, word: bool = False) -> SafeString:
    if value is None or value == "":
        return filled('<span class="score score-none">{}</span>', gettext("No score"))
    return _score(value, hot, warm, word, get_language())


@lru_cache(maxsize=1024)
def _score(value, hot: int, warm: int, word: bool, language: str | None) -> SafeString:
    tone = band(value, hot, warm)
    css, said = ("word", capfirst(band_words(tone))) if word else ("vh", band_words(tone))
    words = filled('<span class="{}"> {}</span>', css, said)
    return filled('<span class="score tone-{}">{}{}{}</span>', tone, icon(BAND_ICONS[tone]), value, words)


def ring(value, size: str = "", hot: int = 70, warm: int = 40) -> SafeString:
    if value is None or value == "":
        return score(None)
    tone = band(value, hot, warm)
    label = gettext("Score %(n)s of 100, %(band)s") % {"n": value, "band": band_words(tone)}
    return filled(
        '<span class="ring{} tone-{}" role="img" aria-label="{}"><svg viewBox="0 0 36 36" aria-hidden="true">'
        '<circle class="track" cx="18" cy="18" r="15.9"/><circle class="fill" cx="18" cy="18" r="15.9" pathLength="100"'
        ' stroke-dasharray="{} 100"/></svg><b aria-hidden="true">{}</b></span>',
        f" ring-{size}" if size else "", tone, label, value, value,
    )  # fmt: skip


def badge(text: str, tone: str = "none", icon: str = "", dot: bool = True) -> SafeString:
    mark = _icon(icon) if icon else ""
    return filled(
        '<span class="badge{} tone-{}">{}{}</span>', " badge-dot" if dot and not icon else "", tone, mark, text
    )


def status(text: str, tone: str = "none") -> SafeString:
    return filled('<span class="badge badge-dot badge-plain tone-{}">{}</span>', tone, text)


def tag(text: str, tone: str = "none") -> SafeString:
    return filled('<span class="tag tone-{}">{}</span>', tone, text)


def src(name: str, kind: str = "") -> SafeString:
    return filled('<span class="src">{}{}</span>', icon(SOURCE_ICONS.get(str(kind), "log-in")), name)


# ---------------------------------------------------------- time and money


def ago(value) -> SafeString:
    if value is None:
        return mark_safe("")
    return _time(value, wording.ago(value, now=clock.now()))


def day(value) -> SafeString:
    if value is None:
        return mark_safe("")
    return _time(value, wording.day(value, now=clock.now()))


def _time(value, words: str) -> SafeString:
    return filled('<time datetime="{}" title="{}">{}</time>', value.isoformat(), wording.full(value), words)


def duration(value) -> str:
    return wording.duration(value)


def money(amount, currency: str, short: bool = False) -> str:
    return wording.money(amount, currency, short=short)


def due(value, what: str = "") -> SafeString:
    state, words = wording.due(value, now=clock.now())
    if value is None and not what:
        return due_words(words, state)
    return due_words(filled("{} {}", what, _time(value, words)) if value and what else what or words, state)


def due_words(text: str, state: str = "plan", icon: str = "") -> SafeString:
    return filled('<span class="due due-{}">{}{}</span>', state, _icon(icon or DUE_ICONS[state]), text)


def sla(waited, goal=300, limit=3600, running: bool = True) -> SafeString:
    """Draw the response clock of a lead that waits; app.js counts on from data-countdown."""
    seconds, goal, limit = (wording.seconds_of(value) for value in (waited, goal, limit))
    tone, percent, big, small = wording.response_clock(seconds, goal, limit)
    data = filled(' data-countdown="{}" data-goal="{}" data-limit="{}"', seconds, goal, limit) if running else ""
    return filled(
        '<span class="sla tone-{}"{}><svg class="clk" viewBox="0 0 36 36" aria-hidden="true">'
        '<circle class="track" cx="18" cy="18" r="15"/>'
        '<circle class="fill" cx="18" cy="18" r="15" pathLength="100" stroke-dasharray="{} 100"/></svg>'
        "<span><b>{}</b><small>{}</small></span></span>",
        tone, data, percent, big, small,
    )  # fmt: skip


def replied(taken, goal=300, limit=3600) -> SafeString:
    """Say how long the first reply took: a green tick in time, amber after the goal, red after the limit."""
    if taken is None:
        return mark_safe("")
    seconds, goal, limit = (wording.seconds_of(value) for value in (taken, goal, limit))
    tone = "ok" if seconds <= goal else "warm" if seconds <= limit else "bad"
    mark = icon("check", "fg-ok") if tone == "ok" else icon("timer", f"fg-{tone}")
    return filled(
        '<span class="due{}">{}{}</span>', " fg-bad" if tone == "bad" else "", mark, wording.duration(seconds)
    )


# --------------------------------------------------------- small graphics


def actbar(overdue: int, today: int, planned: int, none: int) -> SafeString:
    counts = {"over": overdue, "today": today, "plan": planned, "none": none}
    total, x, rects = sum(counts.values()) or 1, 0.0, []
    for name, count in counts.items():
        width = round(100 * count / total, 1)
        rects.append((name, round(x, 1), width))
        x += width
    label = gettext("Activities: %(over)s overdue, %(today)s today, %(plan)s planned, %(none)s none") % counts
    return filled(
        '<svg class="actbar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        label, format_html_join("", '<rect class="a-{}" x="{}" width="{}" height="4"/>', rects),
    )  # fmt: skip


def spark(values, tone: str = "info", label: str = "") -> SafeString:
    said = filled('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return filled(
        '<svg class="spark tone-{}" viewBox="0 0 80 24" preserveAspectRatio="none" {}>'
        '<polyline class="ln" points="{}"/></svg>',
        tone, said, wording.spark_points(list(values)),
    )  # fmt: skip
