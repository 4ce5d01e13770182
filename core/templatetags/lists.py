"""{% load lists %}: what list pages share.

    <a {% to url %}>…</a>             the attributes of a link that changes the list: followed as a link, or swapped in by htmx
    {% field_menu shown %}            the fields one can filter by, each a link that opens its form
    {{ shown.sort_of|get:name }}      what a mapping has under a name that another variable holds
    <a {% peek_of shown lead %}>…</a>  the same for the link that opens a record beside its list
"""

import zlib

from django import template
from django.core.cache import caches
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.markup import escaped, filled

register = template.Library()


@register.simple_tag
def to(url: str, target: str = "#list") -> SafeString:
    """Give a link its attributes; what is asked for first is dropped for what is asked for next: two answers would meet one list."""
    return format_html(
        'href="{0}" hx-get="{0}" hx-target="{1}" hx-swap="outerHTML" hx-push-url="true" hx-sync="main:replace"', url, target
    )


HERE = "\ue000"  # stands for the beginning of the list's address where the menu of fields is kept


@register.simple_tag
def field_menu(shown) -> SafeString:
    """Draw the fields of a filter. Dozens of links that differ from page to page by their beginning alone: drawn once."""
    key = f"field_menu:{get_language()}:{zlib.crc32(shown.fields_known.encode())}"
    drawn = caches["parts"].get(key)
    if drawn is None:
        drawn = "".join(
            [(filled('<div class="mh">{}</div>', group) if group else "")
             + "".join([filled('<a class="mi" {}>{}</a>', to(url), label) for label, url in fields]) for group, fields in shown.groups_at(HERE)]
        )  # fmt: skip
        caches["parts"].set(key, drawn)
    return SafeString(drawn.replace(HERE, escaped(shown.adding)))


@register.simple_tag
def peek_of(shown, record) -> SafeString:
    return to(shown.peek_url(record.pk))


@register.filter
def get(mapping, name):
    return mapping.get(name)
