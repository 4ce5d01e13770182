"""The hosted page of a public form: shown, answered, thanked for. Works without JavaScript and without cookies."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from capture.channels import receive
from capture.models import HOST, WebForm
from capture.web_form import guards, tokens, visits
from capture.web_form.forms import VisitorForm
from core import business, clock
from core.csp import csp_exception
from leads.models import Channel

MOST_BYTES = 256 * 1024  # of one post; the longest honest form stays far below


def hosts_of(request: HttpRequest, slug: str) -> dict[str, list[str]]:
    """The pages that may show this form in a frame: those its owner named, nobody else."""
    form = getattr(request, "web_form", None)
    hosts = [host for host in form.hosts if HOST.fullmatch(host)] if form else []
    return {"frame-ancestors": ["self", *(f"https://{host}" for host in hosts)]} if hosts else {}


def open_form(request: HttpRequest, slug: str) -> WebForm:
    form = WebForm.objects.select_related("team").filter(slug=slug, is_active=True).first()
    if form is None:
        raise Http404
    request.web_form = form
    return form


@csp_exception("embed", hosts_of)
@csrf_exempt  # its own signed token instead: see capture.web_form.tokens
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, slug: str) -> HttpResponse:
    web_form = open_form(request, slug)
    if request.method == "POST":
        return framed(web_form, answer(request, web_form))
    touch = visits.touch_of(request, at=clock.now())
    response = page(request, web_form, VisitorForm(web_form), tokens.make(web_form.pk, touch, at=clock.now()))
    visits.remember(request, response, touch)
    return framed(web_form, response)


def answer(request: HttpRequest, web_form: WebForm) -> HttpResponse:
    """Take a post: one insert, then thanks. Doubtful ones are thanked too and wait in quarantine."""
    if not is_small(request):
        return render(request, "web_form/too_large.html", {"web_form": web_form}, status=413)
    try:
        given, text = request.POST, str(request.POST.get("token", ""))
    except (RequestDataTooBig, SuspiciousOperation):
        return render(request, "web_form/too_large.html", {"web_form": web_form}, status=413)
    filled, token = VisitorForm(web_form, given), tokens.read(text, web_form.pk)
    at = clock.now()
    if not filled.is_valid():
        again = text if token else tokens.make(web_form.pk, {}, at=at)
        return page(request, web_form, filled, again, status=422)
    answers = filled.answers()
    touch = token.touch if token else {}
    # the same page sent twice with the same words is one post; gone back to and changed it is another
    words = tokens.key_of_words(web_form.pk, repr(sorted(answers.items())))
    key = f"{token.key}:{words}" if token else words
    receive(
        Channel.WEB_FORM, {**visits.origins_in(touch), **answers}, external_id=key, web_form=web_form, team=web_form.team,
        context=context_of(request, filled, touch) | engaged(token, at), set_aside=guards.doubt(request, token, answers, at=at),
    )  # fmt: skip
    return redirect("web_form:thanks", slug=web_form.slug)


def is_small(request: HttpRequest) -> bool:
    """Tell whether the post says that it is short enough: asked before a byte of it is parsed."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return length.isdecimal() and int(length) <= MOST_BYTES


def context_of(request: HttpRequest, filled: VisitorForm, touch: dict) -> dict:
    first = visits.first_touch(request) or touch
    said = {"first_touch": first, "last_touch": touch, "consents": filled.consents(), "sender": guards.sender_of(request),
            "agent": request.META.get("HTTP_USER_AGENT", "")[:300], "language": request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:100]}  # fmt: skip
    return {name: value for name, value in said.items() if value}


def engaged(token: tokens.Token | None, at: datetime) -> dict:
    """Return what the page has seen the visitor do: came once, and how long the form was before their eyes, an hour at most."""
    seconds = min(max(int(at.timestamp() - token.shown), 0), 3600) if token else 0
    return {"engaged": {"visits": 1, "pages_viewed": 1, "seconds_on_site": seconds}}


def page(request: HttpRequest, web_form: WebForm, filled: VisitorForm, token: str, status: int = 200) -> HttpResponse:
    context = {"web_form": web_form, "form": filled, "token": token, "organisation": business.get("organisation_name"),
               "honeypot": guards.HONEYPOT, "query": request.META.get("QUERY_STRING", "")}  # fmt: skip
    return render(request, "web_form/form.html", context, status=status)


@csp_exception("embed", hosts_of)
@login_not_required
@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    web_form = open_form(request, slug)
    context = {"web_form": web_form, "organisation": business.get("organisation_name")}
    return framed(web_form, render(request, "web_form/thanks.html", context))


def framed(web_form: WebForm, response: HttpResponse) -> HttpResponse:
    """Let the named hosts frame the page (the policy names them; the older header only knows «nobody»)."""
    add_never_cache_headers(response)
    if web_form.hosts:
        response.xframe_options_exempt = True
    elif not response.has_header("X-Frame-Options"):
        response["X-Frame-Options"] = settings.X_FRAME_OPTIONS
    return response
