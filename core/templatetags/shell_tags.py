"""Django's messages as toasts: {% message_toast message %}."""

import json

from django import template

from core.templatetags import ui

register = template.Library()


@register.inclusion_tag("ui/toast.html", takes_context=True)
def message_toast(context, message) -> dict:
    """Word a message; one with the tag "undo" is JSON and names the address that takes it back."""
    text, undo = str(message), ""
    if "undo" in message.tags.split():
        given = json.loads(text)
        text, undo = given["text"], given["undo"]
    tone = "bad" if message.level_tag in {"error", "warning"} else "ok"
    return ui.toast(context, text, tone, undo)
