"""What lists, rules and audiences may ask about a score besides its number."""

from django.utils.translation import gettext_lazy as _

from core.conditions import Field, register
from leads.fields import WORK
from leads.models import Fit

LEVELS = [(1, _("1, very engaged")), (2, _("2, somewhat engaged")), (3, _("3, hardly engaged"))]

register(
    "lead",
    Field("fit", _("Fit"), "choice", column="fit", group=WORK, options=Fit.choices),
    Field("engagement", _("Engagement"), "choice", column="engagement", group=WORK, options=LEVELS, cast=int),
)
