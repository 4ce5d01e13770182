"""Cleaning: raw answers in, lead columns out, each doubt named with its field. The one place for every channel.

    cleaned = clean({"email": " Ada@Acme.com", "phone": "030 901820", "custom.budget": "80.000"}, country="DE")
    cleaned.values      {"email": "Ada@Acme.com", "email_key": "ada@acme.com", "phone_e164": "+4930901820", …}
    cleaned.problems    [{"code", "field", "value", "values"}, …]; worded by problem_words()

Names and texts stay exactly as typed (only ends and control characters go); what compares and finds is derived beside them.
Nothing is cut: what is too long or can't be read is left out and named.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import custom_fields, limits, reasons
from leads.addresses import domain_of, email_key, email_problem, split_emails, website
from leads.figures import DAY_FIRST, amount, amount_and_currency, day, employees, number
from leads.free_mail import is_free_mail
from leads.phones import digits_of, is_scientific, phone
from leads.places import country_code, currency_code, language_code
from leads.texts import fold_company, fold_name, line, paragraphs, unaccented

__all__ = [
    "Cleaned", "amount", "clean", "country_code", "day", "derive", "derived", "domain_of", "email_key", "employees",
    "fold_company", "fold_name", "is_free_mail", "phone", "problem_words", "search_text",
]  # fmt: skip

ALIASES = {"company": "company_name", "employees": "company_size", "amount": "expected_revenue", "wants": "title", "notes": "message"}
CUSTOM = "custom."  # raw keys of custom fields begin so
COLUMNS = {
    "title": 300, "name": 300, "first_name": 150, "last_name": 150, "salutation": 40, "job_title": 300,
    "company_name": 300, "industry": 120, "street": 300, "street2": 300, "postcode": 20, "city": 120, "region": 120,
    "referred_by": 300,
}  # fmt: skip
ORIGINS = ("source", "medium", "campaign")
COUNTS = ("visits", "pages_viewed", "seconds_on_site", "emails_opened", "emails_clicked", "emails_replied")  # what they did
MOMENTS = frozenset({"occurred_at", "last_engaged_at"})
MAX_COUNT = 2**31 - 1
MAX_EMAIL, MAX_PHONE, MAX_SITE, MAX_ORIGIN, MAX_TAG = 320, 60, 500, 255, 60
MAX_TAGS, MAX_OTHER = 20, 60  # further tags and answers of one entry are not kept on the lead; its submission has all

reasons.register(
    {
        "too_long": _("%(field)s is longer than %(limit)s characters."),
        "no_email": _("“%(value)s” is not an e-mail address (%(field)s)."),
        "email_without_ending": _("“%(value)s” needs an ending such as .com (%(field)s)."),
        "scientific": _("A spreadsheet shortened “%(value)s”: the last digits of %(field)s are lost."),
        "no_amount": _("“%(value)s” is not an amount (%(field)s)."),
        "negative_amount": _("“%(value)s” is below zero (%(field)s)."),
        "no_currency": _("“%(value)s” is not a currency (%(field)s)."),
        "no_country": _("“%(value)s” is not a country (%(field)s)."),
        "no_employees": _("“%(value)s” is not a number of people (%(field)s)."),
        "no_count": _("“%(value)s” is not a whole number (%(field)s)."),
        "no_date": _("“%(value)s” is not a date (%(field)s)."),
        "no_website": _("“%(value)s” is not the address of a web site (%(field)s)."),
    }
)


@dataclass(slots=True)
class Cleaned:
    """What one entry says, ready for a lead."""

    values: dict[str, Any] = field(default_factory=dict)  # Lead column → value, the derived ones too
    emails: list[tuple[str, str]] = field(default_factory=list)  # (as typed, key), the primary one first
    phones: list[tuple[str, str, str]] = field(default_factory=list)  # (as typed, E.164, kind), the primary one first
    custom: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)  # source, medium, campaign by name
    other: dict[str, str] = field(default_factory=dict)  # answers to questions no field stands for
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Tell whether it says nothing that could make a lead."""
        said = ("name", "email", "phone", "company_name", "title", "message")
        return not self.custom and not any(self.values.get(name) for name in said)

    def refuse(self, code: str, name: str, text: str, **values: Any) -> None:
        said = line(text)[:80]
        self.problems.append({"code": code, "field": name, "value": said, "values": {"value": said, **values}})

    def packed(self) -> list[Any]:
        """Return an entry without problems as what JSON holds; `unpacked` makes it again, exactly."""
        values = dict(self.values)
        values.update({name: str(values[name]) for name in _EXACT.keys() & values.keys()})
        return [values, self.emails, self.phones, self.tags, self.origins]

    @classmethod
    def unpacked(cls, packed: list[Any]) -> "Cleaned":
        values, emails, phones, tags, origins = packed
        for name in _EXACT.keys() & values.keys():
            values[name] = _EXACT[name](values[name])
        pairs, numbers = [tuple(email) for email in emails], [tuple(number) for number in phones]
        return cls(values, pairs, numbers, values.get("custom") or {}, tags, origins)


_EXACT: dict[str, Callable[[str], Any]] = {
    "expected_revenue": Decimal, "occurred_at": datetime.fromisoformat, "last_engaged_at": datetime.fromisoformat,
}  # fmt: skip


def clean(
    raw: Mapping[str, Any], *, country: str = "", order: str = DAY_FIRST, fields: Iterable | None = None
) -> Cleaned:
    """Read one entry. `country` is whose a phone number without a country is, `order` how 03/11 reads.

    `fields` are the lead's custom field definitions in use; without them every "custom." key is refused.
    """
    cleaned, phones = Cleaned(), []
    for name, given in raw.items():
        text = given if isinstance(given, str) else "" if given is None else str(given)
        if not text or text.isspace():
            continue
        name = ALIASES.get(name, name)
        if (limit := COLUMNS.get(name)) is not None:
            _text(cleaned, name, line(text), limit)
        elif read := _READERS.get(name):
            read(cleaned, name, text)
        elif name in _PHONES or (name.startswith("phone_") and name[6:].isdecimal()):
            phones.append((name, line(text)))
        elif name.startswith("email_") and name[6:].isdecimal():
            _email(cleaned, name, text)
        elif name.startswith(CUSTOM):
            _custom(cleaned, name.removeprefix(CUSTOM), text, order, fields or ())
        elif name in MOMENTS:
            _moment(cleaned, name, text, order)
        elif len(cleaned.other) < MAX_OTHER:
            cleaned.other[line(name)[:200]] = paragraphs(text)[: limits.MAX_TEXT]
    _phones(cleaned, phones, cleaned.values.get("country") or country)
    values = cleaned.values
    if "name" not in values and (values.get("first_name") or values.get("last_name")):
        values["name"] = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    if cleaned.custom:
        values["custom"] = cleaned.custom
    values.update(derived(values, country=country, emails=cleaned.emails, phones=cleaned.phones))
    return cleaned


def _text(cleaned: Cleaned, name: str, text: str, limit: int) -> None:
    if len(text) > limit:
        cleaned.refuse("too_long", name, text, limit=limit)
    elif text:
        cleaned.values[name] = text


def _message(cleaned: Cleaned, name: str, text: str) -> None:
    _text(cleaned, name, paragraphs(text), limits.MAX_TEXT)


def _email(cleaned: Cleaned, name: str, text: str) -> None:
    for address in split_emails(text)[:MAX_TAGS]:
        key = email_key(address)
        if len(address) > MAX_EMAIL:
            cleaned.refuse("too_long", name, address, limit=MAX_EMAIL)
            continue
        if not key:
            cleaned.refuse(email_problem(address), name, address)
        if key and all(known != key for _typed, known in cleaned.emails):
            cleaned.emails.append((address, key))
        # a wrong address is kept too, marked as bad, until a right one comes
        if "email" not in cleaned.values or (key and not email_key(cleaned.values["email"])):
            cleaned.values["email"] = address


_PHONES = {"phone": "", "mobile": "mobile", "fax": "fax"}


def _phones(cleaned: Cleaned, given: list[tuple[str, str]], country: str) -> None:
    """Keep every number as typed with what can be dialled; the column `phone` comes first, then in the order given."""
    given.sort(key=lambda pair: (pair[0] != "phone", pair[0] == "fax"))
    for name, text in given:
        if is_scientific(text):
            cleaned.refuse("scientific", name, text)
        elif len(text) > MAX_PHONE:
            cleaned.refuse("too_long", name, text, limit=MAX_PHONE)
        elif text and all(text != known[0] for known in cleaned.phones):
            cleaned.phones.append((text, phone(text, country)[0], _PHONES.get(name, "")))
    if cleaned.phones and cleaned.phones[0][2] != "fax":
        cleaned.values["phone"] = cleaned.phones[0][0]


def _amount(cleaned: Cleaned, name: str, text: str) -> None:
    value, currency = amount_and_currency(line(text))
    if value is None or value < 0:
        cleaned.refuse("no_amount" if value is None else "negative_amount", name, text)
        return
    cleaned.values[name] = value
    if currency and currency_code(currency):
        cleaned.values.setdefault("currency", currency)


def _coded(read: Callable[[str], str], problem: str) -> Callable[[Cleaned, str, str], None]:
    def reader(cleaned: Cleaned, name: str, text: str) -> None:
        if code := read(line(text)):
            cleaned.values[name] = code
        else:
            cleaned.refuse(problem, name, text)

    return reader


def _language(cleaned: Cleaned, name: str, text: str) -> None:
    _text(cleaned, name, language_code(line(text)) or line(text), 35)


def _website(cleaned: Cleaned, name: str, text: str) -> None:
    if not website(text):
        cleaned.refuse("no_website", name, text)
    else:
        _text(cleaned, name, website(text), MAX_SITE)


def _employees(cleaned: Cleaned, name: str, text: str) -> None:
    if (count := employees(line(text))) is None:
        cleaned.refuse("no_employees", name, text)
    else:
        cleaned.values[name] = count


def _origin(cleaned: Cleaned, name: str, text: str) -> None:
    if len(line(text)) > MAX_ORIGIN:
        cleaned.refuse("too_long", name, text, limit=MAX_ORIGIN)
    elif line(text):
        cleaned.origins[name] = line(text)


def _tags(cleaned: Cleaned, name: str, text: str) -> None:
    for tag in line(text).replace(";", ",").split(",")[:MAX_TAGS]:
        if len(tag.strip()) > MAX_TAG:
            cleaned.refuse("too_long", name, tag, limit=MAX_TAG)
        elif tag.strip() and tag.strip() not in cleaned.tags:
            cleaned.tags.append(tag.strip())


def _count(cleaned: Cleaned, name: str, text: str) -> None:
    """Read how often they did something: a whole number, and no more than a lead keeps."""
    count = number(line(text))
    if count is None or count < 0 or count != count.to_integral_value():
        cleaned.refuse("no_count", name, text)
    else:
        cleaned.values[name] = min(int(count), MAX_COUNT)


def _moment(cleaned: Cleaned, name: str, text: str, order: str) -> None:
    try:
        moment = datetime.fromisoformat(line(text))
    except ValueError:
        moment = None
    if moment is None and (on := day(line(text), order)):
        moment = datetime(on.year, on.month, on.day, tzinfo=UTC)
    if moment is None or not 1900 <= moment.year < 2200:
        cleaned.refuse("no_date", name, text)
    else:
        cleaned.values[name] = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _custom(cleaned: Cleaned, key: str, text: str, order: str, fields: Iterable) -> None:
    """Type a custom field's value; dates by the entry's day order, numbers as amounts are read."""
    definition = next((known for known in fields if known.key == key), None)
    value: Any = paragraphs(text)
    if definition is not None and definition.type == "date":
        value = day(value, order) or value
    elif definition is not None and definition.type == "number" and (figure := number(value)) is not None:
        value = figure
    typed, problems = custom_fields.coerce("lead", {key: value}, fields=() if definition is None else (definition,))
    cleaned.custom.update({name: kept for name, kept in typed.items() if kept is not None})
    cleaned.problems += [{**problem, "field": f"{CUSTOM}{key}"} for problem in problems]


_READERS: dict[str, Callable[[Cleaned, str, str], None]] = {
    "email": _email,
    "message": _message,
    "expected_revenue": _amount,
    "company_size": _employees,
    "country": _coded(country_code, "no_country"),
    "currency": _coded(currency_code, "no_currency"),
    "language": _language,
    "website": _website,
    "tags": _tags,
    **dict.fromkeys(ORIGINS, _origin),
    **dict.fromkeys(COUNTS, _count),
}


# ------------------------------------------------------------------ derived


def derived(
    values: Mapping[str, Any], *, country: str = "", emails: Iterable[tuple] = (), phones: Iterable[tuple] = ()
) -> dict[str, Any]:
    """Return the columns that follow from the facts: keys for matching, qualities, the text that search reads."""
    email, number_typed = values.get("email") or "", values.get("phone") or ""
    key = email_key(email)
    domain = domain_of(key) if key else ""
    e164, phone_quality = phone(number_typed, values.get("country") or country) if number_typed else ("", "")
    return {
        "email_key": key,
        "email_domain": domain,
        "is_free_mail": bool(domain) and is_free_mail(domain),
        "email_quality": ("good" if key else "bad") if email else "",
        "phone_e164": e164,
        "phone_quality": phone_quality,
        "name_key": fold_name(values.get("name") or ""),
        "company_key": fold_company(values.get("company_name") or ""),
        "search": search_text(values, e164, emails=emails, phones=phones),
    }


def derive(lead) -> None:
    """Set the derived columns of a lead (an instance) from its facts, before it is saved."""
    from core import business

    facts = {name: getattr(lead, name) for name in ("name", "email", "phone", "company_name", "title", "country")}
    for name, value in derived(facts, country=business.get("country")).items():
        setattr(lead, name, value)


def search_text(
    values: Mapping[str, Any], e164: str = "", *, emails: Iterable[tuple] = (), phones: Iterable[tuple] = ()
) -> str:
    """Return the words a lead is found by: name, company, addresses, digits of the numbers, what it wants; folded."""
    said = [values.get(name) or "" for name in ("name", "company_name", "email", "title")]
    said += [address for address, _key in emails if address != values.get("email")]
    digits = {e164[1:]: None, digits_of(values.get("phone") or ""): None}
    for typed, other, *_kind in phones:
        digits |= {other[1:]: None, digits_of(typed): None}
    return " ".join(filter(None, [*(unaccented(text) for text in said), *digits]))


def problem_words(problem: Mapping[str, Any]) -> str:
    """Say in the reader's language what is wrong with a cell or answer, naming its field."""
    from leads.models import Lead

    name = str(problem.get("field", ""))
    columns = {column.name: column.verbose_name for column in Lead._meta.concrete_fields}
    label = problem.get("values", {}).get("field") or columns.get(name) or columns.get(name.rstrip("_0123456789")) or name
    return reasons.word(problem["code"], {"value": problem.get("value", ""), **problem.get("values", {}), "field": label})
