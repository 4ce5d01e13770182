"""The people of Fjord & Finch, who make the demo's furniture and sell it."""

from datetime import timedelta

from django.db import transaction

from core import clock
from teams.models import Membership, Role, SalesTeam, User

TEAMS = {
    "EMEA North": {"strategy": SalesTeam.Strategy.ROUND_ROBIN, "time_zone": "Europe/Oslo", "sees_whole_team": True},
    "DACH Direct": {"strategy": SalesTeam.Strategy.ROUND_ROBIN, "time_zone": "Europe/Berlin"},
    "Iberia Hospitality": {"strategy": SalesTeam.Strategy.ROUND_ROBIN, "time_zone": "Europe/Lisbon"},
}
NORTH, DACH, IBERIA = TEAMS
# first part of the e-mail, name, role, what they do, colour of the avatar, zone, {team: capacity}
PEOPLE = [
    ("nora", "Nora Bakke", Role.REP, "Sales rep, EMEA North", 4, "Europe/Oslo", {NORTH: 25}),
    ("priya", "Priya Raman", Role.REP, "Sales rep, EMEA North", 8, "Europe/London", {NORTH: 20}),
    ("liam", "Liam O’Connor", Role.REP, "Sales rep, EMEA North", 7, "Europe/Dublin", {NORTH: 15}),
    ("anders", "Anders Holm", Role.REP, "Sales rep, EMEA North", 6, "Europe/Copenhagen", {NORTH: 20}),
    ("jonas", "Jonas Weber", Role.REP, "Sales rep, DACH Direct", 2, "Europe/Berlin", {DACH: 40}),
    ("ines", "Inês Duarte", Role.REP, "Sales rep, Iberia Hospitality", 5, "Europe/Lisbon", {IBERIA: 40}),
    ("marta", "Marta Kowalska", Role.MANAGER, "Head of sales", 3, "Europe/Berlin", {NORTH: 0, DACH: 0, IBERIA: 0}),
    ("olga", "Olga Brandt", Role.OPS, "Sales operations", 1, "Europe/Berlin", {}),
    ("ada", "Ada Quist", Role.ADMINISTRATOR, "Administrator", 5, "Europe/Oslo", {}),
]
AWAY = "anders"  # until six days after the first day


@transaction.atomic
def ensure() -> list[User]:
    """Make the demo's teams and people, or leave them as they are where they exist. Nobody of them has a password."""
    teams = {name: SalesTeam.objects.get_or_create(name=name, defaults={**wanted, "is_demo": True})[0]
             for name, wanted in TEAMS.items()}  # fmt: skip
    return [_ensure_person(teams, *person) for person in PEOPLE]


def _ensure_person(teams: dict[str, SalesTeam], key: str, name: str, role: str, title: str, hue: int, zone: str, seats) -> User:
    email = f"{key}@fjordfinch.example"
    person = User.objects.filter(email=email).first()
    if person is not None:
        return person
    person = User.objects.create_user(email, None, name=name, role=role, job_title=title, hue=hue, time_zone=zone, is_demo=True)
    at = clock.now()
    away = {"away_from": at, "away_until": at + timedelta(days=6)} if key == AWAY else {}
    for team, capacity in seats.items():
        takes = role == Role.REP
        Membership.objects.create(user=person, team=teams[team], takes_leads=takes, capacity=capacity or 60, **away)
    return person
