"""{% load lists %}: what list pages share.

    <a {% to url %}>…</a>      the attributes of a link that changes the list: followed as a link, or swapped in by htmx
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
