"""Hand somebody's whole book over, from the page of the person or of the team's member."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from assignment import handover
from core import clock, undo
from core.audit import note
from core.htmx import done, page_or_fragment
from leads import lists
from leads.models import Lead
from opportunities.models import Opportunity
from teams import rights
from teams.models import Membership, Role, User


class BookForm(forms.Form):
    """Who takes it, and why."""

    takers = forms.ModelMultipleChoiceField(
        label=gettext_lazy("To whom"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Several share it in turns, oldest first."),
        error_messages={"required": gettext_lazy("Choose somebody.")},
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)

    def __init__(self, *args, takers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["takers"].queryset = takers


@rights.requires("set up teams")
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what somebody has in hand, and give it to others in one act."""
    person = _person(request, pk)
    form = BookForm(request.POST or None, takers=_takers(person, request.user))
    if request.method == "POST" and form.is_valid():
        takers, reason = list(form.cleaned_data["takers"]), form.cleaned_data["reason"]
        change, told = handover.hand_over(person, takers, at=clock.now(), by=request.user, reason=reason)
        note("book handed over", target=f"person {pk}", by=request.user, request=request, to=[taker.pk for taker in takers], **told)
        lists.forget_counts(request.user)
        toast = _("Handed over: %(leads)s leads, %(deals)s deals, %(activities)s activities.") % told
        return done(request, "teams:teams", event="book:handed", toast=toast, undo=undo.address(change))
    context = {"form": form, "person": person, "book": handover.book_of(person, by=request.user).count()}
    return page_or_fragment(request, "assignment/book.html", context, fragment="form", status=422 if form.errors else 200)


def _person(request: HttpRequest, pk: int) -> User:
    """Return somebody whose book the asker may hand on: an administrator anybody's, a manager a member's of the own teams.

    Who was taken out of a team with leads or deals of it in hand counts as one.
    """
    person, teams = get_object_or_404(User, pk=pk), request.user.team_ids
    if request.user.is_administrator or Membership.objects.filter(user=person, team__in=teams).exists():
        return person
    if Lead.objects.open().filter(owner=person, team__in=teams).exists() or Opportunity.objects.open().filter(owner=person, team__in=teams).exists():
        return person
    raise Http404


def _takers(person: User, asker: User):
    """Return who may take it: active reps and managers of the asker's teams, of all teams for an administrator."""
    people = User.objects.active().filter(role__in=[Role.REP, Role.MANAGER]).exclude(pk=person.pk)
    if not asker.is_administrator:
        people = people.filter(memberships__team__in=asker.team_ids)
    return people.distinct().order_by("name", "pk")
