"""What a lead file says about how its leads ended, where a person matched an outcome column."""

from datetime import datetime

from capture.imports.dialects import folded
from capture.models import ImportRun
from core.models import ChangeRow
from leads.exceptions import LeadNotOpen
from leads.models import DisqualifyReason, Lead
from opportunities.conversion import convert
from opportunities.models import Conversion

IMPORTED = "Imported"


def carry_out(run: ImportRun, meanings: dict[str, str], outcomes: dict[int, str], fates: dict, *, at: datetime) -> None:
    """End the new leads whose rows say so, by the leads' own verbs; a lead that was joined keeps its state."""
    ended = {
        pk: meaning for number, word in outcomes.items()
        if (meaning := meanings.get(folded(word))) in {"converted", "disqualified"}
        for fate, _why, pk in [fates[number]] if fate == "created" and pk
    }  # fmt: skip
    if not ended:
        return
    reason = DisqualifyReason.objects.get_or_create(name=IMPORTED, defaults={"position": 100, "is_active": False})[0]
    made = []
    for lead in Lead.objects.filter(pk__in=ended).select_related("team", "owner").order_by("pk"):
        try:
            if ended[lead.pk] == "disqualified":
                lead.disqualify(reason, at=at, by=run.by)
            else:
                conversion = convert(lead, at=at, by=run.by, outcome=Conversion.Outcome.CUSTOMER, unnamed=True)
                made.append(ChangeRow(change_id=run.change_id, model="opportunities.conversion", row=conversion.pk, before=None))
        except LeadNotOpen:
            continue
    ChangeRow.objects.bulk_create(made)
