"""Versions of the rule lists: each change keeps the list as it stands then, with who, when and why; back to any of them.

A rule that comes back has the key it had, so that old decisions still name it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from assignment.models import QualificationRule, RuleVersion
from assignment.rules import MODELS
from assignment.troubles import check
from core import locks

SHARED = ("name", "position", "conditions", "is_everyone_else", "is_active")
OWN = {
    "qualification": ("outcome", "stage_id", "archive_reason", "come_back_after"),
    "assignment": ("to_team_id", "to_person_id", "to_territory_id", "strategy"),
}  # fmt: skip


def list_of(kind: str, team_id: int | None) -> list:
    """Return a team's rules, or those for every team, in order; those turned off too."""
    return list(MODELS[kind].objects.filter(team=team_id).order_by("is_everyone_else", "position", "pk"))


def kept(rule) -> dict[str, Any]:
    """Return everything a version keeps of a rule, as JSON."""
    kind = "qualification" if isinstance(rule, QualificationRule) else "assignment"
    told = {"id": rule.pk} | {name: getattr(rule, name) for name in (*SHARED, *OWN[kind])}
    after = told.get("come_back_after")
    return told | ({"come_back_after": after.total_seconds()} if after is not None else {})


def as_rules(kind: str, team_id: int | None, rows: list[dict[str, Any]]) -> list:
    """Return the rules of a version as objects, as they would come back; nothing is stored."""
    found = (_columns(kind, row) for row in rows)
    return [MODELS[kind](team_id=team_id, **columns | _still_there(kind, columns)) for columns in found]


def _columns(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    columns = {name: row[name] for name in (*SHARED, *OWN[kind]) if name in row} | {"pk": row["id"]}
    seconds = columns.get("come_back_after")
    return columns | ({"come_back_after": timedelta(seconds=seconds)} if seconds is not None else {})


def begin(kind: str, team_id: int | None, *, at: datetime) -> None:
    """Keep a list that has no version yet as it was found, before it is changed. Hold its lock until the transaction ends."""
    locks.hold(f"assignment.rules:{kind}:{team_id}")
    if not RuleVersion.objects.filter(kind=kind, team=team_id).exists():
        _keep(kind, team_id, RuleVersion.What.BEGUN, {}, "", at, None)


def keep(kind: str, team_id: int | None, what: str, *, at: datetime, by, why: str = "", **values: Any) -> RuleVersion:
    """Keep a list as it stands after a change. Call `begin` before the change, in the same transaction."""
    return _keep(kind, team_id, what, values, why.strip()[:300], at, by)


def _keep(kind: str, team_id: int | None, what: str, values: dict, why: str, at: datetime, by) -> RuleVersion:
    last = RuleVersion.objects.filter(kind=kind, team=team_id).aggregate(last=Max("number"))["last"] or 0
    rows = [kept(rule) for rule in list_of(kind, team_id)]
    return RuleVersion.objects.create(
        kind=kind, team_id=team_id, number=last + 1, rules=rows, what=what, values=values, why=why, at=at, by=by
    )


@transaction.atomic
def restore(version: RuleVersion, *, at: datetime, by, why: str = "") -> RuleVersion:
    """Let a list be as it was then: rules that came later go, those that were deleted come back. The end of a list stays one."""
    kind, team_id, model = version.kind, version.team_id, MODELS[version.kind]
    begin(kind, team_id, at=at)
    now = {rule.pk: rule for rule in model.objects.select_for_update().filter(team=team_id)}
    wanted = {row["id"]: _columns(kind, row) for row in version.rules}
    last = [pk for pk, rule in now.items() if rule.is_everyone_else]
    model.objects.filter(pk__in=[pk for pk in now if pk not in wanted and pk not in last]).delete()
    for pk, columns in wanted.items():
        stored = columns | _still_there(kind, columns)
        if stored["is_everyone_else"] and last and pk not in last:
            stored["pk"] = last[0]
        model(team_id=team_id, changed_at=at, changed_by=by, **stored).save()
    check(list_of(kind, team_id))
    return keep(kind, team_id, RuleVersion.What.RESTORED, at=at, by=by, why=why, number=version.number)


def _still_there(kind: str, columns: dict[str, Any]) -> dict[str, Any]:
    """Return the keys a version names that are gone by now, as nothing: such a rule comes back turned off."""
    model, gone = MODELS[kind], {}
    for name in OWN[kind]:
        if name.endswith("_id") and columns.get(name) is not None:
            related = model._meta.get_field(name.removesuffix("_id")).related_model
            if not related._base_manager.filter(pk=columns[name]).exists():
                gone[name] = None
    return gone | ({"is_active": columns["is_everyone_else"]} if gone else {})


def of(kind: str, team_id: int | None, limit: int = 50) -> list[RuleVersion]:
    return list(RuleVersion.objects.filter(kind=kind, team=team_id).select_related("by").order_by("-number")[:limit])


def words_of(version: RuleVersion) -> str:
    """Say what was changed, without who and when."""
    return str(RuleVersion.What(version.what).label) % ({"name": "", "number": ""} | version.values)
