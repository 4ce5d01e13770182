"""A lead's facts, edited in place: one panel at a time."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock, undo
from core.htmx import page_or_fragment
from customers.searching import look_again
from leads import words
from leads.editing import DERIVED
from leads.exceptions import ChangedMeanwhile, LeadRefusal
from leads.forms import PANELS, FactsForm
from leads.views.common import find, told

IDENTITY = frozenset({"name", "email", "phone", "company_name"})  # by which others are found


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form of a panel, or change what was changed in it."""
    lead, panel = find(request, pk), request.GET.get("panel", "contact")
    if panel not in PANELS:
        raise Http404
    form = FactsForm(request.POST if request.method == "POST" else None, lead=lead, panel=panel)
    if form.is_bound and form.is_valid():
        if not form.changes:
            return told(request, lead, toast=_("Nothing was changed."))
        if change := _changed(request, lead, form):
            if IDENTITY & set(form.changes):
                look_again(lead)
            return told(request, lead, toast=_("Saved."), undo=undo.address(change))
    context = {"lead": lead, "panel": panel, "form": form, "title": PANELS[panel][0]}
    return page_or_fragment(request, "leads/edit.html", context, fragment="form", status=422 if form.is_bound else 200)


def _changed(request: HttpRequest, lead, form: FactsForm):
    """Run the verb and return its change for undo, or None when it was refused, with the reason on the form."""
    at, columns = clock.now(), tuple(form.changes)
    try:
        with undo.recording("lead_changed", at=at, by=request.user, lead=lead.pk) as change:
            change.touching(lead, *columns, *DERIVED)
            lead.edit(form.changes, at=at, by=request.user, seen=form.seen)
    except ChangedMeanwhile as error:
        for name in error.fields:
            if name in form.fields:
                said = {"value": str(getattr(error.lead, name) or "–")[:80]}
                form.add_error(name, _("Somebody changed this meanwhile; it now reads “%(value)s”.") % said)
        form.add_error(None, words.refusal(error))
        return None
    except LeadRefusal as error:
        form.add_error("email" if "email" in form.fields else None, words.refusal(error))
        return None
    return change
