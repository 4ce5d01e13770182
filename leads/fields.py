"""The lead's fields that conditions may ask about: an allow-list, in the order the builder shows them."""

from django.contrib.auth import get_user_model
from django.db.models import Case, CharField, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from core.conditions import Field, register
from core.conditions.fields import typed
from core.models import Tag
from leads.models import Campaign, Channel, Engagement, Lead, Medium, Quality, Source, Temperature
from leads.places import language_code
from leads.querysets import PUT_OFF

PERSON, COMPANY, ORIGIN, DOINGS, WORK = _("Person"), _("Company"), _("Where it came from"), _("What they did"), _("Work")


def _names(model):
    return lambda: list(model.objects.order_by("name").values_list("pk", "name"))


def _people():
    return list(get_user_model().objects.by_name().values_list("pk", "name"))


def _teams():
    return list(Lead._meta.get_field("team").related_model.objects.order_by("name").values_list("pk", "name"))


def _status() -> Case:
    """Say in SQL what Lead.status says of one."""
    return Case(
        When(merged_at__isnull=False, then=Value("merged")),
        When(converted_at__isnull=False, then=Value("converted")),
        When(disqualified_at__isnull=False, then=Value("disqualified")),
        When(archived_at__isnull=False, then=Value("archived")),
        When(Q(sql_at__isnull=False) | Q(qualification="accept"), then=Value("qualified")),
        When(first_contacted_at__isnull=False, then=Value("contacted")),
        default=Value("new"), output_field=CharField(),
    )


def _ways_to_stand() -> dict[str, Q]:
    """Say the same one by one, in conditions an index knows."""
    judged = Q(sql_at__isnull=False) | Q(qualification="accept")
    apart = Q(merged_into__isnull=True)
    ended = apart & Q(converted_at__isnull=True)
    put_away = ended & Q(disqualified_at__isnull=True)
    fresh = Q(is_open=True) & ~judged
    return {
        "merged": Q(merged_into__isnull=False), "converted": apart & Q(converted_at__isnull=False),
        "disqualified": ended & Q(disqualified_at__isnull=False), "archived": put_away & Q(archived_at__isnull=False),
        "qualified": Q(is_open=True) & judged, "contacted": fresh & Q(first_contacted_at__isnull=False),
        "new": fresh & Q(first_contacted_at__isnull=True),
    }  # fmt: skip


STATUSES = [
    ("new", _("New")), ("contacted", _("Contacted")), ("qualified", _("Qualified")), ("converted", _("Converted")),
    ("disqualified", _("Disqualified")), ("archived", _("Archived")), ("merged", _("Merged")),
]  # fmt: skip
QUALIFICATIONS = [
    ("accept", _("accepted")), ("keep", _("kept in the pool")), ("nurture", _("comes back later")),
    ("archive", _("archived")), ("opportunity", _("opportunity")),
]  # fmt: skip


WAITING = Q(is_open=True, first_contacted_at__isnull=True) & ~PUT_OFF


def _waiting() -> Case:
    return Case(When(WAITING, then=True), default=False)


def _text(key, label, group, *, is_long=False):
    return Field(key, label, "text", column=key, group=group, is_never_null=True, is_long=is_long)


def _number(key, label, group):
    return Field(key, label, "number", column=key, group=group)


def _date(key, label, group=WORK):
    return Field(key, label, "date", column=key, group=group)


def _choice(key, label, group, options):
    return Field(key, label, "choice", column=key, group=group, options=options, is_never_null=True)


def _relation(key, label, group, options):
    table = Lead._meta.get_field(key).related_model._meta.label_lower
    return Field(key, label, "choice", column=f"{key}_id", group=group, options=options, cast=int, table=table)


def _person(key, label):
    return Field(key, label, "person", column=f"{key}_id", group=WORK, options=_people, cast=int)


SAID = ("url", "page", "name", "subject")  # of an act's details: what it was about


def _act_text():
    return Concat(*(piece for key in SAID for piece in (_json_text(key, "details"), _words(" "))), output_field=TextField())


def _json_text(key: str, column: str):
    return Coalesce(typed(key, "string", KeyTextTransform(key, column), column), _words(""), output_field=TextField())


def _words(text: str) -> Value:
    return Value(text, output_field=TextField())


def _acts_of(kind: str):
    def value_of(lead: Lead) -> tuple:
        rows = (row for row in lead.engagements.all() if row.kind == kind and row.actor == Engagement.Actor.HUMAN)
        return tuple(sorted(((row.occurred_at, _said(row.details)) for row in rows), reverse=True))

    return value_of


def _said(details) -> str:
    known = details if isinstance(details, dict) else {}
    return "".join(f"{known[key]} " if isinstance(known.get(key), str) else " " for key in SAID)


def _act(kind: str, label) -> Field:
    return Field(
        f"did.{kind}", label, "act", group=DOINGS, value_of=_acts_of(kind), through=lambda: Engagement, link=("lead_id", ""),
        narrow={"kind": kind, "actor": Engagement.Actor.HUMAN}, text=_act_text, prefetch="engagements",
    )  # fmt: skip


def _landing_page():
    return Concat(*(_json_text(key, "first_touch") for key in LANDING), output_field=TextField())


LANDING = ("landing_page", "landing")


def _landing_of(lead: Lead) -> str:
    touch = lead.first_touch if isinstance(lead.first_touch, dict) else {}
    return "".join(touch[key] for key in LANDING if isinstance(touch.get(key), str))


FIELDS = [
    _number("score", _("Score"), WORK),
    _choice("temperature", _("Temperature"), WORK, Temperature.choices),
    Field("status", _("Status"), "choice", expression=_status, value_of=lambda lead: lead.status, options=STATUSES, group=WORK,
          ways=_ways_to_stand()),
    _choice("qualification", _("Qualification"), WORK, QUALIFICATIONS),
    _person("owner", _("Owner")),
    _relation("team", _("Team"), WORK, _teams),
    Field("waiting", _("Waiting for a first reply"), "flag", expression=_waiting, group=WORK,
          ways={True: WAITING}, value_of=lambda lead: lead.is_waiting),
    _number("stars", _("Stars"), WORK),
    Field("tags", _("Tag"), "tag", column="tags", group=WORK, options=_names(Tag), cast=int,
          value_of=lambda lead: {tag.pk for tag in lead.tags.all()}, prefetch="tags",
          through=lambda: Lead.tags.through, link=("lead_id", "tag_id"), table=Tag._meta.label_lower),
    _date("captured_at", _("Captured")),
    _date("assigned_at", _("Assigned")),
    _date("first_contacted_at", _("First contact")),
    _date("next_activity_at", _("Next activity")),
    _date("come_back_at", _("Comes back")),
    _date("temperature_at", _("Temperature since")),
    _date("qualified_at", _("Qualification decided")),
    _date("mql_at", _("Marketing qualified")),
    _date("sql_at", _("Sales qualified")),
    _person("created_by", _("Entered by")),
    _text("name", _("Name"), PERSON),
    _text("job_title", _("Job title"), PERSON),
    _text("email", _("E-mail"), PERSON),
    _text("email_domain", _("E-mail domain"), PERSON),
    Field("is_free_mail", _("Private mail address"), "flag", column="is_free_mail", group=PERSON),
    _choice("email_quality", _("E-mail quality"), PERSON, [pair for pair in Quality.choices if pair[0]]),
    _text("phone", _("Phone"), PERSON),
    _choice("phone_quality", _("Phone quality"), PERSON, [pair for pair in Quality.choices if pair[0]]),
    Field("language", _("Language"), "language", column="language", group=PERSON, is_never_null=True, reads=language_code),
    _text("company_name", _("Company"), COMPANY),
    _text("industry", _("Industry"), COMPANY),
    _number("company_size", _("Employees"), COMPANY),
    Field("country", _("Country"), "country", column="country", group=COMPANY),
    _text("region", _("Region"), COMPANY),
    Field("postcode", _("Postcode"), "code", column="postcode", group=COMPANY),
    _text("city", _("City"), COMPANY),
    _text("website", _("Website"), COMPANY),
    Field("is_customer", _("Existing customer"), "flag", group=COMPANY, value_of=lambda lead: lead.company_id is not None,
          expression=lambda: Case(When(company__isnull=False, then=True), default=False)),
    _number("expected_revenue", _("Expected revenue"), COMPANY),
    _text("currency", _("Currency"), COMPANY),
    _choice("channel", _("Channel"), ORIGIN, Channel.choices),
    _relation("source", _("Source"), ORIGIN, _names(Source)),
    _relation("medium", _("Medium"), ORIGIN, _names(Medium)),
    _relation("campaign", _("Campaign"), ORIGIN, _names(Campaign)),
    _relation("last_source", _("Latest source"), ORIGIN, _names(Source)),
    _relation("last_medium", _("Latest medium"), ORIGIN, _names(Medium)),
    _relation("last_campaign", _("Latest campaign"), ORIGIN, _names(Campaign)),
    Field("landing_page", _("Landing page"), "text", expression=_landing_page, value_of=_landing_of, group=ORIGIN),
    _text("referred_by", _("Referred by"), ORIGIN),
    _text("title", _("Wants"), ORIGIN),
    _text("message", _("Message"), ORIGIN, is_long=True),
    _date("occurred_at", _("Happened at the source"), ORIGIN),
    _date("last_engaged_at", _("Last engaged"), DOINGS),
    _number("visits", _("Visits"), DOINGS),
    _number("pages_viewed", _("Pages viewed"), DOINGS),
    _number("seconds_on_site", _("Seconds on site"), DOINGS),
    _number("emails_opened", _("E-mails opened"), DOINGS),
    _number("emails_clicked", _("E-mails clicked"), DOINGS),
    _number("emails_replied", _("E-mails replied to"), DOINGS),
    _act("open", _("Opening an e-mail")),
    _act("click", _("Clicking in an e-mail")),
    _act("reply", _("Replying")),
    _act("page", _("Viewing a page")),
    _act("visit", _("Visiting the site")),
    _act("form", _("Sending a form")),
    _act("event", _("Attending an event")),
]  # fmt: skip

register("lead", *FIELDS)
