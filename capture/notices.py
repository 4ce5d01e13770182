"""What people are told about what came in: an import that ended, a pair that crosses teams."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import notices
from leads.models import Lead
from teams.models import Membership, Role

if TYPE_CHECKING:
    from capture.models import ImportRun


def _import(values, n: int) -> str:
    if values.get("failed"):
        return _("The import of %(file)s stopped: it can’t be read.") % values
    return (
        _("The import of %(file)s is through: %(created)s created, %(joined)s joined, %(rejected)s rejected.") % values
    )


def register() -> None:
    notices.register(
        "import_finished", gettext_lazy("An import of mine ends"), "file-spreadsheet", words=_import, order=70
    )


def tell(run: "ImportRun", *, at: datetime) -> None:
    """Tell who began an import that it ended; in the transaction that ends it."""
    run = type(run).objects.select_related("by").get(pk=run.pk)
    notices.notify(
        run.by, "import_finished", key=f"import:{run.pk}:{run.started_at or run.uploaded_at:%Y%m%d%H%M%S}", at=at,
        url=reverse("imports:import", args=[run.pk]), file=run.name, failed=run.step == run.Step.FAILED,
        created=run.created_count, joined=run.joined_count, rejected=run.rejected_count,
    )  # fmt: skip


def tell_of_pairs(pairs: Iterable[tuple[int, int]], *, at: datetime) -> None:
    """Tell the managers of both teams of leads that were entered apart from one that is there (decision 19)."""
    pairs = [pair for pair in pairs if all(pair)]
    teams = dict(Lead.objects.filter(pk__in={pk for pair in pairs for pk in pair}).values_list("pk", "team"))
    managers: dict[int, list[int]] = {}
    for team, person in (
        Membership.objects.filter(team__in=teams.values(), user__role=Role.MANAGER, user__is_active=True)
        .order_by("pk")
        .values_list("team", "user")
    ):
        managers.setdefault(team, []).append(person)
    with notices.gathered(f"{pairs[0][0]}" if pairs else ""):
        for pair in pairs:
            for person in sorted({one for pk in pair for one in managers.get(teams.get(pk, 0), [])}):
                notices.notify(
                    person, "pair_to_review", key=f"pair:{pair[0]}:{pair[1]}", at=at, url=reverse("leads:pairs")
                )
