"""The page of a lead asks the database little, however much there is to tell."""

from datetime import timedelta

import pytest

from core import clock
from core.models import Tag
from leads.ideals import Criterion
from leads.models import Lead, LeadEvent, PossibleDuplicate
from scoring.models import HandScore, Score
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db

ENTRIES, MOST_QUERIES = 5_000, 12
DETAILS = ({"text": "Wants the larger one."}, {"outcome": "no_answer", "note": ""}, {"before": 40, "after": 41})


@pytest.fixture
def maya(nora, at):
    """A lead with something of everything its page can show."""
    factories.custom_field("budget", label="Budget")
    lead = factories.lead(
        "Maya Lindqvist", owner=nora, email="maya@nordlys.example", phone="+46 40 555 01 42", company_name="Nordlys", at=at,
        source=factories.source("Website"), score=80,
    )  # fmt: skip
    lead.edit({"custom": {"budget": "12"}}, at=at, by=nora)
    lead.give_tag(Tag.objects.create(name="fair"), at=at, by=nora)
    for n in range(3):
        lead.plan("call", at + timedelta(days=n), summary="Next step", at=at, by=nora)
    Criterion.objects.create(team=lead.team, name="From a fair", conditions={"all": [{"field": "tags", "op": "any", "value": [1]}]})
    said = {"up": [{"field": "custom.budget", "label": "Budget", "value": 12, "points": 3}], "down": [], "other": 1, "base": 50}
    for n in range(3):
        Score.objects.create(lead=lead, value=60 + n, probability=0.6, scored_at=at + timedelta(minutes=n), reasons=said)
    HandScore.objects.create(lead=lead, value=80, why="met her", by=nora, at=at)
    old = factories.lead("M. Lindqvist", owner=nora, score=71)
    old.archive("old", at=at, by=nora)
    old.edit({"email": "maya@nordlys.example"}, at=at, by=nora)
    Lead.objects.filter(pk=factories.lead("Maya L.", owner=nora).pk).update(merged_into=lead, merged_at=at)
    twin = factories.lead("Maja Lindqvist", owner=nora, score=71)
    PossibleDuplicate.objects.create(lead=twin, other=lead, reasons=[{"code": "same_phone", "values": {}}])
    return lead


def test_shows_five_thousand_entries_with_everything_in_twelve_queries(nora, maya, client_of, django_assert_max_num_queries):
    at = clock.now()
    LeadEvent.objects.bulk_create(
        (LeadEvent(lead=maya, kind=("noted", "called", "scored")[n % 3], actor=nora, occurred_at=at, details=DETAILS[n % 3])
         for n in range(ENTRIES)), batch_size=1000,
    )  # fmt: skip
    client = client_of(nora)
    client.get("/leads/")  # the list one comes from: the numbers of the navigation are known for some seconds then
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(f"{maya.get_absolute_url()}?list=").content.decode()
    for said in ("Wants the larger one.", "Set to 80 by", "Budget", "Ideal customer: ", "fair", "Maja Lindqvist", "One earlier enquiry", "Older", "Next"):
        assert said in page, said
    assert LeadEvent.objects.filter(lead=maya).count() >= ENTRIES


def test_a_part_of_the_page_costs_no_more(nora, maya, client_of, django_assert_max_num_queries):
    client = client_of(nora)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(f"{maya.get_absolute_url()}?kind=messages", headers={"HX-Request": "true", "HX-Target": "story"})
