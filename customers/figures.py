"""What upper apps say about companies in a list, so that nothing is imported upwards.

figures.register(deals_of)     # deals_of(user, companies) → {company pk: {"open": 2, "sums": [...], …}}
"""

from collections.abc import Callable, Iterable
from typing import Any

_sources: list[Callable[[Any, list], dict[int, dict[str, Any]]]] = []


def register(source: Callable[[Any, list], dict[int, dict[str, Any]]]) -> None:
    if source not in _sources:
        _sources.append(source)


def of(user, companies: Iterable) -> None:
    """Set `figures` on every company: what each source says of it, as far as this person may see it."""
    shown = list(companies)
    told = [source(user, shown) for source in _sources]
    for company in shown:
        company.figures = {}
        for each in told:
            company.figures |= each.get(company.pk, {})
