"""Other open leads of the same person, merged along with a conversion."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.models import Change
from leads.models import Lead
from opportunities.models import Conversion, Opportunity
from tests.factories import leads as make_leads
from tests.factories import opportunities as make
from tests.harness.words import text_of

pytestmark = pytest.mark.django_db
WILL = {"headers": {"HX-Request": "true", "HX-Target": "will"}}


@pytest.fixture
def maya(nora):
    return make_leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys", title="Booths")


@pytest.fixture
def twin(nora):
    return make_leads.lead("Maya Lindqvist", owner=nora, email="maya@lindqvist.example", phone="+4740012345")


@pytest.fixture
def url(maya):
    return reverse("opportunities:conversion", args=[maya.pk])


@pytest.fixture
def given(nora, north):
    return {"customer": "new", "outcome": "new", "team": north.pk, "owner": nora.pk, "name": "Booths", "stage": make.stages()[0].pk,
            "expected": "1000", "currency": "EUR"}  # fmt: skip


def test_are_shown_with_what_speaks_for_them(client_of, nora, vera, south, maya, twin, url, at):
    make_leads.lead("Maya Lindqvist", owner=nora, email="maya@old.example").archive("test", at=at)
    make_leads.lead("Maya Lindqvist", owner=vera, team=south, email="maya@south.example")
    client = client_of(nora)
    page = text_of(client.get(url))
    assert "Duplicates 1 found Maya Lindqvist Same name · Captured" in page
    assert "Merges 1 lead into this one." in text_of(client.get(url, {"customer": "new", "outcome": "new", "merge": twin.pk}, **WILL))


def test_go_along_and_come_back(client_of, nora, maya, twin, url, given, at):
    planned = twin.plan("call", at + timedelta(days=1), at=at, by=nora, summary="Ring")
    client = client_of(nora)
    client.post(url, given | {"merge": twin.pk})
    deal = Opportunity.objects.get()
    assert Lead.objects.get(pk=twin.pk).merged_into_id == maya.pk
    assert deal.contact.phone and deal.activities.planned().get().summary == "Ring"
    client.post(reverse("core:undo", args=[Conversion.objects.get().change_id]))
    maya.refresh_from_db()
    twin.refresh_from_db()
    planned.refresh_from_db()
    assert maya.is_open and twin.is_open and maya.phone == "" and not Opportunity.objects.exists()
    assert planned.is_planned and planned.lead_id == twin.pk
    assert not Change.objects.filter(undo=Change.Undo.OPEN).exists()


def test_parted_by_hand_before_stay_as_they_are(client_of, nora, maya, twin, url, given):
    client = client_of(nora)
    client.post(url, given | {"merge": twin.pk})
    client.post(reverse("core:undo", args=[Change.objects.get(verb="merge_lead").pk]))
    client.post(reverse("core:undo", args=[Conversion.objects.get().change_id]))
    maya.refresh_from_db()
    twin.refresh_from_db()
    assert maya.is_open and twin.is_open


@pytest.mark.parametrize("is_ended", [True, False])
def test_one_that_is_ended_or_unseen_by_now_stops_all(client_of, nora, vera, south, maya, twin, url, given, at, is_ended):
    if is_ended:
        twin.archive("test", at=at)
    else:
        twin.assign_to(vera, at=at)
    answer = client_of(nora).post(url, given | {"merge": twin.pk})
    maya.refresh_from_db()
    assert answer.status_code == 422 and "ended or handed on meanwhile" in text_of(answer)
    assert maya.is_open and not Opportunity.objects.exists()


def test_a_mistake_in_the_form_merges_nothing(client_of, nora, twin, url, given):
    answer = client_of(nora).post(url, given | {"merge": twin.pk, "name": ""})
    twin.refresh_from_db()
    assert answer.status_code == 422 and twin.is_open and "Duplicates 1 found" in text_of(answer)
