"""What makes two records the same: the one set of rules behind the front door's warnings, the entry form, the
conversion's matches and the review queue.

    asked = Facts(emails={"ada@acme.example"}, name="ada quist", company="acme")
    compare(asked, other).reasons     [{"code": "same_email", "values": {"value": "ada@acme.example"}}, …]
    compare(asked, other).strength    0.0 to 1.0: each further reason takes its share of what is left

Records are compared by keys that cleaning made (no case, accents or legal form), so the rules hold for every channel.
Apps say where to look (`Look`); `candidates` asks all of those places at once, for any number of records.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import permutations
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core import reasons
from core.slips import is_slip

SIMILAR = 0.45  # trigram similarity from which two company names are told as similar
LIKELY = 0.6  # from here on a pair is worth somebody's look
CERTAIN = 0.9
NOISE = 20  # a value that more records share is a switchboard or a shared mailbox and says nothing
SHORTEST_NAME = 5  # letters of a name that may find others by itself
NEAR = 0.3  # trigram similarity from which a name is looked at as a misspelt one
COLLEAGUES = 200  # people of one place whose names are looked at: among more, similar ones are a matter of course

reasons.register(
    {
        "linked": _("Linked to it already"),
        "same_email": _("Same e-mail"),
        "same_phone": _("Same phone number"),
        "same_phone_other_name": _("Same phone number, another name"),
        "same_phone_other_email": _("Same phone number, another e-mail"),
        "same_domain": _("Same e-mail domain"),
        "same_website": _("Same web site"),
        "same_company": _("Same company"),
        "similar_company": _("Similar company name"),
        "same_name": _("Same name"),
        "similar_name": _("Name spelled almost the same"),
        "works_there": _("%(name)s works there"),
        "entered_apart": _("Entered by somebody who can't see the other one"),
    }
)
PERSON: Mapping[str, float] = {
    "linked": 1.0, "same_email": 1.0, "same_phone": 0.7, "same_name": 0.45, "similar_name": 0.44, "same_domain": 0.3, "same_website": 0.3,
    "same_company": 0.3, "similar_company": 0.15, "same_phone_other_email": 0.75, "same_phone_other_name": 0.5,
    "entered_apart": 0.8,
}  # fmt: skip
AT_WORK = {"same_domain", "same_website", "same_company", "similar_company"}  # what colleagues have in common
COMPANY: Mapping[str, float] = {
    "linked": 1.0, "same_domain": 0.95, "same_website": 0.9, "same_phone": 0.7, "same_company": 0.7, "similar_company": 0.4,
    "works_there": 0.3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person or company, in keys. `domains` holds only those of their own, never free mail."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    company: str = ""
    name: str = ""

    @property
    def finds_by_name(self) -> bool:
        return len(self.name) >= SHORTEST_NAME

    @property
    def is_company_only(self) -> bool:
        return bool(self.company) and not (self.name or self.emails)


@dataclass(slots=True)
class Likeness:
    """Why two records may be the same, and how much speaks for it."""

    weights: Mapping[str, float] = field(default_factory=lambda: PERSON)
    reasons: list[dict[str, Any]] = field(default_factory=list)

    def because(self, code: str, **values: Any) -> None:
        if all(reason["code"] != code for reason in self.reasons):
            self.reasons.append({"code": code, "values": values})

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason["code"] for reason in self.reasons)

    @property
    def strength(self) -> float:
        return strength_of(self.codes, self.weights)

    @property
    def is_certain(self) -> bool:
        return self.strength >= CERTAIN

    @property
    def is_likely(self) -> bool:
        return self.strength >= LIKELY and not self.is_colleague

    @property
    def is_colleague(self) -> bool:
        """Tell whether nothing but where two people work speaks for it."""
        return self.weights is PERSON and AT_WORK.issuperset(self.codes)


def strength_of(codes: Iterable[str], weights: Mapping[str, float] = PERSON) -> float:
    """Return how much these reasons say together, 0 to 1."""
    rest = 1.0
    for code in codes:
        rest *= 1 - weights.get(code, 0)
    return round(1 - rest, 4)


def compare(one: Facts, other: Facts, weights: Mapping[str, float] = PERSON) -> Likeness:
    """Return what two people (or, with the weights COMPANY, two companies) have in common."""
    found = Likeness(weights)
    for code, mine, theirs in (
        ("same_email", one.emails, other.emails), ("same_domain", one.domains, other.domains),
        ("same_website", one.sites, other.sites | other.domains), ("same_phone", one.phones, other.phones),
    ):  # fmt: skip
        if code in weights and (shared := mine & theirs):
            if (code == "same_website" and shared & other.domains & one.domains) or (code == "same_domain" and "same_email" in found.codes):
                continue  # said already
            found.because(code, value=min(shared))
    if "same_name" in weights and is_same_name(one.name, other.name):
        found.because("same_name")
    elif "similar_name" in weights and is_misspelt(one.name, other.name):
        found.because("similar_name")
    if one.company and one.company == other.company:
        found.because("same_company")
    elif similarity(one.company, other.company) >= SIMILAR:
        found.because("similar_company")
    return found


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two folded names hold the same words, in whatever order."""
    return bool(one) and (one == other or sorted(one.split()) == sorted(other.split()))


def is_misspelt(one: str, other: str) -> bool:
    """Tell whether two folded names are likely one, written down with a slip: as near as the search for them asks, and one."""
    return similarity(one, other) >= NEAR and is_slip(one, other)


def orders(name: str) -> list[str]:
    """Return the ways in which a folded name may have been written: "maya lindqvist" and "lindqvist maya"."""
    words = name.split()
    if len(words) <= 3:
        return sorted({" ".join(order) for order in permutations(words)})
    return sorted({" ".join(words[n:] + words[:n]) for n in range(len(words))})


def similarity(one: str, other: str) -> float:
    """Return the share of trigrams two folded texts have in common, as PostgreSQL's similarity() does."""
    if not one or not other:
        return 0.0
    mine, theirs = _trigrams(one), _trigrams(other)
    return len(mine & theirs) / len(mine | theirs)


@lru_cache(maxsize=10_000)
def _trigrams(text: str) -> frozenset[str]:
    words = (f"  {word} " for word in text.split())
    return frozenset(word[n : n + 3] for word in words for n in range(len(word) - 2))


# ------------------------------------------------------------------ where to look


@dataclass(frozen=True, slots=True)
class Look:
    """One place where records of a kind are found: SQL that gives their ids for `asked.value`, by an index."""

    sql: str
    values: tuple[tuple[int, str], ...]
    has_noise: bool = True  # False where the first found are the nearest, so that many mean nothing

    @classmethod
    def by(cls, sql: str, asked: Mapping[int, Iterable[str]], *, has_noise: bool = True) -> "Look":
        return cls(sql, tuple((n, value) for n, values in asked.items() for value in values if value), has_noise)


def candidates(looks: Iterable[Look], *, most: int = NOISE, drop_noise: bool = True) -> dict[int, set[int]]:
    """Return {number asked: ids of the records found in any of the places}. One query, each value by its index.

    A value that finds more than `most` others is dropped as noise; with `drop_noise=False` the first of them are taken.
    """
    looks = [look for look in looks if look.values]
    if not looks:
        return {}
    parts, arguments = [], []
    for place, look in enumerate(looks):
        parts.append(
            f"SELECT {place}, asked.n, asked.value, found.id FROM unnest(%s::bigint[], %s::text[]) AS asked(n, value)"
            f" CROSS JOIN LATERAL ({look.sql} LIMIT {int(most) + 2}) AS found(id)"
        )
        arguments += [[n for n, _value in look.values], [value for _n, value in look.values]]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), arguments)
        rows = cursor.fetchall()
    by_value: dict[tuple[int, int, str], set[int]] = {}
    for place, n, value, pk in rows:
        by_value.setdefault((place, n, value), set()).add(pk)
    found: dict[int, set[int]] = {}
    for (place, n, _value), pks in by_value.items():
        if not (drop_noise and looks[place].has_noise) or len(pks - {n}) <= most:
            found.setdefault(n, set()).update(pks)
    return found


PLACE, MISSPELT = "split_part(asked.value, '|', 1)", "split_part(asked.value, '|', 2)"


def nearly(people: str) -> str:
    """Return the SQL of a Look for misspelt names: `people` gives the id and name_key of those at PLACE, by an index."""
    return (
        f"SELECT id FROM ({people} LIMIT {COLLEAGUES}) AS people WHERE similarity(name_key, {MISSPELT}) >= {NEAR}"
        f" ORDER BY similarity(name_key, {MISSPELT}) DESC, id"
    )


def at_places(asked: Mapping[int, Facts], places: Callable[[Facts], Iterable[str]]) -> dict[int, list[str]]:
    """Return what such a Look asks: each place of somebody with their name. A single word is not enough of a name."""
    return {
        n: [f"{place}|{facts.name}" for place in places(facts) if place] for n, facts in asked.items() if facts.finds_by_name and " " in facts.name
    }
