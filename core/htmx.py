"""One view, two answers: the whole page, or the part of it that htmx asked for."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from core import wording


def wants_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx) and not (request.htmx.boosted or request.htmx.history_restore_request)


def page_or_fragment(request: HttpRequest, template: str, context: dict[str, Any], *, fragment: str, status: int = 200):
    """Render the page, or only its named partial for htmx."""
    if wants_fragment(request):
        template = f"{template}#{fragment}"
    response = TemplateResponse(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def done(request: HttpRequest, to, *, event: str, toast: str = "", undo: str = "", **detail) -> HttpResponse:
    """Tell the page what happened and close its dialog; without htmx, or on the dialog's own page, say so and go to the object.

    `undo` is the address that takes it back; the toast offers it.
    """
    from django.contrib import messages

    is_own_page = "HX-Own-Page" in request.headers
    if is_own_page or not wants_fragment(request):
        if toast:
            messages.success(request, json.dumps({"text": str(toast), "undo": undo}) if undo else str(toast),
                             extra_tags="undo" if undo else "")
        return HttpResponseClientRedirect(resolve_url(to)) if is_own_page else redirect(to)
    response = trigger_client_event(HttpResponse(status=204), event, detail)
    if toast:
        tell(response, toast, undo=undo)
    return trigger_client_event(response, "dialog:close", {})


def tell(response: HttpResponse, text: str, **more: str) -> HttpResponse:
    """Let an answer say something in a toast; `undo` is the address that takes it back, `tone` "bad" for what was refused."""
    return trigger_client_event(response, "toast", {"text": wording.ended(str(text)), **more})
