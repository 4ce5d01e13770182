"""{% load customer_tags %}: what only pages about companies and contacts need.

{% customer_status company %}  {% place company %}  {% address contact %}  {% mailto contact %}  {% weblink company.website %}
{% edit_url record %}  {% note_url record %}  {% event_icon event %}  {% field_changes event as lines %}
"""

from typing import Any
from urllib.parse import quote, urlsplit

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext

from core.conditions.kinds import countries
from core.templatetags import ui
from customers.merging import in_one_line
from customers.models import Status

register = template.Library()

TONES = {
    Status.LEAD: "info",
    Status.PROSPECT: "warm",
    Status.CUSTOMER: "ok",
    Status.FORMER: "care",
    Status.NONE: "none",
}
ICONS = {"created": "plus", "changed": "pencil", "noted": "sticky-note", "assigned": "route", "merged": "merge", "undone": "undo-2"}


@register.simple_tag
def customer_status(record) -> SafeString:
    return ui.status(record.get_status_display(), TONES.get(record.status, "none"))


@register.simple_tag
def place(record) -> str:
    """Return town and country."""
    return ", ".join(part for part in (record.city, _country(record)) if part)


@register.simple_tag
def address(record) -> str:
    """Return the postal address in one line."""
    return in_one_line(record)


def _country(record) -> str:
    return str(dict(countries()).get(record.country, record.country)) if record.country else ""


@register.simple_tag
def mailto(record) -> str:
    return f"mailto:{quote(record.email, safe='@.+-_')}"


@register.simple_tag
def weblink(text: str) -> SafeString:
    """Link a website as typed; anything but http and https stays text."""
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
    except ValueError:
        return format_html("{}", text)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or "." not in parts.hostname or " " in url:
        return format_html("{}", text)
    return format_html('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', url, text)


@register.simple_tag
def edit_url(record) -> str:
    return reverse(f"customers:edit_{record._meta.model_name}", args=[record.pk])


@register.simple_tag
def note_url(record) -> str:
    return reverse(f"customers:note_{record._meta.model_name}", args=[record.pk])


@register.simple_tag
def event_icon(event) -> SafeString:
    return ui.icon(ICONS.get(event.kind, "circle-check"))


@register.simple_tag
def whose(event):
    """Return the company or contact an event is about."""
    return event.company if hasattr(event, "company_id") else event.contact


@register.simple_tag
def field_changes(event) -> list[tuple[str, str, str]]:
    """Return what a "changed" event changed, each field by its name in the reader's language."""
    lines = []
    for name, values in (event.details.get("fields") or {}).items():
        before, after = values if isinstance(values, list) and len(values) == 2 else (None, values)
        lines.append((_label(event, name), _shown(before), _shown(after)))
    return lines


def _label(event, name: str) -> str:
    if name == "address":
        return gettext("Address")
    subject = event._meta.get_field("company" if hasattr(event, "company_id") else "contact").related_model
    try:
        label = str(subject._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name.replace("_", " ")
    return label[:1].upper() + label[1:]


def _shown(value: Any) -> str:
    return "–" if value is None or value == "" or value == {} else Truncator(value).chars(2000)
