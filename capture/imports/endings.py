"""What a lead file says about how its leads ended, where a person matched an outcome column."""

from datetime import datetime

from capture.imports.dialects import folded
from capture.models import ImportRun
from core.models import ChangeRow
from leads.bulk import Batch, disqualify
from leads.models import DisqualifyReason, Lead
from opportunities.converting import become_customers

IMPORTED = "Imported"


def carry_out(run: ImportRun, meanings: dict[str, str], outcomes: dict[int, str], fates: dict, *, at: datetime) -> None:
    """End the new leads whose rows say so, as the leads' own verbs would; a lead that was joined keeps its state."""
    ended = {
        pk: meaning for number, word in outcomes.items()
        if (meaning := meanings.get(folded(word))) in {"converted", "disqualified"}
        for fate, _why, pk in [fates[number]] if fate == "created" and pk
    }  # fmt: skip
    if not ended:
        return
    reason = DisqualifyReason.objects.get_or_create(name=IMPORTED, defaults={"position": 100, "is_active": False})[0]
    batch = Batch(at=at, by=run.by)
    for lead in Lead.objects.filter(pk__in=[pk for pk, meaning in ended.items() if meaning == "disqualified"]).order_by("pk"):
        disqualify(batch, lead, reason)
    batch.flush()
    made = become_customers([pk for pk, meaning in ended.items() if meaning == "converted"], at=at, by=run.by)
    rows = [ChangeRow(change_id=run.change_id, model="opportunities.conversion", row=one.pk, before=None) for one in made]
    ChangeRow.objects.bulk_create(rows, batch_size=1000)
