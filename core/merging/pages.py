"""The merge page and the review queue: the same for leads, companies and people. Without scripts they are links and forms."""

from collections.abc import Iterable
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock, limits, undo
from core.htmx import done, page_or_fragment, wants_fragment
from core.likeness import COMPANY, PERSON, strength_of
from core.merging.choices import PREFIX, chosen_by_hand, plan
from core.merging.exceptions import MergedMeanwhile, MergeRefused
from core.merging.execution import merge as merge_records
from core.merging.kinds import KINDS, Kind

PAIRS = 10  # on one page of the queue
MOST_COUNTED = 100
SOON = 60  # seconds that a list's count may be old


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose what is merged, then fact by fact what stays; POST merges, with `preview` it shows what would come of it."""
    chosen, data = KINDS[kind], request.POST if request.method == "POST" else request.GET
    records, notices = found(request, chosen, keys_of(data.getlist("record")))
    if request.method == "POST" and not data.get("preview"):
        try:
            return _merged(request, chosen, records)
        except MergeRefused as refusal:
            if isinstance(refusal, MergedMeanwhile):
                records, _said = found(request, chosen, [record.pk for record in records])
            return _show(request, chosen, records, [refusal.words], status=422)
    return _show(request, chosen, records, notices)


def found(request: HttpRequest, kind: Kind, pks: list[int]) -> tuple[list[Any], list[str]]:
    """Return the records asked for and what there is to say about them. One that can't be seen does not exist (404).

    Where one was merged since, its survivor stands in.
    """
    rows = kind.visible_to(request.user).in_bulk(list(dict.fromkeys(pks)))
    if len(rows) < len(set(pks)):
        raise Http404
    notices = [_("That is the same record twice.")] if len(pks) > len(set(pks)) else []
    merged = [record for record in rows.values() if record.merged_into_id]
    into = kind.visible_to(request.user).in_bulk([record.merged_into_id for record in merged])
    notices += [MergedMeanwhile(record, None).words for record in merged]
    standing = {record.pk: record for record in [*rows.values(), *into.values()] if not record.merged_into_id}
    return sorted(standing.values(), key=lambda record: record.pk), notices


def _merged(request: HttpRequest, kind: Kind, records: list[Any]) -> HttpResponse:
    asked = keys_of(request.POST.getlist("record"))
    survivor = next(iter(keys_of([request.POST.get("survivor", "")])), 0)
    given = {name: value for name, value in request.POST.items() if name.startswith(PREFIX)}
    change = merge_records(kind, survivor, asked, given, at=clock.now(), by=request.user, seen_as=request.POST.get("seen", "-"))
    cache.delete(_counted(request.user, kind.name))
    others = len(change.details["others"])
    stays = kind.visible_to(request.user).filter(pk=survivor).first()
    name = stays or next(record for record in records if record.pk == survivor)
    toast = ngettext("%(n)s record merged into %(name)s.", "%(n)s records merged into %(name)s.", others) % {"n": others, "name": name}
    return done(request, stays or reverse(kind.queue_url), event=kind.events, toast=toast, undo=undo.address(change))


def _show(request: HttpRequest, kind: Kind, records: list[Any], notices: list[str], *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "kind": kind, "action": reverse(kind.merge_url), "queue_url": reverse(kind.queue_url), "records": records,
        "notices": notices, "plan": None,
    }  # fmt: skip
    if len(records) < 2:
        return TemplateResponse(request, "merging/pick.html", context | _pick(request, kind, records), status=status)
    survivor, proposed_for = (next(iter(keys_of([request.POST.get(name, "")])), 0) for name in ("survivor", "proposed_for"))
    is_another = bool(survivor and proposed_for and survivor != proposed_for)
    try:
        kind.check(records)
        given = chosen_by_hand(kind, records, proposed_for, request.POST) if is_another else request.POST
        laid = plan(kind, records, survivor, given)
    except MergeRefused as refusal:
        notices = notices if refusal.words in notices else [*notices, refusal.words]
        return TemplateResponse(request, "merging/merge.html", {**context, "notices": notices}, status=status)
    context |= {"plan": laid, "is_another": is_another and wants_fragment(request), "kept": kind.kept(records), "rows": [(record, kind.lines(record)) for record in records]}
    return page_or_fragment(request, "merging/merge.html", context, fragment="result", status=status)


def _pick(request: HttpRequest, kind: Kind, records: list[Any]) -> dict[str, Any]:
    """Return what may be merged with the one record: those that look like it, and what a search finds."""
    text = request.GET.get("q", "").strip()[:200]
    matches = kind.look_alikes(records[0], request.user) if records else []
    known = {record.pk for record in records} | {match.record.pk for match in matches}
    hits = [record for record in kind.search(text, request.user) if record.pk not in known] if text else []
    return {
        "matches": [(match, kind.lines(match.record)) for match in matches], "q": text,
        "hits": [(record, kind.lines(record)) for record in hits],
    }  # fmt: skip


# ------------------------------------------------------------------- the queue


@require_safe
def queue(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the pairs that wait for somebody's word, the surest first, side by side."""
    chosen = KINDS[kind]
    pairs = chosen.pair.objects.waiting_for(request.user).strongest_first()
    number = max(1, next(iter(keys_of([request.GET.get("page", "")])), 1))
    start = (min(number, 1000) - 1) * PAIRS
    rows = list(pairs[start : start + PAIRS + 1])
    context = {
        "kind": chosen, "pairs": _beside(request, chosen, rows[:PAIRS]), "tabs": tabs(request.user, chosen), "number": number,
        "next_page": number + 1 if len(rows) > PAIRS else 0, "here": request.get_full_path(),
    }  # fmt: skip
    return page_or_fragment(request, "merging/queue.html", context, fragment="list")


def _beside(request: HttpRequest, kind: Kind, pairs: list[Any]) -> list[dict[str, Any]]:
    """Return each pair with its two records and their facts beside each other. One query."""
    sides = {pk for pair in pairs for pk in (getattr(pair, f"{pair.side}_id"), pair.other_id)}
    records, shown = kind.visible_to(request.user).in_bulk(sides), []
    weights = COMPANY if kind.name == "company" else PERSON
    for pair in pairs:
        both = [records.get(getattr(pair, f"{pair.side}_id")), records.get(pair.other_id)]
        if None in both:
            continue
        strength = max(strength_of((each["code"] for each in pair.reasons), weights), pair.strength / 100)
        shown.append({
            "pair": pair, "both": both, "is_certain": strength >= 0.9, "is_likely": strength >= 0.6, "merge_url": kind.url_of(both),
            "facts": list(_facts(kind, *both)), "judge_url": reverse(kind.judge_url, args=[pair.pk]),
        })  # fmt: skip
    return shown


def _facts(kind: Kind, one: Any, other: Any) -> Iterable[tuple[str, str, str, bool]]:
    for field in kind.fields(()):
        mine, theirs = field.words(one), field.words(other)
        if (mine or theirs) and field.name != "stars":
            yield str(field.label), mine[:200], theirs[:200], mine.casefold() == theirs.casefold()


def count_waiting(user, kind: str) -> int:
    """Count the pairs that wait for somebody, up to MOST_COUNTED; for lists, so a minute old at the most."""
    found = cache.get_or_set(_counted(user, kind), lambda: _count(user, KINDS[kind]), SOON)
    return int(found or 0)


def _counted(user, kind: str) -> str:
    return f"pairs-waiting-{kind}-{user.pk}"


def _count(user, kind: Kind) -> int:
    return kind.pair.objects.waiting_for(user).order_by()[:MOST_COUNTED].count()


def tabs(user, current: Kind) -> list[dict[str, Any]]:
    """Return the queues of all kinds with how much waits in each."""
    return [
        {"label": kind.plural, "url": reverse(kind.queue_url), "count": _count(user, kind), "is_current": kind is current}
        for kind in sorted(KINDS.values(), key=lambda kind: kind.name != "lead")
    ]  # fmt: skip


@require_POST
def judge(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Say that the two of a pair are not the same; it is remembered."""
    chosen, at = KINDS[kind], clock.now()
    sides = (chosen.pair.side, "other")
    seen = {f"{side}__in": chosen.model.objects.visible_to(request.user) for side in sides}
    pair = get_object_or_404(chosen.pair.objects.filter(**seen), pk=pk)
    with undo.recording("pair_judged", at=at, by=request.user) as change:
        change.touching(pair, "verdict", "judged_by", "judged_at")
        judged = pair.judge("different", at=at, by=request.user)
    cache.delete(_counted(request.user, kind))
    toast = _("Noted: not the same.") if judged else _("Somebody said so already.")
    return done(request, chosen.queue_url, event="pair:judged", toast=toast, undo=undo.address(change) if judged else "")


def keys_of(values: Iterable[str]) -> list[int]:
    """Return the record keys among what an address or form says, at most as many as a page holds."""
    keys = [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19]
    return keys[: limits.MAX_PAGE_ROWS]


def go_merge(request: HttpRequest, kind: str, records: list[Any]) -> HttpResponse:
    """Lead to the merge page with these records, from a form of the list too."""
    url = KINDS[kind].url_of(records)
    if wants_fragment(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return redirect(url)


