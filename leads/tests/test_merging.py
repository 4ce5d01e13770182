"""Merging leads: nothing is lost, and undo puts everything back but what was edited since."""

from datetime import timedelta
from decimal import Decimal

import pghistory.models
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import invariants, undo
from core.merging import KINDS, merge
from core.merging.choices import plan
from core.merging.exceptions import CantBeMerged, EditedMeanwhile, MergedMeanwhile, NothingToMerge
from core.models import Change, Tag
from core.tasks import bulk_undo
from leads import timeline
from leads.cleaning import clean
from leads.matching import open_match
from leads.models import Engagement, Lead, LeadEmail, LeadEvent, PossibleDuplicate
from tests.factories import leads

pytestmark = pytest.mark.django_db
LEAD = KINDS["lead"]
# what every change counts up, what the steps after capture ask for, and what the database generates
LEFT_OUT = {"version", "changed_at", "qualify_due_at", "is_open", "response_time"}


GROWING = {LeadEvent, *(relation.related_model for relation in Lead._meta.related_objects if issubclass(relation.related_model, pghistory.models.Event))}
# every table that points to leads but the story and the history of fields, which only grow: a merge moves none of their rows
RELATED = sorted(
    {Lead, *(relation.related_model for relation in Lead._meta.related_objects if relation.related_model not in GROWING)},
    key=lambda model: model.__name__,
)  # fmt: skip


def everything() -> dict[str, list]:
    """Return all rows that a merge may touch."""
    found = {}
    for model in RELATED:
        columns = [field.attname for field in model._meta.concrete_fields if field.name not in LEFT_OUT]
        found[model.__name__] = list(model._base_manager.order_by("pk").values(*columns))
    found["tags"] = sorted(Lead.tags.through.objects.values_list("lead", "tag"))
    found["shared"] = sorted(Lead.shared_with.through.objects.values_list("lead", "user"))
    return found


def wrong() -> dict[str, list]:
    checked = ("lead merged into a merged one", "leads.leadactivity on a merged lead", "lead next activity", "lead clock backwards")
    return {name: found for name, found in invariants.check_all().items() if name in checked}


@pytest.fixture
def maya(nora, at):
    return leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys", visits=3, at=at)


@pytest.fixture
def twin(nora, at):
    lead = leads.lead(
        "Lindqvist, Maya", owner=nora, email="maya.l@nordlys.example", phone="+46405550142", company_name="Nordlys AB", stars=2, visits=4,
        city="Malmö", at=at - timedelta(days=1), first_contacted_at=at, first_contacted_by=nora, custom={"budget": "80"},
    )  # fmt: skip
    leads.activity(lead, at=at, by=nora)
    lead.tags.add(Tag.objects.create(name="fair"))
    return lead


class TestMerge:
    def test_keeps_every_address_activity_and_tag(self, maya, twin, nora, at):
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        maya.refresh_from_db()
        twin.refresh_from_db()
        assert (twin.merged_into, twin.merged_at, twin.is_open, twin.status) == (maya, at, False, "merged")
        assert set(maya.emails.values_list("key", flat=True)) == {"maya@nordlys.example", "maya.l@nordlys.example"}
        assert [phone.e164 for phone in maya.phones.all()] == ["+46405550142"] == [maya.phone_e164]
        assert maya.activities.planned().count() == 1 and not twin.activities.planned()
        assert maya.next_activity_at and twin.next_activity_at is None
        assert [tag.name for tag in maya.tags.all()] == ["fair"]
        assert (maya.visits, maya.stars, maya.city, maya.custom) == (7, 2, "Malmö", {"budget": "80"})
        assert maya.first_contacted_at == at and maya.first_contacted_by == nora
        assert maya.qualify_due_at and twin.qualify_due_at is None
        assert not wrong()

    def test_counts_stop_at_what_their_columns_hold(self, maya, twin, nora, at):
        Lead.objects.update(seconds_on_site=2**31 - 1)
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        assert Lead.objects.get(pk=maya.pk).seconds_on_site == 2**31 - 1

    def test_the_story_shows_the_family(self, maya, twin, nora, at):
        twin.note("Wants 24 booths", at=at, by=nora)
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        told = [event.details.get("text", event.kind) for event in timeline.get_story(maya).events]
        assert "Wants 24 booths" in told and "merged" in told and told.count("created") == 2

    def test_a_further_enquiry_by_the_old_address_joins_the_survivor(self, maya, twin, nora, at):
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        assert open_match(clean({"email": "maya.l@nordlys.example"})) == (maya.pk, [])
        found = Lead.objects.filter(search__contains="maya.l@nordlys.example", merged_into=None)
        assert list(found) == [maya]

    def test_the_chosen_facts_stay(self, maya, twin, nora, at):
        given = {"fact-email": str(twin.pk), "fact-name": str(twin.pk)}
        merge(LEAD, maya.pk, [maya.pk, twin.pk], given, at=at, by=nora)
        maya.refresh_from_db()
        assert (maya.name, maya.name_key, maya.email_key) == ("Lindqvist, Maya", "maya lindqvist", "maya.l@nordlys.example")
        assert maya.events.get(kind="merged").details["fields"]["email"] == ["maya@nordlys.example", "maya.l@nordlys.example"]

    def test_money_reads_as_everywhere_else(self, maya, twin, nora, at):
        maya.edit({"expected_revenue": Decimal(12_000), "currency": "EUR"}, at=at, by=nora)
        words = {choice.field.name: choice.words for choice in plan(LEAD, LEAD.hold([maya.pk, twin.pk])).choices}
        assert words["expected_revenue"] == "€12,000"

    def test_another_owner_is_a_hand_over(self, maya, nora, omar, at):
        theirs = leads.lead("Theirs", owner=omar)
        merge(LEAD, maya.pk, [maya.pk, theirs.pk], {"fact-owner": str(theirs.pk)}, at=at, by=nora)
        maya.refresh_from_db()
        event = maya.events.get(kind="assigned")
        assert maya.owner == omar and (event.details["to"], event.actor) == (omar.pk, nora)

    def test_pairs_are_settled_and_those_with_others_are_inherited(self, maya, twin, nora, at):
        third, fourth = leads.lead("Third", owner=nora), leads.lead("Fourth", owner=nora)
        inside = PossibleDuplicate.objects.create(lead=maya, other=twin)
        PossibleDuplicate.objects.create(lead=third, other=twin, reasons=[{"code": "same_phone", "values": {}}])
        PossibleDuplicate.objects.create(lead=twin, other=fourth, verdict="different")
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        inside.refresh_from_db()
        assert (inside.verdict, inside.judged_by) == ("same", nora)
        assert PossibleDuplicate.objects.get(lead=maya, other=third).reasons[0]["code"] == "same_phone"
        assert PossibleDuplicate.objects.get(lead=maya, other=fourth).verdict == "different"

    def test_the_same_number_of_statements_for_two_and_for_fifty(self, nora, at):
        counts = []
        for many in (2, 50):
            rows = [leads.lead(f"Lead {many} {n}", owner=nora, email=f"l{many}-{n}@x.example", phone=f"+4930{many:02}9018{n:02}") for n in range(many)]
            leads.activity(rows[1], at=at, by=nora)
            connection.force_debug_cursor, start = True, len(connection.queries_log)
            merge(LEAD, rows[0].pk, [row.pk for row in rows], at=at, by=nora)
            counts.append(len(connection.queries_log) - start)
            connection.force_debug_cursor = False
        assert counts[0] == counts[1] <= 45


class TestRefusals:
    def test_with_itself_with_nobody_and_with_what_is_not_there(self, maya, nora, at):
        for pks in ([maya.pk, maya.pk], [maya.pk], [maya.pk, 10**9]):
            with pytest.raises(NothingToMerge):
                merge(LEAD, maya.pk, pks, at=at, by=nora)

    def test_a_converted_one(self, maya, twin, nora, at):
        Lead.objects.filter(pk=twin.pk).update(converted_at=at)
        for survivor in (maya, twin):
            with pytest.raises(CantBeMerged, match="converted already"):
                merge(LEAD, survivor.pk, [maya.pk, twin.pk], at=at, by=nora)

    def test_an_open_one_into_an_ended_one(self, maya, twin, nora, at):
        twin.archive(at=at, by=nora)
        with pytest.raises(CantBeMerged, match="has ended"):
            merge(LEAD, twin.pk, [maya.pk, twin.pk], at=at, by=nora)
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)

    def test_one_that_was_merged_meanwhile(self, maya, twin, nora, at):
        third = leads.lead("Third", owner=nora)
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        with pytest.raises(MergedMeanwhile):
            merge(LEAD, third.pk, [third.pk, twin.pk], at=at, by=nora)

    def test_facts_that_read_otherwise_by_now(self, maya, twin, nora, at):
        from core.merging.choices import seen

        digest = seen(LEAD, [maya, twin])
        twin.edit({"city": "Lund"}, at=at, by=nora)
        with pytest.raises(EditedMeanwhile):
            merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora, seen_as=digest)

    def test_facts_together_that_a_third_lead_has(self, nora, at):
        ada, bob = leads.lead("Ada Quist", owner=nora), leads.lead("Bob", owner=nora, phone="+4930901820")
        leads.lead("Ada Quist", owner=nora, phone="+4930901820")
        with pytest.raises(CantBeMerged, match="Something else"):
            merge(LEAD, ada.pk, [ada.pk, bob.pk], at=at, by=nora)
        bob.refresh_from_db()
        assert bob.is_open and not Change.objects.filter(verb="merge_lead").exists()


class TestUndo:
    def test_puts_everything_back(self, maya, twin, nora, omar, at):
        twin.shared_with.add(omar)
        PossibleDuplicate.objects.create(lead=maya, other=twin)
        before = everything()
        change = merge(LEAD, maya.pk, [maya.pk, twin.pk], {"fact-email": str(twin.pk)}, at=at, by=nora)
        assert everything() != before
        assert undo.take_back(change, by=nora, at=at).kept == []
        assert everything() == before and not wrong()
        assert Lead.objects.get(pk=twin.pk).is_open
        assert maya.events.filter(kind="undone").exists() and twin.events.filter(kind="undone").exists()

    def test_keeps_and_lists_what_was_edited_since(self, maya, twin, nora, at):
        change = merge(LEAD, maya.pk, [maya.pk, twin.pk], {"fact-name": str(twin.pk)}, at=at, by=nora)
        Lead.objects.get(pk=maya.pk).edit({"city": "Lund", "custom": {}}, at=at, by=nora)
        Lead.objects.filter(pk=maya.pk).update(visits=10)
        kept = undo.take_back(change, by=nora, at=at).kept
        maya.refresh_from_db()
        assert [(each["code"], each["values"]["field"]) for each in kept] == [("merge_fact_edited", "Address")]
        assert (maya.city, maya.name, maya.visits, maya.custom) == ("Lund", "Maya Lindqvist", 6, {})
        assert "maya.l@" not in maya.search

    def test_a_lead_whose_address_was_taken_stays_merged(self, maya, twin, nora, at):
        change = merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        LeadEmail.objects.filter(lead=maya, key="maya.l@nordlys.example").delete()
        leads.lead("New", owner=nora, email="maya.l@nordlys.example")
        kept = undo.take_back(change, by=nora, at=at).kept
        assert [each["code"] for each in kept] == ["merge_address_taken"]
        assert Lead.objects.get(pk=twin.pk).merged_into == maya and not wrong()

    def test_new_things_stay_with_the_survivor(self, maya, twin, nora, at):
        change = merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        maya.refresh_from_db()
        maya.note("After", at=at, by=nora)
        leads.activity(maya, at=at, by=nora, summary="Later")
        undo.take_back(change, by=nora, at=at)
        assert maya.activities.get().summary == "Later" and twin.activities.count() == 1
        assert maya.events.filter(kind="noted").exists() and not wrong()


class TestUndoInTheBackground:
    def test_a_merge_of_many_is_taken_back_by_the_worker(self, nora, at):
        rows = [leads.lead(f"Lead {n}", owner=nora, email=f"l{n}@x.example", phone=f"+49309018{n:02}") for n in range(50)]
        change = merge(LEAD, rows[0].pk, [row.pk for row in rows], at=at, by=nora)
        assert undo.ask(change, by=nora, at=at).undo == Change.Undo.ASKED
        assert bulk_undo() == 1
        assert Lead.objects.open().count() == 50 and not wrong()

    def test_one_that_has_to_wait_can_be_asked_for_again(self, nora, at):
        first = [leads.lead(f"Lead {n}", owner=nora, email=f"l{n}@x.example", phone=f"+49309018{n:02}") for n in range(50)]
        other = leads.lead("Other", owner=nora)
        inner = merge(LEAD, first[0].pk, [row.pk for row in first], at=at, by=nora)
        outer = merge(LEAD, other.pk, [other.pk, first[0].pk], at=at, by=nora)
        undo.ask(inner, by=nora, at=at)
        assert bulk_undo() == 0
        inner.refresh_from_db()
        assert inner.undo == Change.Undo.OPEN and inner.kept[0]["code"] == "merge_went_on"
        for change in (outer, inner):
            undo.take_back(change, by=nora, at=at)
        assert Lead.objects.open().count() == 51 and not wrong()


NAMES = st.sampled_from(["Ada Quist", "Zoë", "李雷", "Bob"])
FACTS = st.fixed_dictionaries({
    "name": NAMES, "email": st.booleans(), "phone": st.booleans(), "city": st.sampled_from(["", "Ulm", "Bonn"]), "stars": st.integers(0, 3),
    "company_name": st.sampled_from(["", "Acme", "Acme GmbH"]), "visits": st.integers(0, 5), "owned": st.booleans(),
    "custom": st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"]), max_size=2), "planned": st.integers(0, 2),
    "tags": st.sets(st.sampled_from(["x", "y"])), "ended": st.booleans(), "seen": st.integers(0, 2), "called": st.booleans(),
})  # fmt: skip


class TestAnyMerge:
    @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(FACTS, min_size=2, max_size=5), st.data())
    def test_and_its_undo_leave_everything_as_it_was(self, nora, at, rows, data):
        merge_and_take_back(nora, at, rows, data)

    @pytest.mark.slow
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(FACTS, min_size=2, max_size=9), st.data())
    def test_of_very_many_too(self, nora, at, rows, data):
        merge_and_take_back(nora, at, rows, data)


def merge_and_take_back(nora, at, rows: list[dict], data) -> None:
    with transaction.atomic():
        made = [make(number, facts, nora, at) for number, facts in enumerate(rows)]
        PossibleDuplicate.objects.create(lead=made[0], other=made[1], reasons=[{"code": "same_phone", "values": {}}])
        before = everything()
        survivor = data.draw(st.sampled_from([lead for lead in made if lead.is_open] or made))
        chosen = {f"fact-{name}": str(data.draw(st.sampled_from(made)).pk) for name in ("name", "email", "address", "owner")}
        change = merge(LEAD, survivor.pk, [lead.pk for lead in made], chosen, at=at, by=nora)
        assert not wrong()
        assert Lead.objects.filter(merged_into=survivor).count() == len(made) - 1
        assert undo.take_back(change, by=nora, at=at).kept == []
        assert everything() == before and not wrong()
        transaction.set_rollback(True)


def make(number: int, facts: dict, owner, at) -> Lead:
    email = {"email": f"{number}@x.example"} if facts["email"] else {}
    phone = {"phone": f"+49309018{number:02}"} if facts["phone"] else {}
    whose = {"owner": owner} if facts["owned"] else {"team": owner.seats[0].team}
    plain = {name: facts[name] for name in ("city", "stars", "company_name", "visits", "custom")}
    lead = leads.lead(facts["name"], at=at, **email, **phone, **whose, **plain)
    for _ in range(facts["planned"]):
        leads.activity(lead, at=at, by=owner)
    lead.tags.set([Tag.objects.get_or_create(name=name)[0] for name in facts["tags"]])
    for _ in range(facts["seen"]):
        Engagement.objects.create(lead=lead, kind="visit", actor="human", occurred_at=at)
    if facts["called"]:
        lead.log_call("reached", at=at, by=owner)
        lead.shared_with.add(owner)
    if facts["ended"]:
        lead.archive(at=at, by=owner)
    return lead
