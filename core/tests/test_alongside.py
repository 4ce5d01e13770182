"""What is read with a record is what its own queries would say."""

import pytest

from core import alongside
from core.alongside import Part
from core.models import Tag
from leads.models import Lead, LeadActivity, LeadEmail, LeadEvent
from opportunities.models import Opportunity
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db

LATEST = Part("latest_events", lambda lead: LeadEvent.objects.filter(lead=lead).order_by("-pk")[:2], also=("actor__name",), without=("recorded_at",))


@pytest.fixture
def maya(nora, at):
    lead = factories.lead("Maya ‘O’ 李", owner=nora, email="maya@nordlys.example", phone="+46 40 555 01 42", at=at)
    for name in ("fair", '"quoted" {x}'):
        lead.give_tag(Tag.objects.create(name=name), at=at, by=nora)
    lead.note("ünïcode \\ \" ' \n second line", at=at, by=nora)
    return lead


def whole(lead, *parts, relations=()):
    return alongside.read(Lead.objects.filter(pk=lead.pk), *parts, relations=relations).get()


def test_rows_are_the_same_as_by_their_own_query(maya, django_assert_num_queries):
    plain = Lead.objects.get(pk=maya.pk)
    asked = alongside.of(plain, LATEST)
    read = whole(maya, LATEST)
    with django_assert_num_queries(0):
        kept = alongside.of(read, LATEST)
        said = [(row.pk, row.kind, row.details, row.occurred_at, row.actor_id, row.actor.name if row.actor else None) for row in kept]
    assert kept == asked
    assert said == [(row.pk, row.kind, row.details, row.occurred_at, row.actor_id, row.actor.name if row.actor else None) for row in asked]


def test_relations_answer_without_asking(maya, django_assert_num_queries):
    read = whole(maya, relations=["emails", "phones", "tags"])
    with django_assert_num_queries(0):
        said = [row.email for row in read.emails.all()], [row.e164 for row in read.phones.all()], sorted(tag.name for tag in read.tags.all())
    assert said == (["maya@nordlys.example"], ["+46405550142"], ['"quoted" {x}', "fair"])
    assert read.emails.filter(email="none").count() == 0  # a narrower question still asks


def test_a_column_left_out_is_read_when_it_is_asked_for(maya, django_assert_num_queries):
    first = alongside.of(whole(maya, LATEST), LATEST)[0]
    with django_assert_num_queries(1):
        assert first.recorded_at


def test_records_without_any_have_none(nora):
    lead = factories.lead("Nobody", owner=nora)
    LeadEmail.objects.filter(lead=lead).delete()
    part = Part("planned", lambda key: LeadActivity.objects.filter(lead=key))
    read = whole(lead, part, relations=["emails"])
    assert (alongside.of(read, part), list(read.emails.all())) == ([], [])


def test_money_is_refused_rather_than_read_inexactly(maya, at, nora):
    factories.lead("Other", owner=nora)
    part = Part("leads_of_team", lambda team: Lead.objects.filter(team=team).only("pk", "expected_revenue"), key="team_id")
    with pytest.raises(TypeError, match="exact"):
        whole(maya, part)
    assert not Opportunity.objects.exists()
