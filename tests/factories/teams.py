"""People, teams and territories, valid from as little as a test wants to say."""

from itertools import count

from teams.models import Membership, Role, SalesTeam, Territory, User

_number = count(1)
PASSWORD = "a long sunny afternoon"


def team(name: str = "", **fields) -> SalesTeam:
    return SalesTeam.objects.create(name=name or f"Team {next(_number)}", **fields)


def person(name: str = "", *teams: SalesTeam, role: str = Role.REP, email: str = "", password: str = "", **fields) -> User:
    """Make somebody who works here, a member of `teams`. Without a password nobody can sign in as them by form."""
    name = name or f"Person {next(_number)}"
    email = email or f"{name.lower().replace(' ', '.')}.{next(_number)}@fjordfinch.example"
    made = User.objects.create_user(email, password or None, name=name, role=role, **fields)
    for each in teams:
        member(made, each)
    return made


def member(user: User, team: SalesTeam, **fields) -> Membership:
    return Membership.objects.create(user=user, team=team, **fields)


def territory(team: SalesTeam, name: str = "", **fields) -> Territory:
    return Territory.objects.create(name=name or f"Territory {next(_number)}", team=team, **fields)
