"""The opportunity's fields that the board's filters may ask about: an allow-list, in the order they are shown."""

from datetime import date, timedelta

from django.contrib.auth import get_user_model
from django.db.models import Case, CharField, DurationField, ExpressionWrapper, F, Func, Q, Value, When
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core import clock
from core.conditions import Field, register
from core.models import Tag
from leads.models import Campaign, Medium, Source
from opportunities.models import Opportunity

DEAL, WORK, ORIGIN = _("Deal"), _("Work"), _("Where it came from")
MONTHS_BACK, MONTHS_AHEAD = 12, 24  # that may be chosen as close month
KEPT = frozenset({"owner", "team", "currency"})  # fields by which the heads of columns are kept, too


def _names(model):
    return lambda: list(model.objects.order_by("name").values_list("pk", "name"))


def _people():
    return list(get_user_model().objects.by_name().values_list("pk", "name"))


def _teams():
    return list(Opportunity._meta.get_field("team").related_model.objects.order_by("name").values_list("pk", "name"))


def month_after(day: date, months: int) -> date:
    """Return the first day of the month so many months on."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, 1)


def _months() -> list[tuple[str, str]]:
    """Return the months from this one on, then those before."""
    today = clock.now().date()
    months = (month_after(today, n) for n in (*range(MONTHS_AHEAD + 1), *range(-1, -MONTHS_BACK - 1, -1)))
    return [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in months]


class _MonthOf(Func):
    function, template = "to_char", "%(function)s(%(expressions)s, 'YYYY-MM')"
    output_field = CharField()


def _stale() -> Case:
    """Say in SQL what the hourglass on a card says: no change for as many days as its stage allows."""
    allowed = ExpressionWrapper(F("stage__rots_after") * Value(timedelta(days=1)), output_field=DurationField())
    is_stale = Q(stage__rots_after__isnull=False, stage_since__lte=clock.now() - allowed)
    return Case(When(is_stale, then=True), default=False)


def _is_stale(deal: Opportunity) -> bool:
    limit = deal.stage.rots_after
    return limit is not None and (clock.now() - deal.stage_since).days >= limit


def _relation(key, label, group, options):
    table = Opportunity._meta.get_field(key).related_model._meta.label_lower
    return Field(key, label, "choice", column=f"{key}_id", group=group, options=options, cast=int, table=table)


register(
    "opportunity",
    Field("owner", _("Owner"), "person", column="owner_id", options=_people, cast=int, group=WORK),
    _relation("team", _("Team"), WORK, _teams),
    Field("no_next_step", _("No next step"), "flag", group=WORK, value_of=lambda deal: deal.next_activity_at is None,
          expression=lambda: Case(When(next_activity_at__isnull=True, then=True), default=False)),
    Field("next_activity_at", _("Next activity"), "date", column="next_activity_at", group=WORK),
    Field("is_stale", _("Stale"), "flag", expression=_stale, value_of=_is_stale, group=WORK),
    Field("stage_since", _("In this stage since"), "date", column="stage_since", group=WORK),
    Field("tags", _("Tag"), "tag", column="tags", group=WORK, options=_names(Tag), cast=int, prefetch="tags",
          value_of=lambda deal: {tag.pk for tag in deal.tags.all()}, through=lambda: Opportunity.tags.through,
          link=("opportunity_id", "tag_id"), table=Tag._meta.label_lower),
    Field("close_month", _("Close month"), "choice", expression=lambda: _MonthOf(F("close_date")), options=_months, group=DEAL,
          value_of=lambda deal: f"{deal.close_date:%Y-%m}" if deal.close_date else None),
    Field("close_date", _("Expected close"), "date", column="close_date", precision="day", group=DEAL),
    Field("amount", _("Open amount"), "number", column="amount_open", group=DEAL),
    Field("currency", _("Currency"), "text", column="currency", group=DEAL),
    Field("probability", _("Probability, 0 to 1"), "number", column="probability", group=DEAL),
    Field("score", _("Score"), "number", column="score", group=DEAL),
    Field("name", _("Name"), "text", column="name", group=DEAL),
    Field("customer", _("Customer"), "text", expression=lambda: F("company__name"), group=DEAL,
          value_of=lambda deal: deal.company.name if deal.company_id else ""),
    Field("opened_at", _("Opened"), "date", column="opened_at", group=DEAL),
    _relation("source", _("Source"), ORIGIN, _names(Source)),
    _relation("medium", _("Medium"), ORIGIN, _names(Medium)),
    _relation("campaign", _("Campaign"), ORIGIN, _names(Campaign)),
)  # fmt: skip
