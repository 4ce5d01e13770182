"""The rooms of scoring: the proof page with its acts, and a score set by hand."""

from decimal import Decimal
from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import audit, business, clock
from core.htmx import page_or_fragment
from leads.views.common import find
from opportunities.models import Opportunity
from scoring import alike, features, hand, limits, proof, raising, regrading, retraining, standing, training
from scoring.forms import ChanceForm, FieldForm, HandForm, LeastForm
from scoring.grading import BadModel, Grader
from scoring.hints import hint
from scoring.models import ScoringModel, UnusedField
from teams import rights


@rights.requires("set up rules")
@require_safe
def proof_page(request: HttpRequest) -> HttpResponse:
    """Are the scores true? Calibration, lift, history, and what may be done about it."""
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **forms) -> HttpResponse:
    context = proof.page(request.user, clock.now())
    context |= {"troubles": standing.troubles(), "deals": standing.of_deals(request.user), "limits": standing.of_limits(request.user)}
    context |= {"underway": standing.underway(request.user), "at_work": context["running"] or context["deals"]["running"]}
    shown = {"field_form": FieldForm(choices=context["fields"]), "least_form": LeastForm(initial={"least": context["least"]})}
    return render(request, "scoring/proof.html", {**context, **shown, **forms}, status=status)


@rights.requires("set up rules")
@require_safe
def underway(request: HttpRequest) -> HttpResponse:
    """What is being learnt and graded anew just now; the proof page asks for it while something is."""
    at_work = retraining.current() or retraining.current("deal")
    return render(request, "scoring/_underway.html", {"underway": standing.underway(request.user), "at_work": at_work, "was_asked": True})


@rights.requires("set up rules")
@require_POST
def training_now(request: HttpRequest) -> HttpResponse:
    """Learn again now, in the bulk worker."""
    _learn_again(request)
    return redirect("scoring:proof")


def _learn_again(request: HttpRequest) -> None:
    run, other = (retraining.start(clock.now(), by=request.user, question=question) for question in ("lead", "deal"))
    run = run or other
    if run is None:
        at_work = bool(retraining.current() or retraining.current("deal"))
        messages.info(request, _("A training is at work already.") if at_work else _("Nothing has closed yet that could teach."))
        return
    audit.note("training", by=request.user, request=request, training=run.pk)
    transaction.on_commit(partial(hint, "scoring.bulk_train"))
    messages.success(request, _("Learning. The scores follow when it has passed the test."))


@rights.requires("set up rules")
@require_POST
def service(request: HttpRequest) -> HttpResponse:
    """Let an earlier model serve again."""
    served = ScoringModel.objects.filter(active_since__isnull=False)
    given = request.POST.get("model", "")
    model = get_object_or_404(served, pk=int(given) if given.isdecimal() else 0)
    try:
        Grader(model.coefficients, expected=model.digest)
    except BadModel:
        messages.error(request, _("This model can't be trusted any more: its figures changed."))
        return redirect("scoring:proof")
    if model.active_until is not None:
        training.activate(model, at=clock.now())
        audit.note("scoring model", target=str(model.pk), by=request.user, request=request)
        transaction.on_commit(partial(hint, "scoring.bulk_rescore"))
        messages.success(request, _("It serves again. What is open is graded anew."))
    return redirect("scoring:proof")


@rights.requires("set up rules")
@require_POST
def fields(request: HttpRequest) -> HttpResponse:
    """Leave a field out, mark it as sensitive, or use it again; then learn anew."""
    if again := request.POST.get("again"):
        with transaction.atomic():
            if UnusedField.objects.filter(key=again).delete()[0]:
                audit.note("scoring field", target=again, by=request.user, request=request, used=True)
                _without_or_with(request, again)
        return redirect("scoring:proof")
    form = FieldForm(request.POST, choices=proof.fields())
    if not form.is_valid():
        return _page(request, status=422, field_form=form)
    key, why = form.cleaned_data["field"], form.cleaned_data["why"]
    with transaction.atomic():
        UnusedField.objects.update_or_create(key=key, defaults={"why": why, "by": request.user, "at": clock.now()})
        audit.note("scoring field", target=key, by=request.user, request=request, used=False, why=why)
        _without_or_with(request, key)
    return redirect("scoring:proof")


def _without_or_with(request: HttpRequest, key: str) -> None:
    """Grade what is open anew at once, by what serves now, and learn again."""
    regrading.ask_for_field(key, at=clock.now())
    transaction.on_commit(partial(hint, "scoring.bulk_rescore"))
    _learn_again(request)


@rights.requires("set up rules")
@require_POST
def least(request: HttpRequest) -> HttpResponse:
    """Choose from how many closed leads on they alone teach."""
    form = LeastForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, least_form=form)
    business.put("scoring_least_closed", form.cleaned_data["least"], by=request.user)
    if training.is_due(clock.now()):  # others teach now
        _learn_again(request)
    else:
        messages.success(request, _("Kept. The same leads teach as before."))
    return redirect("scoring:proof")


@rights.requires("set up rules")
@require_POST
def deal_words(request: HttpRequest) -> HttpResponse:
    """Let deals show the model's probability, or their stage's."""
    by_model = request.POST.get("by") == "model"
    business.put("deal_chances_by_model", by_model, by=request.user)
    transaction.on_commit(partial(hint, "scoring.bulk_rescore"))
    messages.success(request, _("Deals show the model’s probability.") if by_model else _("Deals show their stage’s probability."))
    return redirect("scoring:proof")


@rights.requires("set up rules")
@require_POST
def team_limits(request: HttpRequest) -> HttpResponse:
    """Let a team's limits of hot and warm follow the proposals again."""
    team = next((team for team in standing.teams_of(request.user) if str(team.pk) == request.POST.get("team")), None)
    if team is None:
        raise Http404
    if limits.follow(team):
        audit.note("score limits", target=str(team.pk), by=request.user, request=request)
        transaction.on_commit(partial(hint, "scoring.bulk_rescore"))
        messages.success(request, _("%(team)s follows the proposals.") % {"team": team})
    else:
        messages.info(request, _("Nothing was proposed yet."))
    return redirect("scoring:proof")


@require_POST
def lead_score(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a lead's score by hand, or go back to the model's."""
    lead = find(request, pk)
    if not lead.is_open:
        messages.info(request, _("This lead has ended; its score stays."))
    elif request.POST.get("act") == "lift":
        hand.lift(lead, at=clock.now(), by=request.user)
    else:
        form = HandForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Give a score from 0 to 100 and say why."))
        else:
            hand.give(lead, form.cleaned_data["value"], form.cleaned_data["why"], at=clock.now(), by=request.user)
    return redirect(lead)


@require_safe
def lead_alike(request: HttpRequest, pk: int) -> HttpResponse:
    """What would raise the score, and past leads like this one; the lead's page asks for it once it is there."""
    lead, at = find(request, pk), clock.now()
    near = alike.of(lead, request.user, at=at)
    names = features.labels({key for one in near for key in one.same})
    shown = [{"lead": one.lead, "words": ", ".join(names[key] for key in one.same if key in names)} for one in near]
    missing = raising.of(lead, at=at) if lead.is_open else []
    return page_or_fragment(request, "scoring/alike.html", {"lead": lead, "near": shown, "missing": missing}, fragment="more")


@require_POST
def deal_chance(request: HttpRequest, pk: int) -> HttpResponse:
    """Set an opportunity's probability by hand, or go back to the model's or the stage's."""
    deal = get_object_or_404(Opportunity.objects.visible_to(request.user), pk=pk)
    form = ChanceForm(request.POST)
    if not deal.is_open:
        messages.info(request, _("This deal is closed; its probability stays."))
    elif request.POST.get("act") == "lift":
        deal.edit({"probability": None}, at=clock.now(), by=request.user)
    elif form.is_valid():
        deal.edit({"probability": (form.cleaned_data["percent"] / 100).quantize(Decimal("0.001"))}, at=clock.now(), by=request.user)
    else:
        messages.error(request, _("Give a probability from 0 to 100 percent."))
    return redirect(deal)
