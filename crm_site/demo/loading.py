"""Tell the demo stories with the product's own verbs, each in one transaction on a clock set back to its day.

Nothing of a story is seen by workers before it is whole, so none of it is decided on today's clock.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from assignment.models import AssignmentRule, QualificationRule
from capture import intake, qualifying
from capture.channels import receive
from capture.models import Submission
from core import business, clock, locks, notices
from core.models import Tag
from crm_site.demo import policies, stories
from crm_site.demo.stories import Step, Story
from customers.models import Company, Contact
from leads.models import DisqualifyReason, Lead
from opportunities import conversion
from opportunities.models import LostReason, Opportunity, Pipeline
from scoring import deals, scores, training
from scoring.models import Training
from teams.models import SalesTeam, User

log = logging.getLogger(__name__)
TAG_TONES = {"Booths": "info", "Returning": "ok", "Tender": "warm", "Storage": "none", "Pods": "care", "Desks": "warm",
             "Acoustics": "cold", "Fire class": "hot", "Framework": "care"}  # fmt: skip
LATELY = timedelta(hours=2)  # the second model serves before the leads of today come in
RULES = (
    ("Iberia and France", ["ES", "PT", "FR"], "Iberia Hospitality"),
    ("Germany, Austria, Switzerland", ["DE", "AT", "CH"], "DACH Direct"),
)


def load(*, at: datetime) -> int:
    """Load the demo once; returns how many leads it told of. Stopped half-way, the next call tells the rest."""
    if business.get("demo_loaded"):
        return 0
    business.put("organisation_name", "Fjord & Finch")
    business.put("demo_is_loading", True)
    try:
        set_up()
        with notices.muted():
            told = tell_the_past(at=at)
        policies.ask_to_accept()
        for number, story in enumerate(stories.FRESH):
            told += tell(story, f"demo-fresh-{number}", at=clock.now())
        business.put("demo_loaded", True)
        return told
    finally:
        business.put("demo_is_loading", False)


def tell_the_past(*, at: datetime) -> int:
    """Tell what happened before today: what ended first teaches the scores, which later leads then prove right or wrong."""
    past, told = stories.past(), 0
    first = [story for story in past if story.days_ago > stories.LEARNT]
    with locks.only_one("scoring.bulk_train"):  # no worker learns from the half of it
        told += tell_all(first, "demo-past", at=at)
        learn_once(at=at - timedelta(days=stories.LEARNT))
        policies.set_up(at=at)
        told += tell_all([*deal_stories(), *stories.WORKING, *stories.waiting_pool()], "demo", at=at)  # what people look at first
        told += tell_all(past[len(first) :], "demo-later", at=at)
        learn(at=at - LATELY)
        learn(at=at - LATELY, question="deal")
    grade_anew(at=at - LATELY)
    return told


def tell_all(told: list[Story], key: str, *, at: datetime) -> int:
    return sum(tell(story, f"{key}-{number}", at=at) for number, story in enumerate(told))


def learn_once(*, at: datetime) -> None:
    """Learn the first model on its day, unless something was learnt already."""
    if not Training.objects.filter(question="lead").exists():
        learn(at=at)


def learn(*, at: datetime, question: str = "lead") -> None:
    with clock.stopped_at(at):
        training.train(at=at, question=question)


def grade_anew(*, at: datetime) -> None:
    """Give what is open the scores of what was learnt last, as the workers would within the minute."""
    with clock.stopped_at(at):
        while scores.rescore(at=at) or deals.rescore(at=at):
            pass


def set_up() -> None:
    """The rules and tags of Fjord & Finch; set-up is kept when the demo goes.

    The first, empty team gives way as the default one, so that what no rule sends elsewhere finds people.
    """
    empty = SalesTeam.objects.filter(is_default=True, memberships__isnull=True)
    if (north := SalesTeam.objects.filter(name="EMEA North").first()) and empty.update(is_default=False):
        SalesTeam.objects.filter(pk=north.pk).update(is_default=True)
    for position, (name, countries, team) in enumerate(RULES):
        if found := SalesTeam.objects.filter(name=team).first():
            AssignmentRule.objects.get_or_create(
                name=name,
                team=None,
                defaults={
                    "position": position,
                    "to_team": found,
                    "conditions": {"all": [{"field": "country", "op": "is", "value": countries}]},
                },
            )
    QualificationRule.objects.get_or_create(
        name="Rents or wants free samples",
        team=None,
        defaults={
            "position": 0,
            "outcome": "keep",
            "conditions": {"all": [{"field": "message", "op": "contains", "value": ["rent", "free sample"]}]},
        },
    )
    for name, tone in TAG_TONES.items():
        Tag.objects.get_or_create(name=name, defaults={"tone": tone})


def deal_stories() -> list[Story]:
    """The board's deals as stories: captured, called, converted, moved to where they stand."""
    told = []
    for name, company, person, country, stage, amount, days, activity, tags in stories.DEALS:
        trade, people = stories.BUYERS[company]
        raw = {"name": person, "company": company, "country": country, "message": name, "industry": trade, "employees": str(people),
               "email": f"{person.split()[0]}@{company.replace(' ', '').replace('í', 'i')}.example".lower()}  # fmt: skip
        age = days + 9
        steps = (
            stories.step("call", 40, outcome="reached"),
            stories.step(
                "deal",
                60 * 24 * 3,
                name=name,
                amount=amount,
                stage=stage,
                stage_days=days,
                activity=activity,
                tags=tags,
            ),
        )
        told.append(Story("web_form", age, raw, "Website", steps))
    return told


@transaction.atomic
def tell(story: Story, key: str, *, at: datetime) -> int:
    """Capture one lead and let its story happen; returns 1, or 0 when it was told before or joined another's."""
    if Submission.objects.filter(external_id=key, is_demo=True).exists():
        return 0
    captured = at - timedelta(days=story.days_ago)
    if story.days_ago > 2:
        captured = in_working_hours(captured)
    with clock.stopped_at(captured):
        raw = {**story.raw, "source": story.source}
        entry = receive(story.channel, raw, external_id=key, occurred_at=captured)
        intake.take_in(at=captured, only=[entry.pk])
        entry.refresh_from_db()
        if entry.result != Submission.Result.CREATED:
            return 0
        qualifying.qualify_due(at=captured + timedelta(seconds=4), only=[entry.lead_id])
    Submission.objects.filter(pk=entry.pk).update(is_demo=True)
    Lead.objects.filter(pk=entry.lead_id).update(is_demo=True)
    for happened in story.steps:
        moment = captured + timedelta(minutes=happened.after)
        if moment > at:
            continue
        lead = Lead.objects.get(pk=entry.lead_id)
        if not lead.is_open:
            break
        with clock.stopped_at(moment):
            STEPS[happened.verb](lead, happened, at=moment, now=at)
    mark(Lead.objects.get(pk=entry.lead_id))
    return 1


def in_working_hours(moment: datetime) -> datetime:
    """Move a moment to a weekday between 8 and 17 o'clock UTC, on a quarter of an hour."""
    moment -= timedelta(days=max(moment.weekday() - 4, 0))
    return moment.replace(hour=8 + moment.hour * 9 // 24, minute=moment.minute // 15 * 15, second=0, microsecond=0)


def due_on(now: datetime, days: float) -> datetime:
    """Return when something planned falls due: hours from now to the quarter, or a working hour of another day."""
    due = (now + timedelta(days=days)).replace(second=0, microsecond=0)
    due = due.replace(minute=due.minute // 15 * 15)
    return due if abs(days) < 1 else due.replace(hour=8 + due.hour * 9 // 24)


def mark(lead: Lead) -> None:
    """Name everything a story made a demo record, so that one button can remove it."""
    Opportunity.objects.filter(conversions__lead=lead).update(is_demo=True)
    Contact.objects.filter(pk=lead.contact_id).update(is_demo=True)
    Company.objects.filter(pk=lead.company_id).update(is_demo=True)


def actor(lead: Lead) -> User:
    return lead.owner or User.objects.filter(is_demo=True, role="manager").order_by("pk").first()


def call(lead: Lead, happened: Step, *, at: datetime, now: datetime) -> None:
    lead.log_call(happened.values["outcome"], happened.values.get("note", ""), at=at, by=actor(lead))


def note(lead: Lead, happened: Step, *, at: datetime, now: datetime) -> None:
    lead.note(happened.values["text"], at=at, by=actor(lead))


def plan(lead: Lead, happened: Step, *, at: datetime, now: datetime) -> None:
    values = happened.values
    lead.plan(values["kind"], due_on(now, values["due"]), at=at, by=actor(lead), summary=values["summary"])


def disqualify(lead: Lead, happened: Step, *, at: datetime, now: datetime) -> None:
    lead.disqualify(DisqualifyReason.objects.get(name=happened.values["reason"]), at=at, by=actor(lead))


def convert(lead: Lead, happened: Step, *, at: datetime, now: datetime) -> None:
    """Convert a lead of the past and close its deal ten days later."""
    by = actor(lead)
    opened = conversion.convert(
        lead, at=at, by=by, outcome="new", company="new", contact="new", owner=by, name=f"{lead.industry or 'Office'}, {lead.company_name}",
        expected=Decimal(str(happened.values["amount"])),
    )  # fmt: skip
    closing = at + timedelta(days=10)
    if closing > now:
        return
    with clock.stopped_at(closing):
        if happened.values["then"] == "won":
            opened.opportunity.win(at=closing, by=by)
        else:
            opened.opportunity.lose(LostReason.objects.get(name="Price"), at=closing, by=by)


def deal(lead: Lead, happened: Step, *, at: datetime, now: datetime) -> None:
    """Convert and bring the deal to its stage, with its next step."""
    values, by = happened.values, actor(lead)
    stages = {stage.name: stage for stage in Pipeline.objects.get(is_default=True).stages.all()}
    opened = conversion.convert(
        lead, at=at, by=by, outcome="new", company="new", contact="new", owner=by, name=values["name"],
        expected=Decimal(values["amount"]), close_date=(now + timedelta(days=30 + values["stage_days"])).date(),
    ).opportunity  # fmt: skip
    opened.tags.set(Tag.objects.filter(name__in=values["tags"]))
    moved = now - timedelta(days=values["stage_days"])
    with clock.stopped_at(moved):
        if (stage := stages.get(values["stage"])) and stage != opened.stage:
            opened.move_to(stage, at=moved, by=by)
        if values["activity"]:
            kind, summary, due = values["activity"]
            opened.plan(kind, due_on(now, due), at=moved, by=by, summary=summary)


def mail(lead: Lead, happened: Step, *, at: datetime, now: datetime) -> None:
    """Write from outside: only that it happened is known."""
    lead.record("mailed", at=at, by=actor(lead), outside=True)
    lead.contacted(at=at, by=actor(lead))


STEPS = {
    "call": call,
    "note": note,
    "plan": plan,
    "disqualify": disqualify,
    "convert": convert,
    "deal": deal,
    "mail": mail,
}
