"""{% load assignment_tags %}: what only pages about rules need.

    {% dry_bars then now most %}      two bars in one small picture; the numbers stand beside it
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def dry_bars(then: int, now: int, most: int) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect class="d-then" x="0" y="0" width="{}" height="7" rx="1"/>'
        '<rect class="d-now" x="0" y="9" width="{}" height="3" rx="1"/></svg>',
        round(100 * then / max(most, 1)), round(100 * now / max(most, 1)),
    )  # fmt: skip
