"""{% reason code values %}: the sentence of a stored reason."""

from django import template

from core.reasons import word

register = template.Library()


@register.simple_tag
def reason(code: str, values: dict | None = None) -> str:
    return word(code, values)
