"""One rule as a form: a name, condition rows of field, operator and value, and what follows. Works without JavaScript."""

from datetime import timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assignment.models import AssignmentRule, QualificationRule
from core import conditions
from core.conditions.kinds import KINDS
from opportunities.models import Stage
from teams.models import SalesTeam, User
from teams.rights import manages_every_team

SPARE_ROWS = 3
MOST_ROWS = 30
SHOWN_CHOICES = 12
NAMED = frozenset({"choice", "country", "person", "tag"})  # types whose values people write by name
NO_VALUE = frozenset({"empty", "filled"})


def flat(stored: Any) -> tuple[str, list[dict]] | None:
    """Return how the rows are joined and the rows, or None when groups lie deeper than rows can show."""
    if not stored:
        return "all", []
    if "field" in stored:
        return "all", [stored]
    for joined in ("all", "any"):
        parts = stored.get(joined)
        if isinstance(parts, list) and all(isinstance(part, dict) and "field" in part for part in parts):
            return joined, parts
    return None


class RowForm(forms.Form):
    """One condition. Values of lists are written by name, several apart by commas."""

    field = forms.ChoiceField(label=_("Field"), required=False)
    op = forms.ChoiceField(label=_("Comparison"), required=False)
    value = forms.CharField(label=_("Value"), required=False, max_length=1000)

    def __init__(self, *args: Any, book: conditions.Book, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.book = book
        self.fields["field"].choices = [("", _("Choose a field")), *grouped(book)]
        self.fields["op"].choices = all_operators()

    def clean(self) -> dict:
        said = super().clean()
        field = self.book.fields.get(said.get("field", ""))
        if self.errors or field is None:
            return said
        op, text = said.get("op", ""), said.get("value", "").strip()
        if op not in KINDS[field.type].ops:
            words = ", ".join(str(word) for word in KINDS[field.type].ops.values())
            self.add_error("op", gettext("“%(field)s” can be compared by: %(words)s.") % {"field": field.label, "words": words})
            return said
        condition = {"field": field.key, "op": op}
        if op not in NO_VALUE:
            condition["value"] = by_name(field, text, self.book) if field.type in NAMED else text
        for problem in self.book.read(condition).problems:
            self.add_error("value", f"{problem} {known_values(field, self.book)}".strip())
        self.condition = condition
        return said


def by_name(field, text: str, book: conditions.Book) -> Any:
    """Turn names into the values they stand for; what is no name stays as written."""
    known = {str(label).casefold(): value for value, label in book.options(field)}
    if text.casefold() in known:
        return known[text.casefold()]
    return [known.get(part.strip().casefold(), part.strip()) for part in text.split(",") if part.strip()]


def known_values(field, book: conditions.Book) -> str:
    if field.type == "date":
        return gettext("Write a day as 2026-11-18, or a length as 7d, 12h or 30m.")
    if field.type == "flag":
        return gettext("Write yes or no.")
    labels = [str(label) for _value, label in book.options(field)] if field.type in NAMED else []
    if not labels:
        return ""
    more = "…" if len(labels) > SHOWN_CHOICES else "."
    return gettext("It knows: %(names)s") % {"names": f"{', '.join(labels[:SHOWN_CHOICES])}{more}"}


def grouped(book: conditions.Book) -> list[tuple[Any, list]]:
    fields = list(book.fields.values())
    return [(str(group), [(one.key, str(one.label)) for one in rows]) for group, rows in groupby(fields, key=lambda one: str(one.group))]


def all_operators() -> list[tuple[str, Any]]:
    """Return every comparison once; each field says which it takes."""
    return list({op: (op, label) for kind in KINDS.values() for op, label in kind.ops.items()}.values())


class RuleForm(forms.ModelForm):
    """What every rule has: its name, for which team it counts, and how its rows are joined."""

    joined = forms.ChoiceField(
        label=_("Matches when"), choices=[("all", _("all of these are true")), ("any", _("any of these is true"))], initial="all",
        widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        teams = SalesTeam.objects.order_by("name", "pk")
        self.fields["team"].label, self.fields["team"].help_text = _("For leads of"), ""
        if not manages_every_team(user):
            teams = teams.filter(pk__in=user.team_ids)
            self.fields["team"].required = True
        self.fields["team"].queryset = teams
        self.fields["team"].empty_label = _("every team")
        if self.instance.is_everyone_else:
            for name in ("name", "team", "joined"):
                del self.fields[name]


class QualificationRuleForm(RuleForm):
    days = forms.IntegerField(label=_("Comes back after (days)"), min_value=1, max_value=3650, required=False)

    class Meta:
        model = QualificationRule
        fields = ["name", "team", "joined", "outcome", "stage", "days", "archive_reason"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["stage"].queryset = Stage.objects.filter(is_active=True).select_related("pipeline").order_by("pipeline", "position", "pk")
        self.fields["stage"].empty_label = _("the first one")
        self.fields["stage"].help_text = _("Only for opening an opportunity.")
        self.fields["days"].help_text = _("Only for coming back later; 30 when left empty.")
        self.fields["archive_reason"].help_text = _("Only for archiving.")
        if self.instance.come_back_after:
            self.fields["days"].initial = self.instance.come_back_after.days

    def clean(self) -> dict:
        said = super().clean()
        if said.get("outcome") == "archive" and not said.get("archive_reason"):
            self.add_error("archive_reason", _("Say why these leads are archived."))
        return said

    def save(self, commit: bool = True):
        days = self.cleaned_data["days"]
        self.instance.come_back_after = timedelta(days=days) if days else None
        return super().save(commit)


class AssignmentRuleForm(RuleForm):
    class Meta:
        model = AssignmentRule
        fields = ["name", "team", "joined", "to_team", "to_person", "strategy"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["to_team"].queryset = SalesTeam.objects.order_by("name", "pk")
        self.fields["to_team"].empty_label = _("the lead's own team")
        self.fields["to_person"].queryset = User.objects.active().filter(memberships__isnull=False).distinct().order_by("name", "pk")
        self.fields["to_person"].empty_label = _("whom the strategy chooses")
        self.fields["strategy"].help_text = ""
        self.fields["strategy"].choices = [("", _("the team's own")), *SalesTeam.Strategy.choices]


FORMS = {"qualification": QualificationRuleForm, "assignment": AssignmentRuleForm}


def rows_of(data, stored: Any, book: conditions.Book) -> list[RowForm]:
    """Return the rows of a posted form, or of a stored rule with a few spare ones."""
    if data is not None:
        number = max((int(key[3:].partition("-")[0]) for key in data if key.startswith("row") and key[3:].partition("-")[0].isdigit()), default=-1) + 1
        return [RowForm(data, prefix=f"row{n}", book=book) for n in range(min(number, MOST_ROWS))]
    found = flat(stored)
    initial = [_initial(part, book) for part in (found[1] if found else [])] + [{}] * SPARE_ROWS
    return [RowForm(prefix=f"row{n}", initial=values, book=book) for n, values in enumerate(initial)]


def _initial(part: dict, book: conditions.Book) -> dict[str, Any]:
    """Show a stored condition as it would be typed."""
    field, value = book.fields.get(part["field"]), part.get("value")
    if field and field.type in NAMED:
        names = book.names(field)
        values = value if isinstance(value, list) else [value]
        value = ", ".join(str(names.get(one, one)) for one in values)
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    elif isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    return {"field": part["field"], "op": part.get("op", ""), "value": "" if value is None else value}


def conditions_of(rows: list[RowForm], joined: str) -> dict[str, Any]:
    """Return the JSON form of the rows that say something. Rows must be valid."""
    return {joined: [row.condition for row in rows if row.cleaned_data.get("field")]}
