"""{% load undoing %}{% undo_of event as url %}: the address that takes back the change an event tells of, or nothing."""

from django import template

from core import clock, undo
from core.models import Change

register = template.Library()


@register.simple_tag(takes_context=True)
def undo_of(context, event) -> str:
    """Return the address while the change can be taken back by the person who reads. One query for such an event."""
    pk, request = event.details.get("change"), context.get("request")
    if not pk or request is None:
        return ""
    change = Change.objects.filter(pk=pk, undo=Change.Undo.OPEN, until__gt=clock.now()).first()
    if change is None or not (request.user.is_administrator or change.by_id == request.user.pk):
        return ""
    return undo.address(change)
