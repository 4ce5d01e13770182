"""The review: one lead after the other, each judged by a key or a button."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from assignment import review
from core import clock, undo, wording
from core.counting import count_all
from core.htmx import done, page_or_fragment, tell, wants_fragment
from leads import lists, words
from leads.exceptions import LeadRefusal
from leads.forms import DisqualifyForm
from leads.ideals import Ideals
from leads.models import Lead
from leads.views.common import find

MORNING = time(8)


class ComeBackForm(forms.Form):
    """The day on which a lead comes back."""

    on = forms.DateField(label=gettext_lazy("Comes back on"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, today, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self):
        on = self.cleaned_data["on"]
        if not 0 < (on - self.today).days <= 3650:
            raise forms.ValidationError(_("Choose a day after today."))
        return on


@require_GET
def review_queue(request: HttpRequest) -> HttpResponse:
    """Show the next lead to judge, after the one named in the address; or this one (`lead`)."""
    rows = review.queue(request.user)
    asked, before = _asked(request, "lead"), _asked(request, "after")
    lead = rows.filter(pk=asked.pk).first() if asked else None
    return _shown(request, lead or review.after(rows, before))


def _asked(request: HttpRequest, key: str) -> Lead | None:
    asked = request.GET.get(key, "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 16):
        return None
    return Lead.objects.visible_to(request.user).filter(pk=int(asked)).first()


def _shown(request: HttpRequest, lead: Lead | None, *, status: int = 200, come_back: forms.Form | None = None,
           disqualify: forms.Form | None = None) -> HttpResponse:  # fmt: skip
    today = clock.now().astimezone(request.user.zone).date()
    context = {
        "lead": lead, "count": count_all({"": review.queue(request.user)})[""], "come_back": come_back or ComeBackForm(today=today),
        "disqualify": disqualify or DisqualifyForm(), "fit": Ideals([lead.team_id], at=clock.now()).of(lead) if lead else None,
    }  # fmt: skip
    return page_or_fragment(request, "assignment/review.html", context, fragment="review", status=status)


@require_POST
def judgement(request: HttpRequest, pk: int) -> HttpResponse:
    """Do what was said about one lead and go on to the next."""
    lead, at, said = find(request, pk), clock.now(), request.POST.get("say", "")
    zone = request.user.zone
    come_back = ComeBackForm(request.POST, today=at.astimezone(zone).date()) if said == "later" else None
    reason = DisqualifyForm(request.POST) if said == "no" else None
    if said not in {"yes", "later", "no"}:
        raise Http404
    if any(form is not None and not form.is_valid() for form in (come_back, reason)):
        return _shown(request, lead, status=422, come_back=come_back, disqualify=reason)
    try:
        if said == "yes":
            change, toast = review.qualify(lead, at=at, by=request.user), _("Qualified.")
        elif said == "later":
            moment = datetime.combine(come_back.cleaned_data["on"], MORNING, tzinfo=zone)
            day = wording.day(moment, now=at)
            change, toast = review.come_back(lead, moment, at=at, by=request.user), _("It comes back on %(day)s.") % {"day": day}
        else:
            given = reason.cleaned_data
            change, toast = review.disqualify(lead, given["reason"], given["note"], at=at, by=request.user), _("Disqualified.")
    except LeadRefusal as error:
        return _next(request, lead, words.refusal(error))
    lists.forget_counts(request.user)
    return _next(request, lead, toast, undo.address(change))


def _next(request: HttpRequest, lead: Lead, toast: str, address: str = "") -> HttpResponse:
    if not wants_fragment(request):
        return done(request, f"{reverse('assignment:review')}?after={lead.pk}", event="lead:changed", toast=toast, undo=address)
    return tell(_shown(request, review.after(review.queue(request.user), lead)), toast, undo=address)
