"""A territory as its manager types it: names of countries, regions, postcodes and trades; stored as conditions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import conditions
from teams.models import SalesTeam, Territory, User

# field of the lead → how it is asked about and shown
PLAIN = ("country", "region", "city", "industry", "language")
PARTS = {
    "country": (_("Countries"), _("Names or codes, with commas: Norway, SE")), "region": (_("Regions"), _("With commas: Bavaria, Tyrol")),
    "city": (_("Cities"), ""), "postcode": (_("Postcodes"), _("Ranges or beginnings, with commas: 0001 to 0999, 50")),
    "industry": (_("Industries"), ""), "language": (_("Languages"), _("Codes, with commas: no, sv")),
}  # fmt: skip


class TerritoryForm(forms.ModelForm):
    """Everything filled in must be true of a lead; several values of one field are alternatives."""

    class Meta:
        model = Territory
        fields = ["name", "owner"]

    def __init__(self, *args: Any, team: SalesTeam, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.team, self.instance.team, self.book = team, team, conditions.book("lead")
        owner = self.fields["owner"]
        owner.queryset = User.objects.active().filter(memberships__team=team).distinct().order_by("name", "pk")
        owner.empty_label, owner.help_text = _("the whole team, in turns"), ""
        if self.instance.owner_id and self.instance.owner not in owner.queryset:
            owner.queryset = User.objects.filter(pk=self.instance.owner_id) | User.objects.active().filter(memberships__team=team).distinct()
        self.typed = typed(self.instance.conditions, self.book)
        if self.typed is None:
            return  # grouped more deeply than the fields can show: kept as it is
        for key, (label, text) in PARTS.items():
            self.fields[key] = forms.CharField(label=label, help_text=text, required=False, max_length=2000)
            self.initial[key] = self.typed.get(key, "")

    @property
    def sentence(self) -> str:
        """Say conditions the fields can't show."""
        return self.book.read(self.instance.conditions).sentence if self.typed is None else ""

    def clean(self) -> dict:
        said = super().clean()
        if self.typed is None:
            return said
        parts = [part for key in PARTS if (part := self._part(key, said.get(key, "")))]
        if not parts and not self.errors:
            self.add_error(None, _("Say where or who: a territory without it holds no lead."))
        self.instance.conditions = {"all": parts}
        return said

    def _part(self, key: str, text: str) -> dict | None:
        """Read one field's text as a condition, and say what it does not know."""
        words = [word.strip() for word in text.split(",") if word.strip()]
        if not words:
            return None
        if key == "postcode":
            rows = [{"field": key, "op": "between", "value": word} for word in words]
            part = rows[0] if len(rows) == 1 else {"any": rows}
        else:
            names = {str(name).casefold(): value for value, name in self.book.options(self.book.fields[key])} if key == "country" else {}
            values = [names.get(word.casefold(), word.upper() if key == "country" else word) for word in words]
            part = {"field": key, "op": "is", "value": values}
        if problems := self.book.read(part).problems_of_names():
            self.add_error(key, str(problems[0]))
        return part


def typed(stored: Any, book) -> dict[str, str] | None:
    """Return conditions as the form's fields show them, or None when they can't."""
    if stored in (None, {}):
        return {}
    rows = stored.get("all") if isinstance(stored, dict) and set(stored) == {"all"} else [stored]
    found: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else [None]:
        key, text = _typed_row(row, book)
        if key is None or key in found:
            return None
        found[key] = text
    return found


def _typed_row(row: Any, book) -> tuple[str | None, str]:
    if isinstance(row, dict) and set(row) == {"any"} and isinstance(row["any"], list):
        parts = [_typed_row(part, book) for part in row["any"]]
        is_plain = bool(parts) and all(key == "postcode" for key, _text in parts)
        return ("postcode", ", ".join(text for _key, text in parts)) if is_plain else (None, "")
    if not isinstance(row, dict) or row.get("field") not in PARTS:
        return None, ""
    value, key = row.get("value"), row["field"]
    if row.get("op") != ("between" if key == "postcode" else "is"):
        return None, ""
    values = value if isinstance(value, list) else [value]
    if key == "postcode":
        return key, " to ".join(str(one) for one in values)
    names = book.names(book.fields[key]) if key == "country" else {}
    return key, ", ".join(str(names.get(one, one)) for one in values)
