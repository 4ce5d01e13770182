"""Acts on the leads selected in the list: assign, qualify, disqualify, archive, with one undo for all."""

from collections import Counter
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import clock, limits, notices, undo
from core.htmx import done, page_or_fragment, tell, wants_fragment
from core.merging.pages import go_merge
from leads import lists, stayed
from leads.exceptions import LeadRefusal
from leads.forms import DisqualifyForm, OwnerForm, TagForm
from leads.mass import acts
from leads.models import Lead
from leads.people import who_can_take
from leads.undoing import ENDING, OWNER, QUALIFIED
from leads.views import mass
from teams.models import User


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing with all selected leads the person may see, or first ask what that needs."""
    do = request.POST.get("do", "")
    leads = mass.few(request) if "every" in request.POST and do != "merge" else _selected(request)
    if leads is None:
        return mass.ask(request, do, _back(request))
    if not leads or not _concerned(do, leads):
        return _nothing(request, leads)
    step = {
        "assign": _assign, "qualify": _qualify, "disqualify": _disqualify, "archive": _archive, "merge": _merge, "tag": _tag,
    }.get(do)  # fmt: skip
    return step(request, leads) if step else _nothing(request, [])


def _concerned(do: str, leads: list[Lead]) -> bool:
    """Tell whether any of the leads can take part: most acts leave those that have ended alone."""
    return do not in acts.ACTS or not acts.ACTS[do].only_open or any(lead.is_open for lead in leads)


def _selected(request: HttpRequest) -> list[Lead]:
    keys = [int(key) for key in request.POST.getlist("lead") if key.isascii() and key.isdigit() and len(key) < 19]
    found = Lead.objects.visible_to(request.user).filter(pk__in=keys[: limits.MAX_PAGE_ROWS]).select_related("team", "owner")
    return list(found.order_by("pk"))


def _assign(request: HttpRequest, leads: list[Lead]) -> HttpResponse:
    people = _takers(leads, request.user)
    form = OwnerForm(request.POST if "owner" in request.POST or "chosen" in request.POST else None, people=people)
    if not form.is_bound or not form.is_valid():
        return _ask(request, leads, form, "assign", _("Assign"), people=people)
    rep, said = form.cleaned_data["owner"], form.cleaned_data["why"]
    why = {"code": "by_hand", "values": {"name": str(request.user), "said": said}}
    said = lambda n: ngettext("%(n)s lead assigned to %(name)s.", "%(n)s leads assigned to %(name)s.", n) % {"n": n, "name": rep}  # noqa: E731
    return _do(request, leads, "lead_assigned", OWNER, "lead:assigned", said,
               lambda lead, at: lead.assign_to(rep, at=at, by=request.user, why=why), name=str(rep))  # fmt: skip


def _takers(leads: list[Lead], asker: User):
    """Return the people every one of these leads may be handed to."""
    teams = {lead.team_id: lead for lead in leads}
    shared = who_can_take(leads[0], asker)
    for lead in teams.values():
        shared = shared.filter(pk__in=who_can_take(lead, asker).values("pk"))
    return shared


def _qualify(request: HttpRequest, leads: list[Lead]) -> HttpResponse:
    said = lambda n: ngettext("%(n)s lead qualified.", "%(n)s leads qualified.", n) % {"n": n}  # noqa: E731
    return _do(request, leads, "lead_qualified", QUALIFIED, "lead:changed", said,
               lambda lead, at: lead.qualify(at=at, by=request.user, then_assign=True))  # fmt: skip


def _disqualify(request: HttpRequest, leads: list[Lead]) -> HttpResponse:
    form = DisqualifyForm(request.POST if "chosen" in request.POST else None)
    if not form.is_bound or not form.is_valid():
        return _ask(request, leads, form, "disqualify", _("Disqualify"))
    reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
    said = lambda n: ngettext("%(n)s lead disqualified.", "%(n)s leads disqualified.", n) % {"n": n}  # noqa: E731
    return _do(request, leads, "lead_disqualified", ENDING, "lead:ended", said,
               lambda lead, at: lead.disqualify(reason, note=note, at=at, by=request.user))  # fmt: skip


def _tag(request: HttpRequest, leads: list[Lead]) -> HttpResponse:
    form = TagForm(request.POST if "chosen" in request.POST else None)
    if not form.is_bound or not form.is_valid():
        return _ask(request, leads, form, "tag", _("Tag"))
    tag, at, did = form.cleaned_data["tag"], clock.now(), 0
    with undo.recording("lead_tagged", at=at, by=request.user, act="tag", name=str(tag)) as change:
        for lead in leads:
            if (link := lead.give_tag(tag, at=at, by=request.user)) is not None:
                change.created(link)
                did += 1
    text = ngettext("%(n)s lead tagged “%(name)s”.", "%(n)s leads tagged “%(name)s”.", did) % {"n": did, "name": tag}
    if why := stayed.sentence("tag", {stayed.ALREADY: len(leads) - did}):
        text = f"{text} {why}"
    lists.forget_counts(request.user)
    return done(request, _back(request), event="lead:changed", toast=text, undo=undo.address(change) if did else "")


def _merge(request: HttpRequest, leads: list[Lead]) -> HttpResponse:
    """Lead to the page where the facts are chosen."""
    return go_merge(request, "lead", leads)


def _archive(request: HttpRequest, leads: list[Lead]) -> HttpResponse:
    said = lambda n: ngettext("%(n)s lead archived.", "%(n)s leads archived.", n) % {"n": n}  # noqa: E731
    return _do(request, leads, "lead_archived", ENDING, "lead:ended", said,
               lambda lead, at: lead.archive("", at=at, by=request.user))  # fmt: skip


def _do(
    request: HttpRequest, leads: list[Lead], verb: str, columns: tuple[str, ...], event: str, said: Callable[[int], str],
    act: Callable[[Lead, object], object], name: str = "",
) -> HttpResponse:  # fmt: skip
    """Run the verb lead by lead in key order; one that refuses stops no other. One change takes all of them back."""
    at, did, left = clock.now(), 0, Counter()
    with undo.recording(verb, at=at, by=request.user, act=request.POST.get("do", ""), name=name) as change, notices.gathered(f"change:{change.pk}"):
        for lead in leads:
            before = undo.image(lead, columns)
            try:
                if act(lead, at) is False:
                    left[stayed.ALREADY] += 1
                    continue
            except LeadRefusal as refusal:
                left[stayed.why(refusal)] += 1
                continue
            change.touched.append((lead, columns, before))
            did += 1
    lists.forget_counts(request.user)
    text = said(did) if did else _("Nothing was changed.")
    if why := stayed.sentence(request.POST.get("do", ""), left):
        text = f"{text} {why}"
    return done(request, _back(request), event=event, toast=text, undo=undo.address(change) if did else "")


def _ask(request: HttpRequest, leads: list[Lead], form, do: str, title: str, people=None) -> HttpResponse:
    context = {"leads": leads, "form": form, "do": do, "title": title, "people": people, "next": _back(request)}
    return page_or_fragment(request, "leads/bulk.html", context, fragment="form", status=422 if form.is_bound else 200)


def _nothing(request: HttpRequest, leads: list[Lead]) -> HttpResponse:
    """Say why there is nothing to do: all have ended, they are gone, or none was selected."""
    if leads:
        ended = stayed.sentence(request.POST.get("do", ""), {stayed.ENDED: len(leads)})
        text = f"{_('Nothing was changed.')} {ended}"
    elif "every" in request.POST:
        text = _("Nothing was changed: no lead of this list is open.")
    elif "lead" in request.POST:
        text = _("Nothing was changed: these leads are no longer in your lists.")
    else:
        text = _("Select leads first.")
    if wants_fragment(request):
        return tell(HttpResponse(status=204), text, tone="bad")
    messages.warning(request, text)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    there = request.POST.get("next", "")
    return there if url_has_allowed_host_and_scheme(there, {request.get_host()}) and there.startswith("/leads/") else "/leads/"
