"""How the teams of Fjord & Finch work: hours, goals, caps, the ideal customer, territories and rules. Set-up stays when the demo goes."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from assignment.models import AssignmentRule, QualificationRule
from leads.ideals import Criterion
from leads.models import Source
from teams.demo_people import DACH, IBERIA, NORTH
from teams.models import Holiday, Membership, ResponseGoal, SalesTeam, Territory, User, WorkingDay

POLICIES: dict[str, dict[str, Any]] = {
    NORTH: {
        "warn_before": timedelta(minutes=2), "after_limit": SalesTeam.AfterLimit.ESCALATE, "returns_when_away": True, "keeps_relations": True,
    },
    DACH: {
        "strategy": SalesTeam.Strategy.TERRITORY, "after_limit": SalesTeam.AfterLimit.REROUTE, "clock_in_hours": True,
        "warn_before": timedelta(minutes=5), "keeps_relations": True,
    },
    IBERIA: {"strategy": SalesTeam.Strategy.WORKLOAD, "workload": SalesTeam.Workload.DEALS},
}  # fmt: skip
TO_ACCEPT, WITHIN = IBERIA, timedelta(hours=4)
CAPS = {"nora": 12, "priya": 10, "liam": 6}  # new leads a day
HOURS = {NORTH: (time(8), time(17)), DACH: (time(8), time(18)), IBERIA: (time(9), time(19))}
GOALS = {"hot": (5, 60), "warm": (15, 120), "cold": (60, 480)}  # minutes, where a team replies by temperature
GOALS_OF = (DACH, IBERIA)
OFF = ((1, 1, "New Year"), (5, 1, "Labour Day"), (12, 25, "Christmas Day"), (12, 26, "St Stephen’s Day"))
TRADES = {
    NORTH: ["Interior design", "Hospitality", "Energy", "Coworking", "Architecture"], DACH: ["Manufacturing", "Interior design", "Health"],
    IBERIA: ["Hospitality", "Health", "Coworking"],
}  # fmt: skip
MARKETS = (
    ("Bavaria and Tyrol", "jonas", {"all": [
        {"field": "country", "op": "is", "value": ["DE", "AT"]},
        {"any": [{"field": "postcode", "op": "between", "value": "80000 to 87999"}, {"field": "postcode", "op": "between", "value": "6000 to 6999"}]},
    ]}),
    ("Germany", "jonas", {"all": [{"field": "country", "op": "is", "value": "DE"}]}),
    ("The Alps", None, {"all": [{"field": "country", "op": "is", "value": ["AT", "CH"]}]}),
)  # fmt: skip


@transaction.atomic
def set_up(*, at: datetime) -> None:
    """Give each team its way of working. Done again, it changes nothing."""
    for team in SalesTeam.objects.filter(name__in=POLICIES, is_demo=True):
        SalesTeam.objects.filter(pk=team.pk).update(**POLICIES[team.name])
        _hours(team, at)
        _ideal(team)
        if team.name in GOALS_OF:
            for temperature, (goal, limit) in GOALS.items():
                lengths = {"goal": timedelta(minutes=goal), "limit": timedelta(minutes=limit)}
                ResponseGoal.objects.get_or_create(team=team, temperature=temperature, defaults=lengths)
    for key, cap in CAPS.items():
        Membership.objects.filter(user__email=f"{key}@fjordfinch.example").update(daily_cap=cap)
    _markets()
    _rules()


def ask_to_accept() -> None:
    """Let one team say yes or no to what it gets: from now on, what was told before needs no answer."""
    SalesTeam.objects.filter(name=TO_ACCEPT, is_demo=True).update(accept_within=WITHIN)


def _hours(team: SalesTeam, at: datetime) -> None:
    opens, closes = HOURS[team.name]
    for weekday in range(5):
        WorkingDay.objects.get_or_create(team=team, weekday=weekday, defaults={"opens": opens, "closes": closes})
    for month, day, name in OFF:
        year = at.year if (month, day) >= (at.month, at.day) else at.year + 1
        Holiday.objects.get_or_create(team=team, day=date(year, month, day), defaults={"name": name})


def _ideal(team: SalesTeam) -> None:
    """Say who the team's ideal customer is, each part with what to ask while a lead doesn't say."""
    asked = (
        ("Fifty people or more", 3, "How many people work with you?", {"field": "company_size", "op": "gte", "value": 50}),
        ("A trade we furnish well", 2, "What does the company do?", {"field": "industry", "op": "is", "value": TRADES[team.name]}),
        ("A budget", 2, "Is there a budget for it?", {"field": "expected_revenue", "op": "gte", "value": 20_000}),
        ("Came back or replied", 1, "", {"any": [{"field": "visits", "op": "gte", "value": 2}, {"field": "emails_replied", "op": "gte", "value": 1}]}),
    )  # fmt: skip
    for position, (name, weight, question, conditions) in enumerate(asked):
        Criterion.objects.get_or_create(
            team=team, name=name, defaults={"weight": weight, "question": question, "position": position, "conditions": conditions},
        )  # fmt: skip


def _markets() -> None:
    team = SalesTeam.objects.filter(name=DACH, is_demo=True).first()
    for name, key, conditions in MARKETS if team else ():
        owner = User.objects.filter(email=f"{key}@fjordfinch.example").first() if key else None
        Territory.objects.get_or_create(name=name, defaults={"team": team, "owner": owner, "conditions": conditions})


def _rules() -> None:
    """Add rules to those the demo begins with; the last of each list is a draft to try and turn on."""
    nora, priya = (User.objects.filter(email=f"{key}@fjordfinch.example").first() for key in ("nora", "priya"))
    letter, alps = Source.objects.filter(name="Newsletter").first(), Territory.objects.filter(name="The Alps").first()
    if nora:
        _assign(10, "Large energy firms", {"to_person": nora}, ("industry", "is", "Energy"), ("company_size", "gte", 300))
    if alps:
        _assign(0, "Austria and Switzerland", {"to_territory": alps}, ("country", "is", ["AT", "CH"]))
    if priya:
        _assign(12, "Architects in Britain", {"to_person": priya, "is_active": False}, ("country", "is", "GB"), ("industry", "is", "Architecture"))
    if letter:
        nurture = {"outcome": "nurture", "come_back_after": timedelta(days=60)}
        _qualify(10, "Small, from the newsletter", nurture, ("source", "is", letter.pk), ("company_size", "lt", 10))
    archive = {"outcome": "archive", "archive_reason": "Asks for a thesis", "is_active": False}
    _qualify(11, "Students", archive, ("message", "contains", ["thesis", "my studies"]))


def _assign(position: int, name: str, to: dict[str, Any], *asked: tuple) -> None:
    AssignmentRule.objects.get_or_create(name=name, team=None, defaults={"position": position, "conditions": _all(asked), **to})


def _qualify(position: int, name: str, outcome: dict[str, Any], *asked: tuple) -> None:
    QualificationRule.objects.get_or_create(name=name, team=None, defaults={"position": position, "conditions": _all(asked), **outcome})


def _all(asked: tuple) -> dict[str, list[dict[str, Any]]]:
    return {"all": [{"field": field, "op": op, "value": value} for field, op, value in asked]}
