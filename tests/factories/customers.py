"""Companies and contacts, valid from as little as a test wants to say."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from customers.models import Company, Contact
from tests.factories.leads import default_team

_number = count(1)
MORNING = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)


def company(name: str = "", *, owner=None, team=None, at: datetime = MORNING, **fields: Any) -> Company:
    """Make a company by its own verb, of the owner's first team unless told otherwise."""
    return Company.objects.add(
        name=name or f"Company {next(_number)}", owner=owner, team=team or _team(owner), at=at, by=owner, **fields
    )


def contact(
    name: str = "", *, owner=None, team=None, company: Company | None = None, at: datetime = MORNING, **fields: Any
) -> Contact:
    """Make a contact by its own verb, with the owner and team of its company unless told otherwise."""
    owner = owner or (company.owner if company else None)
    team = team or (company.team if company else _team(owner))
    return Contact.objects.add(
        name=name or f"Contact {next(_number)}", owner=owner, team=team, company=company, at=at, by=owner, **fields
    )


def _team(owner):
    return owner.seats[0].team if owner and owner.seats else default_team()
