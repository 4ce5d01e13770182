"""{% load lists %}: what list pages share.

    <a {% to url %}>…</a>             the attributes of a link that changes the list: followed as a link, or swapped in by htmx
    {{ shown.sort_of|get:name }}      what a mapping has under a name that another variable holds
    <a {% peek_of shown lead %}>…</a>  the same for the link that opens a record beside its list
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def to(url: str, target: str = "#list") -> SafeString:
    return format_html(
        'href="{0}" hx-get="{0}" hx-target="{1}" hx-swap="outerHTML" hx-push-url="true"', url, target
    )


@register.simple_tag
def peek_of(shown, record) -> SafeString:
    return to(shown.peek_url(record.pk))


@register.filter
def get(mapping, name):
    return mapping.get(name)
