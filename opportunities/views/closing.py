"""Won, lost, closed in part, reopened: one address, one dialog for each."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from core import clock, undo, wording
from core.htmx import done, page_or_fragment
from opportunities.exceptions import OpportunityRefusal
from opportunities.forms import LostForm, PartForm, WonForm, note_field
from opportunities.models import Opportunity
from opportunities.views.answers import refused, word


class ReopenForm(WonForm):
    amount = None
    note = note_field(gettext_lazy("Why?"))


TITLES = {
    "won": (gettext_lazy("Mark as won"), "trophy"), "lost": (gettext_lazy("Mark as lost"), "ban"),
    "part": (gettext_lazy("Close in part"), "split"), "reopened": (gettext_lazy("Reopen"), "rotate-ccw"),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def closing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show or carry out one way to close (?as=won, lost, part) or reopen an opportunity."""
    opportunity = get_object_or_404(
        Opportunity.objects.visible_to(request.user).select_related("company", "contact"), pk=pk
    )
    way = request.POST.get("as") or request.GET.get("as", "won")
    if way not in TITLES:
        raise Http404
    if opportunity.is_open == (way == "reopened"):
        return refused(request, _("“%(name)s” is %(state)s by now.") % {"name": opportunity, "state": opportunity.get_state_display()},
                       back=opportunity.get_absolute_url())  # fmt: skip
    form = _form(way, opportunity, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        context = {
            "form": form,
            "opportunity": opportunity,
            "way": way,
            "title": TITLES[way][0],
            "icon": TITLES[way][1],
        }
        status = 422 if request.method == "POST" else 200
        return page_or_fragment(request, "opportunities/closing.html", context, fragment="form", status=status)
    try:
        text, address = _close(opportunity, way, form.cleaned_data, request)
    except OpportunityRefusal as error:
        return refused(request, word(error), back=opportunity.get_absolute_url())
    return done(request, opportunity, event="opportunity:closed", toast=" ".join([text, *_of_plans(opportunity, way)]), undo=address, id=opportunity.pk)


def _of_plans(opportunity: Opportunity, way: str) -> list[str]:
    """Say what becomes of what is planned: it rests with a closed deal, and wakes with it."""
    if opportunity.is_open and way != "reopened":
        return []
    n = opportunity.activities.planned().count()
    if not n:
        return []
    if way == "reopened":
        words = ngettext("%(n)s planned activity goes on.", "%(n)s planned activities go on.", n)
    else:
        words = ngettext("%(n)s planned activity rests until it is opened again.", "%(n)s planned activities rest until it is opened again.", n)
    return [words % {"n": n}]


def _form(way: str, opportunity: Opportunity, data):
    if way == "won":
        return WonForm(data, initial={"amount": opportunity.amount_open})
    if way == "lost":
        return LostForm(data)
    if way == "part":
        return PartForm(data, opportunity=opportunity, initial={"kind": "won"})
    return ReopenForm(data)


def _close(opportunity: Opportunity, way: str, given: dict[str, Any], request: HttpRequest) -> tuple[str, str]:
    """Carry it out and return what to say and the address that takes it back."""
    at, by, note = clock.now(), request.user, given.get("note", "")
    money = lambda amount: wording.money(amount, opportunity.currency)  # noqa: E731
    with transaction.atomic():
        opportunity.hold()
        expected = opportunity.expected
        if way == "won":
            made = opportunity.win(amount=given["amount"], note=note, at=at, by=by)
            return _("Won: %(amount)s.") % {"amount": money(made.amount)}, _recorded(opportunity, expected, at, by)
        if way == "lost":
            opportunity.lose(given["reason"], note=note, at=at, by=by)
            return _("Marked as lost."), _recorded(opportunity, expected, at, by)
        if way == "reopened":
            opportunity.reopen(note=note, at=at, by=by)
            return _("Reopened."), ""
        made = opportunity.close_part(
            given["kind"], given["amount"], reason=given.get("reason"), note=note, at=at, by=by
        )
        words = {
            "won": _("%(amount)s won."),
            "lost": _("%(amount)s lost."),
            "moved": _("%(amount)s moved to a follow-up deal."),
        }
        return words[given["kind"]] % {"amount": money(made.amount)}, ""


def _recorded(opportunity: Opportunity, expected: Decimal, at, by) -> str:
    """Keep what undo needs and return its address."""
    details = {"opportunity": opportunity.pk, "version": opportunity.version, "expected": f"{expected}"}
    with undo.recording("close", at=at, by=by, **details) as change:
        return undo.address(change)
