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
    {% country lead.country %}                    the name of a code
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

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from core import wording
from core.components import (
    SOURCE_ICONS,
    actbar,
    ago,
    avatar,
    badge,
    day,
    due,
    due_words,
    duration,
    icon,
    iconbtn,
    kbd,
    money,
    replied,
    ring,
    score,
    sla,
    spark,
    src,
    status,
    tag,
    who,
)
from core.conditions.kinds import countries
from core.conditions.languages import language_name

__all__ = ["SOURCE_ICONS"]
register = template.Library()

for atom in (
    icon,
    kbd,
    iconbtn,
    avatar,
    who,
    score,
    ring,
    badge,
    status,
    tag,
    src,
    ago,
    day,
    duration,
    money,
    due,
    due_words,
    sla,
    replied,
    actbar,
    spark,
):
    register.simple_tag(atom)


@register.simple_tag
def country(code: str) -> str:
    """Return a country's name in the reader's language; what is no code stays as it is."""
    return str(dict(countries()).get(code, code))


@register.filter
def language(code: str) -> str:
    """Return what people call a language by its code; what is no code stays as it is."""
    return language_name(code) or code


@register.inclusion_tag("ui/why.html")
def why(reasons, base=None) -> dict:
    return {"bars": [_bar(reason) for reason in reasons], "base": base}


def _bar(reason) -> dict:
    """Lay out one reason: right of the middle it raises the score, left it lowers it; 26 points fill a side."""
    if not isinstance(reason, dict):
        reason = {name: getattr(reason, name, "") for name in ("fact", "points", "note")}
    points = round(reason["points"])
    width = min(39, abs(points) * 1.5)
    return {
        "fact": reason["fact"], "note": reason.get("note", ""), "up": points >= 0, "points": abs(points),
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
    return {"text": wording.ended(text), "tone": tone, "undo": undo, "csrf_token": context.get("csrf_token", "")}


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
