"""What a conversion asks of the database: a person waits for it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock, undo
from customers.models import Company, Contact, Status
from opportunities.models import Conversion, Opportunity
from tests.factories import leads
from tests.factories import opportunities as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(nora):
    """A lead of a firm nobody knows, with a second address and number."""
    lead = leads.lead("Åse Berg", owner=nora, email="ase@bergtre.example", company_name="Berg Tre AS", phone="+47 22 11 00 10")
    lead.emails.create(email="berg@hjem.example", key="berg@hjem.example")
    lead.phones.create(number="+47 40 00 00 01", e164="+4740000001", kind="mobile")
    return lead


@pytest.fixture
def given(nora, north):
    return {"customer": "new", "outcome": "new", "team": north.pk, "owner": nora.pk, "name": "Booths", "stage": make.stages()[0].pk,
            "expected": "1.234,50", "currency": "EUR", "close_date": "2027-02-15"}  # fmt: skip


@pytest.fixture
def converted(client_of, nora, lead, given):
    """Convert by the dialog's form; return the conversion and what was asked of the database."""
    client = client_of(nora)
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(reverse("opportunities:conversion", args=[lead.pk]), given, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return Conversion.objects.get(lead=lead), asked


def test_a_conversion_with_a_new_customer_asks_little(converted):
    _conversion, asked = converted
    assert len(asked) <= 16


def test_the_dialog_asks_little_too(client_of, nora, lead):
    client = client_of(nora)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("opportunities:conversion", args=[lead.pk]), headers={"HX-Request": "true"}).status_code == 200
    assert len(asked) <= 15


def test_and_writes_all_of_it(converted, lead):
    conversion, _asked = converted
    deal, company, contact = conversion.opportunity, conversion.company, conversion.contact
    assert [event.kind for event in deal.events.order_by("pk")] == ["opened", "attached"]
    assert {company.events.get().kind, contact.events.get().kind} == {"created"}
    assert (company.status, contact.status) == (Status.PROSPECT, Status.PROSPECT)
    assert set(contact.emails.values_list("email", flat=True)) == {"ase@bergtre.example", "berg@hjem.example"}
    assert set(contact.phones.values_list("number", "kind")) == {("+47 22 11 00 10", ""), ("+47 40 00 00 01", "mobile")}
    lead.refresh_from_db()
    assert (lead.status, lead.company, lead.contact) == ("converted", company, contact)
    told = lead.events.get(kind="converted").details
    assert (told["opportunity"], told["company"], told["contact"], told["conversion"]) == (deal.pk, "Berg Tre AS", "Åse Berg", conversion.pk)


def test_what_was_planned_goes_on_at_the_deal(client_of, nora, lead, given, at):
    lead.plan("call", at + timedelta(days=2), at=at, by=nora, summary="Offer")
    lead.plan("meeting", at + timedelta(days=1), at=at, by=nora)
    client = client_of(nora)
    with CaptureQueriesContext(connection) as asked:
        client.post(reverse("opportunities:conversion", args=[lead.pk]), given, headers={"HX-Request": "true"})
    conversion = Conversion.objects.get(lead=lead)
    deal = conversion.opportunity
    assert [(one.kind, one.summary, one.due_at) for one in deal.activities.planned().in_order()] == [
        ("meeting", "", at + timedelta(days=1)), ("call", "Offer", at + timedelta(days=2)),
    ]  # fmt: skip
    assert (deal.next_activity_at, deal.next_activity_label) == (at + timedelta(days=1), "Meeting")
    assert deal.next_activity_on == deal.next_activity_at.astimezone(ZoneInfo(deal.team.time_zone)).date()
    lead.refresh_from_db()
    assert lead.next_activity_at is None and not lead.activities.planned().exists()
    undo.take_back(conversion.change, by=nora, at=clock.now())
    lead.refresh_from_db()
    assert lead.next_activity_at == at + timedelta(days=1) and lead.activities.planned().count() == 2
    assert not Opportunity.objects.exists()
    assert len(asked) <= 19


def test_and_all_of_it_goes_when_it_is_taken_back(converted, lead, nora):
    conversion, _asked = converted
    change = undo.take_back(conversion.change, by=nora, at=clock.now())
    assert change.kept == []
    assert not (Opportunity.objects.exists() or Company.objects.exists() or Contact.objects.exists())
    lead.refresh_from_db()
    assert lead.is_open and lead.company_id is None and lead.contact_id is None
