"""The rows of the admin's tables, which all have the same addresses."""

from django.contrib import admin

from teams import rights
from tests.access.table import ADMINS, PARTS, SET_UP, Row, page, post

NOBODY = frozenset()
# tables of which the small world has a row for each team; of the others the first row belongs to every team
OF_A_TEAM = {"teams.territory": "territory", "teams.salesteam": "team", "teams.membership": "seat", "capture.webform": "form"}


def part_of(model) -> str:
    label = model._meta.label_lower
    name = f"row of {label}"

    def key(side) -> list:
        if not side.word:
            return [10**9]
        of_team = OF_A_TEAM.get(label)
        row = getattr(side, of_team) if of_team else model._base_manager.order_by("pk").first()
        return [row.pk if row else 10**9]

    PARTS[name] = key
    return name


def rows() -> dict[str, Row]:
    made = {}
    for model in admin.site._registry:
        label, url = model._meta.label_lower, f"admin:{model._meta.app_label}_{model._meta.model_name}"
        part, of_team = part_of(model), label in OF_A_TEAM
        is_there = of_team or model._base_manager.exists()
        readers = ADMINS if label in rights.ADMINISTRATORS_TABLES else SET_UP
        everybodys = ADMINS if of_team else readers  # who reads the «other side's» row: the first row is everybody's
        made[f"{url}_changelist"] = page(who=readers)
        made[f"{url}_add"] = page(who=adders(label))
        for name, who in {"change": readers, "history": readers, "delete": deleters(label, of_team)}.items():
            made[f"{url}_{name}"] = page(part, who if is_there else NOBODY, who & everybodys if is_there else NOBODY)
        pattern = f"admin/{model._meta.app_label}/{model._meta.model_name}/<path:object_id>/"
        made[f"unnamed {pattern}"] = page("any number", SET_UP, get=302, why="leads any number to its change page")
        if hasattr(admin.site._registry[model], "get_import_form_class"):
            made[f"{url}_export"] = page(who=readers)
            made[f"{url}_import"] = page(who=ADMINS)
            made[f"{url}_process_import"] = post(who=SET_UP)
    return made


def adders(label: str) -> frozenset:
    if label in rights.ADMINISTRATORS_TABLES:
        return NOBODY
    return SET_UP if label in rights.TEAM_TABLES - {"teams.salesteam"} else ADMINS


def deleters(label: str, of_team: bool) -> frozenset:
    if label in rights.ADMINISTRATORS_TABLES:
        return NOBODY
    return SET_UP if of_team and label != "teams.salesteam" else ADMINS
