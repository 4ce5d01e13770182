"""What the operations page shows of acts on many leads: which wait, and which were set aside with their reason."""

from django.db.models import Q
from django.utils.translation import gettext_lazy

from core import operations
from leads.mass.models import MassAct


def _act(act: MassAct) -> tuple[str, str]:
    """Name an act by its verb and number: whose leads it is about, only they themselves may see."""
    return f"{act.get_verb_display()} {act.pk}", ""


operations.register_work("acts", gettext_lazy("Acts on many leads"), MassAct.objects, _act, within=Q(step__in=MassAct.MOVING))
