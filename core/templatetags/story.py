"""{% load story %}{% story_days events as days %}: a timeline's events by day (core.story)."""

from django import template

from core.story import Day, by_day

register = template.Library()


@register.simple_tag
def story_days(events) -> list[Day]:
    return by_day(events or [])
