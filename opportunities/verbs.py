"""What happens to an open opportunity: it moves, changes hands, is changed. One guard, one transaction, one event each.

Every verb holds the row first, so that of two people doing something at once the second sees what the first did.
`version` grows with every change.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.db.models.functions import Now

from core import notices
from core.inserts import insert
from core.transactions import joined
from opportunities import chances
from opportunities.exceptions import AmountTooLarge, ChangedMeanwhile, OpportunityClosed, StageGone
from opportunities.news import tell_boards

if TYPE_CHECKING:
    from opportunities.models import OpportunityEvent, Stage

EDITABLE = (
    "name", "company", "contact", "expected", "currency", "close_date", "probability", "recurring", "recurring_plan",
    "stars", "notes", "custom", "source", "medium", "campaign",
)  # fmt: skip


class Left(NamedTuple):
    """The stage an opportunity left, and since when it had stood there."""

    stage: "Stage"
    since: datetime


class OpportunityVerbs:
    """The verbs of Opportunity, apart from its columns."""

    def record(self, kind: str, *, at: datetime, by=None, **details: Any) -> "OpportunityEvent":
        """Add a line to the opportunity's story. `details` are JSON primitives, enough to word it years later."""
        event = self.events.model(opportunity=self, kind=kind, occurred_at=at, actor=by, details=details)
        insert(event)
        return event

    @joined()
    def move_to(self, stage: "Stage | int", *, at: datetime, by=None, seen: int | None = None) -> "Left | None":
        """Move to another stage, given itself or by its key; the same one changes nothing.

        The probability follows unless somebody set one by hand. `seen` is the stage the person had before their eyes.
        Returns what it left, for undo, or None. Raises OpportunityClosed, StageGone, and ChangedMeanwhile when it stands
        in another stage by now.
        """
        self.hold()
        if not self.is_open:
            raise OpportunityClosed(self)
        key = stage if isinstance(stage, int) else stage.pk
        if key == self.stage_id:
            return None
        if seen is not None and seen != self.stage_id:
            raise ChangedMeanwhile(self, self.get_last_mover())
        before, since, stage = self.stage, self.stage_since, self._standing(key)
        changes: dict[str, Any] = {"stage": stage, "stage_since": at, "pipeline_id": stage.pipeline_id}
        if not self.probability_by_hand:
            changes |= chances.columns(self, stage)
        days = max(0, (at - since).days)
        self.keep(**changes)
        self.record(
            "moved",
            at=at,
            by=by,
            before=before.name,
            after=stage.name,
            from_stage=before.pk,
            to_stage=stage.pk,
            days=days,
        )
        return Left(before, since)

    @transaction.atomic
    def assign_to(self, rep, *, at: datetime, by=None, team=None) -> bool:
        """Hand the opportunity to a sales rep, or to nobody. Its team becomes one of the rep's where it isn't."""
        self.hold()
        team = team or self._team_for(rep)
        if rep == self.owner and team.pk == self.team_id:
            return False
        before = self.owner
        self.keep(owner=rep, team=team)
        event = self.record("assigned", at=at, by=by, to=rep.pk if rep else None, name=str(rep or ""), before=str(before or ""))
        if rep != before:
            notices.notify(rep, "deal_assigned", about=self, key=f"deal_assigned:{event.pk}", at=at, by=by)
        return True

    @transaction.atomic
    def edit(self, changes: Mapping[str, Any], *, at: datetime, by=None, version: int | None = None) -> tuple[str, ...]:
        """Change facts and return the names of those that really changed.

        Only fields of EDITABLE are taken. A probability given by hand stays through later moves; None returns it to the
        model's or the stage's. The expected amount is that of the whole: what is closed already stays closed. Raises
        ChangedMeanwhile when `version` is no longer the present one, OpportunityClosed for amounts of a closed one, and
        AmountTooLarge when less is expected than was closed.
        """
        if unknown := set(changes) - set(EDITABLE):
            raise ValueError(f"not editable: {', '.join(sorted(unknown))}")
        from opportunities import lifecycle

        lifecycle.hold(self.company, self.contact, changes.get("company"), changes.get("contact"))
        self.hold()
        if version is not None and version != self.version:
            raise ChangedMeanwhile(self, self.get_last_actor())
        changed = {name: value for name, value in changes.items() if getattr(self, name) != value}
        if changes.get("probability") is not None and not self.probability_by_hand:
            changed["probability"] = changes["probability"]  # the same figure, but somebody's word from now on
        if changed.get("probability", 0) is None and not self.probability_by_hand:
            del changed["probability"]
        if not changed:
            return ()
        before = [self.company, self.contact]
        lines = {name: [_plain(getattr(self, name)), _plain(value)] for name, value in changed.items()}
        self.keep(**changed | self._following(changed))
        if "probability" in lines:
            lines["probability"][1] = _plain(self.probability)
        self.record("changed", at=at, by=by, fields=lines)
        if {"company", "contact"} & set(changed):
            lifecycle.follow(*before, self.company, self.contact)
        return tuple(changed)

    def _following(self, changed: dict[str, Any]) -> dict[str, Any]:
        """Return what changes along with the given fields: the open part, and whose word the probability is."""
        more: dict[str, Any] = {}
        if "expected" in changed or "currency" in changed:
            if not self.is_open:
                raise OpportunityClosed(self)
            open_part = self.amount_open + changed.get("expected", self.expected) - self.expected
            if open_part < 0 or ("currency" in changed and self.expected != self.amount_open):
                raise AmountTooLarge(self)
            more["amount_open"] = open_part
        if "probability" in changed:
            by_hand = changed["probability"] is not None
            more |= {"probability_by_hand": by_hand, "probability_by_model": False}
            if not by_hand:
                more |= chances.columns(self, self.stage)
        return more

    # ------------------------------------------------------------------ inner

    def hold(self) -> None:
        """Lock the row until the transaction ends and read it again, unless `get_held` did just now."""
        if self.__dict__.pop("is_held", False):
            return
        rows = type(self)._base_manager.select_for_update(no_key=True, of=("self",))
        self.refresh_from_db(from_queryset=rows.select_related("stage"))

    def keep(self, **changes: Any) -> None:
        """Write columns of a row that is held."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1
        self.changed_at = Now()
        names = [self._meta.get_field(name.removesuffix("_id")).name for name in changes]
        self.save(update_fields=[*names, "version", "changed_at"])
        tell_boards(self.pipeline_id)

    def get_last_mover(self):
        """Ask who moved it last, or None."""
        return self._last_actor(kind="moved")

    def get_last_actor(self):
        """Ask who did something with it last, or None."""
        return self._last_actor()

    def _last_actor(self, **wanted: Any):
        event = self.events.filter(actor__isnull=False, **wanted).select_related("actor").order_by("-pk").first()
        return event.actor if event else None

    def _standing(self, key: int) -> "Stage":
        """Return a stage as it is now and keep it from being deleted until the transaction ends. Raises StageGone."""
        stages = self._meta.get_field("stage").related_model
        table = stages._meta.db_table
        sql = f"SELECT * FROM {table} WHERE id = %s AND is_active FOR KEY SHARE"  # noqa: S608  our own table's name
        for found in stages.objects.raw(sql, [key]):
            return found
        raise StageGone(self)

    def _team_for(self, rep):
        if rep is None or self.team_id in rep.team_ids or not rep.seats:
            return self.team
        return rep.seats[0].team


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool | float | dict | list):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
