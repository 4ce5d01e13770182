"""Many leads at once: all of it for those that are as they were read, nothing for the others."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import models

from leads.bulk import Batch
from leads.models import Lead, LeadEvent
from scoring.models import Snapshot
from tests.factories import leads


@pytest.fixture
def batch(at) -> Batch:
    return Batch(at=at)


class TestFlush:
    def test_stores_columns_and_rows_in_few_statements(self, batch, at, nora, django_assert_max_num_queries):
        rows = [leads.lead(team=nora.seats[0].team) for _ in range(30)]
        for lead in rows:
            batch.change(lead, owner_id=nora.pk, assigned_at=at, custom={"name": "Ñandú “é” \\ \n{}", "n": [1, None]})
            batch.record(lead, "assigned", to=nora.pk, name="Zoë\t\\N \"Ø\"")
        with django_assert_max_num_queries(5):
            assert batch.flush() == {lead.pk for lead in rows}
        fresh = Lead.objects.get(pk=rows[7].pk)
        assert (fresh.owner, fresh.version, fresh.custom) == (nora, 2, {"name": "Ñandú “é” \\ \n{}", "n": [1, None]})
        assert rows[7].version == 2
        assert LeadEvent.objects.get(lead=fresh, kind="assigned").details["name"] == "Zoë\t\\N \"Ø\""

    def test_different_columns_for_different_leads(self, batch, at, db):
        one, other, third = leads.lead(), leads.lead(), leads.lead()
        batch.change(one, score=70)
        batch.change(other, temperature="hot", come_back_at=None)
        batch.record(third, "noted", text="x")
        assert batch.flush() == {one.pk, other.pk, third.pk}
        assert list(Lead.objects.order_by("pk").values_list("score", "temperature")) == [(70, ""), (None, "hot"), (None, "")]

    def test_a_score_leaves_the_version_alone(self, batch, db):
        lead = leads.lead()
        batch.change(lead, score=70)
        batch.flush()
        assert Lead.objects.get(pk=lead.pk).version == 1

    @pytest.mark.parametrize("meanwhile", [{"version": 2}, {"archived_at": leads.MORNING}])
    def test_who_changed_meanwhile_takes_none_of_it(self, batch, at, db, meanwhile):
        lead, other = leads.lead(), leads.lead()
        for one in (lead, other):
            batch.change(one, score=70)
            batch.record(one, "scored", after=70)
            batch.add_once(Snapshot, one, fields={}, taken_at=at)
        Lead.objects.filter(pk=lead.pk).update(**meanwhile)
        assert batch.flush() == {other.pk}
        assert Lead.objects.get(pk=lead.pk).score is None
        assert not lead.events.filter(kind="scored").exists()
        assert list(Snapshot.objects.values_list("lead", flat=True)) == [other.pk]

    def test_a_lease_that_went_to_somebody_else_ends_it(self, at, db):
        lead, mine = leads.lead(), uuid.uuid4()
        Lead.objects.filter(pk=lead.pk).update(qualify_token=uuid.uuid4())
        batch = Batch(at=at, token=mine)
        batch.change(lead, score=70)
        assert batch.flush() == set()
        Lead.objects.filter(pk=lead.pk).update(qualify_token=mine)
        batch.change(lead, score=70, qualify_token=None)
        assert batch.flush() == {lead.pk}

    def test_the_only_row_stays_as_it_was(self, batch, at, db):
        lead = leads.lead()
        for fields in ({"source": "Fair"}, {"source": "Phone"}):
            batch.add_once(Snapshot, lead, fields=fields, taken_at=at)
            batch.flush()
        assert Snapshot.objects.get(lead=lead).fields == {"source": "Fair"}

    def test_nothing_is_nothing(self, batch, db):
        assert batch.flush() == set()


class TestLeanReading:
    def test_has_what_was_read_and_reads_the_rest_for_all_at_once(self, north, nora, django_assert_num_queries):
        for name in ("Ida", "Ola"):
            leads.lead(name, team=north, country="NO")
        with django_assert_num_queries(2):
            rows = list(Lead.objects.only("name", "team").order_by("name").fetch_mode(models.FETCH_PEERS))
            assert [(lead.name, lead.team_id, lead.country) for lead in rows] == [("Ida", north.pk, "NO"), ("Ola", north.pk, "NO")]
        one = Lead.objects.only("name").get(name="Ida")
        assert one == Lead.objects.get(name="Ida") and "country" in one.get_deferred_fields() and not one._state.adding
        one.name = "Eva"
        one.save(update_fields=["name"])
        assert Lead.objects.get(pk=one.pk).name == "Eva"

    def test_moments_nothing_and_whole_numbers_are_written_as_they_are(self, north, nora):
        at = datetime(2026, 11, 18, 9, 30, 1, 234567, tzinfo=UTC)
        rows = [leads.lead(f"Lead {n}", team=north) for n in range(3)]
        batch = Batch(at=at)
        for lead, when, who in zip(rows, (at, None, at - timedelta(days=300)), (nora.pk, None, nora.pk), strict=True):
            batch.change(lead, owner_id=who, assigned_at=at, come_back_at=when)
        assert batch.flush() == {lead.pk for lead in rows}
        stored = Lead.objects.order_by("pk").values_list("come_back_at", "owner", "assigned_at")
        assert list(stored) == [(at, nora.pk, at), (None, None, at), (at - timedelta(days=300), nora.pk, at)]
