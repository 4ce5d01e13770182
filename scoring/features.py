"""What a score may know about a lead: an allow-list, so that nothing filled in after contact teaches or decides.

Values are JSON primitives: a text, a number, a list of texts, or nothing. They are kept as they were at the first
scoring (Snapshot), and training reads those, never today's.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from re import findall
from typing import Any, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.conditions.kinds import countries
from core.models import CustomField
from leads.models import Campaign, Channel, Lead, Medium, Quality, Source
from scoring.columns import MAX_TEXT
from scoring.models import UnusedField

Type = Literal["text", "number", "list"]


@dataclass(frozen=True)
class Feature:
    """One field a score may use; `ask` tells that a rep can find it out, so that its absence is worth a hint."""

    key: str
    label: Any
    type: Type
    ask: bool = False


FEATURES = {
    feature.key: feature
    for feature in [
        Feature("source", _("Source"), "text"),
        Feature("medium", _("Medium"), "text"),
        Feature("campaign", _("Campaign"), "text"),
        Feature("channel", _("Channel"), "text"),
        Feature("country", _("Country"), "text", ask=True),
        Feature("region", _("Region"), "text"),
        Feature("language", _("Language"), "text"),
        Feature("industry", _("Industry"), "text", ask=True),
        Feature("company_size", _("Employees"), "number", ask=True),
        Feature("job_title", _("Job title"), "list", ask=True),
        Feature("mail_kind", _("E-mail address"), "text", ask=True),
        Feature("email_quality", _("E-mail quality"), "text"),
        Feature("phone_quality", _("Phone quality"), "text", ask=True),
        Feature("tags", _("Tag"), "list"),
        Feature("expected_revenue", _("Expected revenue"), "number", ask=True),
        Feature("referred", _("Referred by somebody"), "text"),
        Feature("hour", _("Hour of capture"), "number"),
        Feature("weekday", _("Day of capture"), "text"),
        Feature("visits", _("Visits"), "number"),
        Feature("pages_viewed", _("Pages viewed"), "number"),
        Feature("seconds_on_site", _("Seconds on site"), "number"),
        Feature("emails_opened", _("E-mails opened"), "number"),
        Feature("emails_clicked", _("E-mails clicked"), "number"),
        Feature("emails_replied", _("E-mails replied to"), "number"),
        Feature("days_since_engaged", _("Days since last engaged"), "number"),
        Feature("stage", _("Stage"), "text"),  # the last two of deals only
        Feature("lead_score", _("Score as a lead"), "number"),
    ]
}
READS = (  # columns of a lead that its features are made of
    "source_id", "medium_id", "campaign_id", "channel", "country", "region", "language", "industry", "company_size", "job_title",
    "is_free_mail", "email_key", "email_quality", "phone_quality", "expected_revenue", "referred_by", "captured_at", "visits",
    "pages_viewed", "seconds_on_site", "emails_opened", "emails_clicked", "emails_replied", "last_engaged_at", "custom",
)  # fmt: skip
ACTS = ("visits", "pages_viewed", "seconds_on_site", "emails_opened", "emails_clicked", "emails_replied", "days_since_engaged")
GROWS = frozenset({*ACTS, "channel", "hour", "weekday", "tags", "email_quality", "phone_quality"})  # ours to fill, or meant to grow
TYPES: dict[str, Type] = {"text": "text", "choice": "text", "flag": "text", "number": "number"}  # a date is no feature
WORDS = {
    "yes": _("yes"), "no": _("no"), "free": _("private mail address"), "company": _("company mail address"),
    **{f"weekday:{n}": name for n, name in enumerate(
        [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")])},
}  # fmt: skip
MAX_WORDS = 8


class Reader:
    """Reads the features of many records; names of sources, tags and the custom fields are loaded once."""

    def __init__(self, *, at: datetime):
        self.at = at
        self.custom = _custom("lead")
        self.unused = unused()
        self._names: dict[type, dict[int, str]] = {}
        self._tags: dict[int, list[str]] | None = None

    def of_many(self, leads: Sequence[Lead]) -> list[dict[str, Any]]:
        """Return the features of each; their tags are read by one query."""
        self._tags = defaultdict(list)
        rows = Lead.tags.through.objects.filter(lead__in=[lead.pk for lead in leads]).order_by("tag__name", "tag_id")
        for pk, name in rows.values_list("lead_id", "tag__name"):
            self._tags[pk].append(name)
        return [self.of(lead) for lead in leads]

    def of(self, lead: Lead) -> dict[str, Any]:
        """Return the features of a lead as they are now; empty ones are left out."""
        seen = {
            "source": self._name(Source, lead.source_id), "medium": self._name(Medium, lead.medium_id),
            "campaign": self._name(Campaign, lead.campaign_id), "channel": lead.channel,
            "country": lead.country, "region": lead.region, "language": lead.language, "industry": lead.industry,
            "company_size": lead.company_size, "job_title": words_of(lead.job_title),
            "mail_kind": ("free" if lead.is_free_mail else "company") if lead.email_key else None,
            "email_quality": lead.email_quality, "phone_quality": lead.phone_quality,
            "tags": self._tags.get(lead.pk, []) if self._tags is not None else sorted(tag.name for tag in lead.tags.all()),
            "expected_revenue": float(lead.expected_revenue) if lead.expected_revenue is not None else None,
            "referred": "yes" if lead.referred_by else None,
            "hour": lead.captured_at.hour, "weekday": str(lead.captured_at.weekday()),
            "visits": lead.visits, "pages_viewed": lead.pages_viewed, "seconds_on_site": lead.seconds_on_site,
            "emails_opened": lead.emails_opened, "emails_clicked": lead.emails_clicked,
            "emails_replied": lead.emails_replied, "days_since_engaged": self._days_since(lead.last_engaged_at),
        }  # fmt: skip
        return without(tidy(seen | of_custom(lead.custom, self.custom)), self.unused)

    def _name(self, model: type, pk: int | None) -> str | None:
        if pk is None:
            return None
        if model not in self._names or pk not in self._names[model]:
            self._names[model] = dict(model.objects.values_list("pk", "name"))
        return self._names[model].get(pk)

    def _days_since(self, moment: datetime | None) -> float | None:
        return round((self.at - moment).total_seconds() / 86400, 2) if moment else None


def of_deal(deal, custom: dict[str, Type]) -> dict[str, Any]:
    """Return what is known of an opportunity of the past under the same names. Needs source, medium, campaign, company, tags."""
    company, contact = deal.company, deal.contact
    seen = {
        "source": deal.source.name if deal.source else None, "medium": deal.medium.name if deal.medium else None,
        "campaign": deal.campaign.name if deal.campaign else None,
        "country": (company or contact).country if company or contact else None,
        "region": company.region if company else None, "industry": company.industry if company else None,
        "company_size": company.size if company else None,
        "language": contact.language if contact else None, "job_title": words_of(contact.job_title) if contact else None,
        "expected_revenue": float(deal.expected) if deal.expected else None, "tags": [tag.name for tag in deal.tags.all()],
    }  # fmt: skip
    return tidy(seen | of_custom(deal.custom, custom))


def unused() -> frozenset[str]:
    """Return the fields no score may use: sensitive ones, and those a manager left out."""
    return frozenset(UnusedField.objects.values_list("key", flat=True))


def all_keys() -> list[str]:
    """Return every field a score may use, whether or not a model has met it: the allow-list and the custom fields in use."""
    own = CustomField.objects.filter(record__in=["lead", "opportunity"], is_active=True, type__in=TYPES).values_list("key", flat=True)
    return [*FEATURES, *sorted({f"custom.{key}" for key in own})]


def without(seen: dict[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in seen.items() if key not in keys} if keys else seen


def custom_types() -> dict[str, Type]:
    """Return the custom fields of leads and opportunities by key; where both have one, the lead's type counts."""
    return _custom("opportunity") | _custom("lead")


def _custom(record: str) -> dict[str, Type]:
    rows = CustomField.objects.filter(record=record, is_active=True).values_list("key", "type")
    return {key: TYPES[kind] for key, kind in rows if kind in TYPES}


def of_custom(values: dict | None, types: dict[str, Type]) -> dict[str, Any]:
    seen = {}
    for key, value in (values or {}).items():
        if key not in types:
            continue
        if types[key] == "number":
            seen[f"custom.{key}"] = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        elif isinstance(value, bool):
            seen[f"custom.{key}"] = "yes" if value else "no"
        elif isinstance(value, str | int | float):
            seen[f"custom.{key}"] = str(value)
    return seen


def tidy(seen: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty, cut what is long."""
    return {
        key: value[:MAX_TEXT].strip() if isinstance(value, str) else value
        for key, value in seen.items()
        if value is not None and value != "" and value != []
    }


def words_of(text: str) -> list[str]:
    """Return the words of a job title, each once and folded: "Head of Sales" → ["head", "sales"]."""
    return list(dict.fromkeys(word for word in findall(r"\w+", (text or "").casefold()) if len(word) > 2))[:MAX_WORDS]


def types_of(rows: Iterable[dict[str, Any]]) -> dict[str, Type]:
    """Return the type of every field that occurs: by the allow-list, else numbers are numbers."""
    types: dict[str, Type] = {}
    for row in rows:
        for key, value in row.items():
            if key in FEATURES:
                types[key] = FEATURES[key].type
            elif isinstance(value, int | float):
                types.setdefault(key, "number")
            else:
                types[key] = "list" if isinstance(value, list) else "text"
    return types


@cache
def plain_label(key: str) -> str:
    """Return what stored reasons call a field, for the day its own label is gone."""
    return str(FEATURES[key].label) if key in FEATURES else key.removeprefix("custom.")


def labels(keys: Iterable[str], *, known: Iterable[CustomField] | None = None) -> dict[str, str]:
    """Return what fields are called, in the reader's language; custom fields by their own label. One query at most.

    `known` are the lead's custom fields where they were read already.
    """
    named = {key: str(FEATURES[key].label) for key in keys if key in FEATURES}
    own = [key.removeprefix("custom.") for key in keys if key.startswith("custom.")]
    if own:
        asked = CustomField.objects.filter(key__in=own, record__in=["lead", "opportunity"]).order_by("-record")
        rows = asked if known is None else known
        named |= {f"custom.{row.key}": row.label for row in rows}
    return named


_CODES = {
    "channel": dict(Channel.choices), "email_quality": dict(Quality.choices), "phone_quality": dict(Quality.choices),
    "weekday": {str(n): WORDS[f"weekday:{n}"] for n in range(7)}, "mail_kind": WORDS, "referred": WORDS,
}  # fmt: skip


def word(key: str, value: Any) -> str:
    """Say a lead's own value as a rep would."""
    if value is None or value == "" or value == []:
        return gettext("not known")
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if key == "country":
        return str(dict(countries()).get(value, value))
    if isinstance(value, str) and (words := _CODES.get(key)):
        return str(words.get(value, value))
    return str(WORDS[value]) if key.startswith("custom.") and value in ("yes", "no") else str(value)
