"""Won and lost deals of the past: each row becomes a closed opportunity, which is what scores are learned from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from capture.imports import judging
from capture.imports.judging import Judged
from capture.models import ImportRow, ImportRun
from core import business, reasons
from customers.models import Company
from leads.figures import day
from leads.models import Campaign, Source
from opportunities.models import Closing, LostReason, Opportunity, OpportunityEvent, Pipeline, Stage
from opportunities.news import tell_boards
from teams.models import SalesTeam

_OWN = ("deal_name", "lost_reason", "opened_at", "closed_at")
_ZERO = Decimal(0)

reasons.register(
    {
        "deal_closed_before_opened": _("It closed before it was opened (%(field)s)."),
        "deal_no_date": _("“%(value)s” is not a date (%(field)s)."),
    }
)


@dataclass(slots=True)
class Deal(Judged):
    """One row as a closed opportunity."""

    name: str = ""
    outcome: str = ""
    reason: str = ""
    days: dict[str, datetime] = field(default_factory=dict)


class Judge(judging.Judge):
    """Reads the rows of a file of deals."""

    def judge(self, cells: list[str], fixes: dict[str, str] | None = None) -> Deal:
        raw = self.raw_of(cells, fixes or {})
        own = {name: raw.pop(name) for name in _OWN if name in raw}
        outcome = raw.pop("outcome", "")
        said = judging.clean(raw, country=self.country, order=self.order, fields=self.definitions)
        deal = Deal({**raw, **own, "outcome": outcome}, said)
        deal.outcome = self.outcome_of(deal.raw)
        deal.name = " ".join(own.get("deal_name", "").split())[:300] or said.values.get("company_name", "")
        deal.reason = " ".join(own.get("lost_reason", "").split())[:120]
        if len(cells) > self.width:
            deal.why.append({"code": "row_too_wide", "values": {"cells": len(cells), "columns": self.width}, "column": None})
        deal.why += [self._why(problem) for problem in said.problems]
        self._read_days(deal, own)
        if deal.outcome not in {"won", "lost"}:
            header = self.mapping.columns[self.outcome_place].header if self.outcome_place is not None else ""
            code = "row_outcome_unknown" if outcome.strip() else "row_no_outcome"
            values = {"value": outcome.strip()[:80], "column": header}
            deal.why.append({"code": code, "values": values, "column": self.outcome_place})
        deal.key = _key_of(deal)
        return deal

    def _read_days(self, deal: Deal, own: dict[str, str]) -> None:
        for name in ("opened_at", "closed_at"):
            if not (text := own.get(name, "").strip()):
                continue
            if on := day(text, self.order):
                deal.days[name] = datetime.combine(on, time(12), UTC)
            else:
                deal.why.append(self._why({"code": "deal_no_date", "field": name, "value": text[:80]}))
        opened, closed = deal.days.get("opened_at"), deal.days.get("closed_at")
        if opened and closed and closed < opened:
            deal.why.append(self._why({"code": "deal_closed_before_opened", "field": "closed_at", "value": ""}))


def _key_of(deal: Deal) -> str:
    """A deal repeats only when it has a name and all of its row is the same: rows without one are each a deal."""
    if not deal.name:
        return ""
    return judging._digest("\x1f".join(f"{key}={value}" for key, value in sorted(deal.raw.items())))


def enter(run: ImportRun, rows: list[tuple[int, int, Deal]], *, at: datetime) -> dict[int, tuple[str, list, int | None]]:
    """Store (number, line, deal) rows as closed opportunities; return {number: (fate, why, opportunity)}.

    A row of the same file that is in already, from whichever import, is skipped.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [run.digest])
    keys = {f"{run.digest}:{number}": number for number, _line, _deal in rows}
    known = set(ImportRow.objects.filter(entered_as__in=keys).values_list("entered_as", flat=True))
    fates: dict[int, tuple[str, list, int | None]] = {
        number: ("skipped", [{"code": "row_already_in", "values": {}, "column": None}], None)
        for key, number in keys.items() if key in known
    }  # fmt: skip
    fresh = [row for row in rows if row[0] not in fates]
    for (number, _line, _deal), opportunity in zip(fresh, _store(run, fresh, at=at), strict=True):
        fates[number] = ("created", [], opportunity.pk)
    return fates


def _store(run: ImportRun, rows: list[tuple[int, int, Deal]], *, at: datetime) -> list[Opportunity]:
    stage = _last_stage(run.team)
    sources = origins(Source, (deal.cleaned.origins.get("source", "") for _n, _line, deal in rows))
    campaigns = origins(Campaign, (deal.cleaned.origins.get("campaign", "") for _n, _line, deal in rows))
    reasons_by_name = _lost_reasons({deal.reason for _n, _line, deal in rows if deal.outcome == "lost"})
    companies = _companies(run, {deal.cleaned.values.get("company_key", "") for _n, _line, deal in rows})
    made = []
    for _number, line, deal in rows:
        said = deal.cleaned
        closed = deal.days.get("closed_at") or max(at, deal.days.get("opened_at", at))
        amount = said.values.get("expected_revenue") or _ZERO
        won = deal.outcome == "won"
        made.append(Opportunity(
            name=deal.name or gettext("Deal, line %(line)s of %(file)s") % {"line": line, "file": run.name[:200]},
            company_id=companies.get(said.values.get("company_key", "")), pipeline_id=stage.pipeline_id, stage=stage,
            stage_since=closed, team=run.team, created_by=run.by, expected=amount,
            amount_won=amount if won else _ZERO, amount_lost=_ZERO if won else amount,
            currency=said.values.get("currency") or run.options.get("currency") or business.get("currency"),
            probability=stage.probability, close_date=closed.date(), opened_at=deal.days.get("opened_at", closed),
            state=deal.outcome, closed_at=closed, custom=said.custom,
            lost_reason=None if won else reasons_by_name[deal.reason or _IMPORTED], lost_note="" if won else deal.reason,
            source_id=sources.get(said.origins.get("source", "").casefold(), run.source_id),
            campaign_id=campaigns.get(said.origins.get("campaign", "").casefold(), run.campaign_id),
        ))  # fmt: skip
    Opportunity.objects.bulk_create(made, batch_size=500)
    Closing.objects.bulk_create([_closing(one, run) for one in made], batch_size=500)
    OpportunityEvent.objects.bulk_create([event for one in made for event in _events(one, run)], batch_size=1000)
    if run.options.get("tag"):
        through = Opportunity.tags.through
        through.objects.bulk_create([through(opportunity_id=one.pk, tag_id=run.options["tag"]) for one in made], batch_size=1000)
    tell_boards(stage.pipeline_id)
    return made


_IMPORTED = "Imported"


def _last_stage(team: SalesTeam) -> Stage:
    """Return where the team's deals stand when they close."""
    for pipeline in Pipeline.objects.for_team(team):
        if stage := pipeline.stages.filter(is_active=True).order_by("-position", "-pk").first():
            return stage
    return Stage.objects.order_by("-position").first()


def _closing(one: Opportunity, run: ImportRun) -> Closing:
    return Closing(opportunity=one, kind=one.state, amount=one.expected, currency=one.currency, reason=one.lost_reason,
                   at=one.closed_at, by=run.by)  # fmt: skip


def _events(one: Opportunity, run: ImportRun) -> list[OpportunityEvent]:
    said: dict[str, Any] = {"import": run.pk, "file": run.name}
    amount = {"amount": f"{one.expected}", "currency": one.currency}
    closing = {"part": one.state, "rest": "0", "reason": one.lost_reason.name if one.lost_reason else "", "note": ""}
    return [
        OpportunityEvent(opportunity=one, kind="opened", actor=run.by, occurred_at=one.opened_at, details={**amount, **said, "stage": one.stage.name}),
        OpportunityEvent(opportunity=one, kind=one.state, actor=run.by, occurred_at=one.closed_at, details={**amount, **said, **closing}),
    ]  # fmt: skip


def origins(model, names: Iterable[str]) -> dict[str, int]:
    """Return {folded name: id} of sources or campaigns, creating those that are new."""
    wanted = {name.casefold(): name for name in names if name}
    found = {row.name.casefold(): row.pk for row in model.objects.all()} if wanted else {}
    for folded, name in wanted.items():
        if folded not in found:
            model.objects.bulk_create([model(name=name)], ignore_conflicts=True)
            found[folded] = model.objects.get(name__iexact=name).pk
    return found


def _lost_reasons(names: set[str]) -> dict[str, LostReason]:
    """Return the reasons in use by name; a reason the file names is only taken when there is one, else «Imported»."""
    known = {reason.name: reason for reason in LostReason.objects.all()}
    if _IMPORTED not in known:
        known[_IMPORTED] = LostReason.objects.get_or_create(name=_IMPORTED, defaults={"position": 100, "is_active": False})[0]
    by_fold = {name.casefold(): reason for name, reason in known.items()}
    return {name: by_fold.get(name.casefold(), known[_IMPORTED]) for name in names | {_IMPORTED}}


def _companies(run: ImportRun, keys: set[str]) -> dict[str, int]:
    """Return the one standing company of each name that the person importing may see."""
    found: dict[str, list[int]] = {}
    visible = Company.objects.visible_to(run.by).standing().filter(name_key__in=keys - {""}) if run.by else Company.objects.none()
    for pk, key in visible.values_list("pk", "name_key"):
        found.setdefault(key, []).append(pk)
    return {key: pks[0] for key, pks in found.items() if len(pks) == 1}
