"""What several views say alike: refusals worded for people, and where one came from."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.htmx import tell, wants_fragment
from opportunities import exceptions as refusals


def word(error: Exception) -> str:
    """Say a refusal as a colleague would."""
    deal = getattr(error, "opportunity", None)
    if isinstance(error, refusals.ChangedMeanwhile):
        if error.by:
            return _("%(who)s changed “%(name)s” a moment ago. It is in %(stage)s now.") % {
                "who": error.by, "name": deal, "stage": deal.stage,
            }  # fmt: skip
        return _("“%(name)s” was changed a moment ago. It is in %(stage)s now.") % {"name": deal, "stage": deal.stage}
    if isinstance(error, refusals.StageGone):
        return _("That stage is no longer there. “%(name)s” stays in %(stage)s.") % {"name": deal, "stage": deal.stage}
    if isinstance(error, refusals.OpportunityClosed):
        return _("“%(name)s” is closed already: %(state)s.") % {"name": deal, "state": deal.get_state_display()}
    if isinstance(error, refusals.OpportunityOpen):
        return _("“%(name)s” is open.") % {"name": deal}
    if isinstance(error, refusals.NoPipeline):
        return _("There is no pipeline with a stage yet. A manager can set one up.")
    return _("That is no longer possible.")


def refused(request: HttpRequest, text: str, *, back: str = "") -> HttpResponse:
    """Answer 409: somebody else was quicker. Nothing was changed."""
    if wants_fragment(request):
        return tell(HttpResponse(status=409), text, tone="bad")
    context = {"text": text, "back": back or came_from(request)}
    return TemplateResponse(request, "opportunities/refused.html", context, status=409)


def came_from(request: HttpRequest) -> str:
    """Return the page of ours a form was sent from, or the board."""
    url = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if safe else reverse("opportunities:board")


def board_query(request: HttpRequest) -> QueryDict | None:
    """Return what the address of the board says when the request was sent from it, else None."""
    here = urlsplit(request.htmx.current_url or "") if request.htmx else urlsplit("")
    return QueryDict(here.query) if here.path == reverse("opportunities:board") else None
