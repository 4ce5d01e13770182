"""{% load story %}{% story_days events as days %}: a timeline's events by day; what of a change is folded (core.story)."""

from django import template

from core.story import Day, by_day, needs_card

register = template.Library()


@register.simple_tag
def story_days(events) -> list[Day]:
    return by_day(events or [])


@register.filter
def worth_card(changes) -> bool:
    return needs_card(changes)
