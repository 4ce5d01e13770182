"""What must never be, as code: lost, doubled, unowned, overdue, visible without right (reliability rule 26).

Each app registers its checks in AppConfig.ready(); a finding is a dict that names the row and says why, without
personal data. The check runs after every concurrency test, hourly in production, and on the operations page.
"""

import time
from collections.abc import Callable, Iterable
from itertools import islice

from core.models import InvariantRun

MOST = 100
_checks: dict[str, Callable[[], Iterable[dict]]] = {}


def register(name: str, check: Callable[[], Iterable[dict]]) -> None:
    _checks[name] = check


def names() -> list[str]:
    return sorted(_checks)


def check_all() -> dict[str, list[dict]]:
    """Run every check and return {name: findings}, at most 100 findings each, and only names that found something."""
    found = {name: list(islice(check(), MOST)) for name, check in sorted(_checks.items())}
    return {name: findings for name, findings in found.items() if findings}


def run() -> InvariantRun:
    """Check everything and keep the result for the operations page."""
    start = time.monotonic()
    findings = [{"check": name, **finding} for name, rows in check_all().items() for finding in rows]
    return InvariantRun.objects.create(findings=findings, seconds=round(time.monotonic() - start, 3))
