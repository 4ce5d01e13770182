"""What each act does to a batch of leads, and what it changes: the same columns and story as its verb on one lead."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import ngettext

from core.models import Tag
from leads.bulk import Batch, disqualify
from leads.mass.models import MassAct
from leads.models import DisqualifyReason, Lead
from leads.undoing import ENDING, OWNER, QUALIFIED
from teams.models import User

Verb = MassAct.Verb
READ = (  # of each lead: what acts change and undo, and what it is called
    "version", "created_by", "first_assigned_at", "name", "company_name", "email", "phone", "title", *OWNER, *ENDING, *QUALIFIED,
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """`prepare` reads what `values` names, once a turn; `put` puts one lead into the batch and says whether it changes.

    `undo_as` is the verb of the change, `columns` what must be put back, `words` say it of n leads; ended leads take part
    only when it is not `only_open`.
    """

    undo_as: str
    columns: tuple[str, ...]
    prepare: Callable[[dict[str, Any]], Any]
    put: Callable[[Batch, Lead, Any, MassAct], bool]
    words: Callable[[int, dict[str, Any]], str]
    only_open: bool = True

    def takes(self, rows: QuerySet[Lead]) -> QuerySet[Lead]:
        """Return those leads of a list the act is about."""
        return rows.filter(is_open=True) if self.only_open else rows


def _assign(batch: Batch, lead: Lead, rep: User, act: MassAct) -> bool:
    if lead.owner_id == rep.pk:
        return False
    before = {"before": lead.owner.name} if lead.owner_id else {}
    batch.change(lead, owner_id=rep.pk, assigned_at=act.at, first_assigned_at=lead.first_assigned_at or act.at)
    batch.record(lead, "assigned", to=rep.pk, name=str(rep), team=str(lead.team), **before,
                 why={"code": "by_hand", "values": {"name": str(act.by), "said": act.values.get("said", "")}})  # fmt: skip
    return True


def _qualify(batch: Batch, lead: Lead, _nothing: None, act: MassAct) -> bool:
    if lead.sql_at and lead.qualification == "accept":
        return False
    batch.change(
        lead, sql_at=lead.sql_at or act.at, mql_at=lead.mql_at or act.at, qualification="accept", qualified_at=act.at, come_back_at=None,
        qualify_due_at=None if lead.owner_id else act.at,  # the rules find somebody for one that nobody has
    )  # fmt: skip
    batch.record(lead, "qualified", outcome="accept")
    return True


def _disqualify(batch: Batch, lead: Lead, reason: DisqualifyReason, act: MassAct) -> bool:
    disqualify(batch, lead, reason, note=act.values.get("note", ""))
    return True


def _archive(batch: Batch, lead: Lead, _nothing: None, act: MassAct) -> bool:
    batch.change(lead, archived_at=act.at, archive_reason="")
    batch.record(lead, "archived")
    return True


def _tag(batch: Batch, lead: Lead, tag: Tag, act: MassAct) -> bool:
    names = [each.name for each in lead.tags.all()]
    if tag.name in names:
        return False
    batch.add_once(Lead.tags.through, lead, tag_id=tag.pk)
    batch.record(lead, "changed", fields={"tags": [", ".join(names), ", ".join(sorted([*names, tag.name]))]})
    return True


def _assigned(n: int, values: dict[str, Any]) -> str:
    return ngettext("%(n)s lead assigned to %(name)s", "%(n)s leads assigned to %(name)s", n) % {"n": number(n), "name": values.get("name", "")}


def _qualified(n: int, values: dict[str, Any]) -> str:
    return ngettext("%(n)s lead qualified", "%(n)s leads qualified", n) % {"n": number(n)}


def _disqualified(n: int, values: dict[str, Any]) -> str:
    return ngettext("%(n)s lead disqualified", "%(n)s leads disqualified", n) % {"n": number(n)}


def _archived(n: int, values: dict[str, Any]) -> str:
    return ngettext("%(n)s lead archived", "%(n)s leads archived", n) % {"n": number(n)}


def _tagged(n: int, values: dict[str, Any]) -> str:
    return ngettext("%(n)s lead tagged “%(name)s”", "%(n)s leads tagged “%(name)s”", n) % {"n": number(n), "name": values.get("name", "")}


def number(n: int) -> str:
    return number_format(n, use_l10n=True, force_grouping=True)


ACTS: dict[str, Act] = {
    Verb.ASSIGN: Act("leads_assigned", (*OWNER, "first_assigned_at"), lambda values: User.objects.get(pk=values["owner"]), _assign, _assigned),
    Verb.QUALIFY: Act("leads_qualified", QUALIFIED, lambda values: None, _qualify, _qualified),
    Verb.DISQUALIFY: Act("leads_disqualified", ENDING, lambda values: DisqualifyReason.objects.get(pk=values["reason"]), _disqualify, _disqualified),
    Verb.ARCHIVE: Act("leads_archived", ENDING, lambda values: None, _archive, _archived),
    Verb.TAG: Act("leads_tagged", (), lambda values: Tag.objects.get(pk=values["tag"]), _tag, _tagged, only_open=False),
}  # fmt: skip


def words(act: MassAct, n: int | None = None) -> str:
    """Say what the act did: "12,345 leads assigned to Nora Bakke"."""
    return ACTS[act.verb].words(act.done_count if n is None else n, act.values)
