"""What a person says about a file: how it is read, what its columns are, what its leads get besides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from capture.imports import dialects, fields, mapping
from capture.imports.access import teams_of
from capture.imports.proposals import Column
from capture.models import ImportRun
from core.models import CustomField, Tag
from leads.models import Campaign, Source
from leads.places import country_code

POLICY_WORDS = [
    (mapping.FILL, _("Fill in blanks"), _("Keeps what is there, adds what is missing")),
    (mapping.OVERWRITE, _("Overwrite"), _("File wins over existing values")),
    (mapping.KEEP, _("Skip"), _("Leaves the existing lead alone")),
]
OUTCOMES = {
    ImportRun.Kind.DEALS: [("", _("leave the row out")), ("won", _("won")), ("lost", _("lost"))],
    ImportRun.Kind.LEADS: [("open", _("open")), ("converted", _("converted")), ("disqualified", _("disqualified"))],
}
MOST_OUTCOMES = 20


class UploadForm(forms.Form):
    """One file, or rows pasted from a spreadsheet, and where these leads come from."""

    file = forms.FileField(label=_("Choose a file"), required=False, allow_empty_file=True)  # one is refused in our words
    rows = forms.CharField(label=_("Rows"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}))
    source = forms.ModelChoiceField(Source.objects.none(), label=_("Source for these leads"), required=False, empty_label="—")
    campaign = forms.CharField(label=_("Campaign"), max_length=255, required=False)
    like = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = Source.objects.filter(is_active=True).order_by("name", "pk")

    def clean(self):
        given = super().clean()
        if not given.get("file") and not given.get("rows", "").strip() and "file" not in self.errors:
            self.add_error("file", _("Choose a file first."))
        return given


class DialectForm(forms.Form):
    """How the file is read, where the guess was wrong."""

    encoding = forms.ChoiceField(label=_("Encoding"), choices=list(dialects.ENCODINGS.items()), required=False)
    delimiter = forms.ChoiceField(label=_("Separator"), choices=list(dialects.DELIMITERS.items()), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_line = forms.IntegerField(label=_("Header in line"), min_value=0, max_value=10_000, help_text=_("0: there is no header."))

    def __init__(self, run: ImportRun, *args, **kwargs):
        dialect = run.dialect
        super().__init__(*args, initial={name: dialect.get(name) for name in self.base_fields}, **kwargs)
        self.is_sheet = dialect.get("kind") in {"xlsx", "ods"}
        self.fields["sheet"].choices = [(name, name) for name in dialect.get("sheets", [])]
        for name in ("encoding", "delimiter") if self.is_sheet else ("sheet",):
            del self.fields[name]

    def chosen(self, before: dict) -> dict:
        """Return what is kept for the next reading; an unseen choice is found anew when another one changed."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        other_text = given.get("encoding", before.get("encoding")) != before.get("encoding")
        other_sheet = given.get("sheet") != (before.get("sheet") or None)
        if (other_text or other_sheet) and self.cleaned_data.get("header_line") == before.get("header_line"):
            given.pop("header_line", None)
        return given


class MappingForm(forms.Form):
    """What every column becomes, and what goes for all rows."""

    policy = forms.ChoiceField(choices=[(key, label) for key, label, _text in POLICY_WORDS], required=False)
    team = forms.ModelChoiceField(None, label=_("Team"), empty_label=None)
    source = forms.ModelChoiceField(None, label=_("Source"), required=False, empty_label="—")
    campaign = forms.CharField(label=_("Campaign"), max_length=255, required=False)
    tag = forms.CharField(label=_("Tag"), max_length=60, required=False)
    country = forms.CharField(label=_("Country of phone numbers"), max_length=60, required=False,
                              help_text=_("For numbers without a country code, such as DE."))
    day_order = forms.ChoiceField(label=_("03/11 is"), required=False,
                                  choices=[("dmy", _("3 November")), ("mdy", _("11 March"))])
    decimal = forms.ChoiceField(label=_("The decimal sign is"), required=False,
                                choices=[("", _("told by each figure")), (",", _("a comma: 1.234,50")), (".", _("a point: 1,234.50"))])

    def __init__(self, run: ImportRun, user, words: list[tuple[str, int]], *args, **kwargs):
        options = run.options
        initial = {"policy": options.get("policy") or mapping.FILL, "team": run.team_id, "source": run.source_id,
                   "campaign": run.campaign.name if run.campaign else "", "tag": options.get("tag_name", ""),
                   "country": options.get("country", ""), "day_order": options.get("day_order", "dmy"), "decimal": options.get("decimal", "")}
        super().__init__(*args, initial=initial, **kwargs)
        self.run = run
        self.fields["team"].queryset = teams_of(user)
        self.fields["source"].queryset = Source.objects.filter(is_active=True).order_by("name", "pk")
        self.columns = [Column.of(stored) for stored in run.columns]
        self._add_columns()
        self._add_outcomes(words)

    def _add_columns(self) -> None:
        choices = target_choices(self.run)
        types = CustomField.Type.choices
        policies = [("", _("as for all columns")), *mapping.POLICIES.items()]
        for place, column in enumerate(self.columns):
            chosen = f"custom:{column.key}" if column.target == fields.CUSTOM and column.key in _keys(choices) else column.target
            label = _("Field for column %(name)s") % {"name": column.header}
            attrs = {"class": "select select-sm", "aria-label": label}
            self.fields[f"target_{place}"] = forms.ChoiceField(
                choices=choices, required=False, initial=chosen, widget=forms.Select(attrs=attrs)
            )
            self.fields[f"type_{place}"] = forms.ChoiceField(
                label=_("Type of a new field"), choices=types, required=False, initial=column.type,
                widget=forms.Select(attrs={"class": "select select-sm"}),
            )
            self.fields[f"policy_{place}"] = forms.ChoiceField(
                label=_("When a lead has a value"), choices=policies, required=False, initial=column.policy,
                widget=forms.Select(attrs={"class": "select select-sm"}),
            )

    def _add_outcomes(self, words: list[tuple[str, int]]) -> None:
        known = self.run.options.get("outcomes") or mapping.outcomes_by_words((word for word, _n in words), self.run.kind)
        self.words = []
        for number, (word, count) in enumerate(words[:MOST_OUTCOMES]):
            name = f"outcome_{number}"
            self.fields[name] = forms.ChoiceField(
                label=word, choices=OUTCOMES[self.run.kind], required=False, initial=known.get(dialects.folded(word), ""),
                widget=forms.Select(attrs={"class": "select select-sm", "aria-label": word}),
            )
            self.words.append((name, word, count))

    def rows(self) -> list[dict]:
        """Return what the template draws: a column with its three fields."""
        return [
            {"column": column, "place": place, "target": self[f"target_{place}"], "type": self[f"type_{place}"],
             "policy": self[f"policy_{place}"]}
            for place, column in enumerate(self.columns)
        ]  # fmt: skip

    def outcome_rows(self) -> list[tuple]:
        return [(self[name], word, count) for name, word, count in self.words]

    def clean_country(self) -> str:
        given = self.cleaned_data["country"].strip()
        if given and not country_code(given):
            raise forms.ValidationError(_("This is not a country."))
        return country_code(given)

    def chosen_columns(self) -> list[Column]:
        """Return the columns as they were set; what a person changed says so."""
        for place, column in enumerate(self.columns):
            target = self.cleaned_data.get(f"target_{place}", "")
            if target.startswith("custom:"):
                target, column.key = fields.CUSTOM, target.removeprefix("custom:")
            if target != column.target:
                column.found = "person"
            column.target = target
            column.type = self.cleaned_data.get(f"type_{place}") or column.type
            column.policy = self.cleaned_data.get(f"policy_{place}", "")
        return self.columns

    def options(self) -> dict:
        given = self.cleaned_data
        outcomes = {dialects.folded(word): given.get(name, "") for name, word, _count in self.words}
        chosen = {"policy": given.get("policy") or mapping.FILL, "country": given["country"], "tag_name": given["tag"].strip(),
                  "outcomes": outcomes or self.run.options.get("outcomes", {})}
        if "decimal" in self.data:
            chosen["decimal"] = given["decimal"]
        if given.get("day_order"):
            chosen |= {"day_order": given["day_order"], "ask_day_order": False}
        return chosen

    def tag_id(self) -> int | None:
        name = self.cleaned_data["tag"].strip()
        if not name:
            return None
        found = Tag.objects.filter(name__iexact=name).first() or Tag.objects.get_or_create(name=name)[0]
        return found.pk

    def campaign_row(self) -> Campaign | None:
        return campaign_named(self.cleaned_data["campaign"])


def campaign_named(name: str) -> Campaign | None:
    name = name.strip()
    if not name:
        return None
    return Campaign.objects.filter(name__iexact=name).first() or Campaign.objects.get_or_create(name=name)[0]


def target_choices(run: ImportRun) -> list:
    """Return the choices of a column: fields, custom fields there are, a new one, or nothing."""
    from capture.imports.proposals import RECORDS

    known = CustomField.objects.filter(record=RECORDS[run.kind], is_active=True).order_by("position", "pk")
    groups: list = [("", _("Do not import")), (fields.CUSTOM, _("New field, named like the column"))]
    groups.append((_("Fields"), [(target.key, target.label) for target in fields.offered(run.kind)]))
    if custom := [(f"custom:{one.key}", one.label) for one in known]:
        groups.append((_("Custom fields"), custom))
    return groups


def _keys(choices: list) -> set[str]:
    return {key.removeprefix("custom:") for _label, group in choices if isinstance(group, list) for key, _name in group
            if key.startswith("custom:")}  # fmt: skip
