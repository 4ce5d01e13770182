"""The checks find nothing after ordinary work, and each inconsistency that is put in."""

from datetime import timedelta

import pytest

from core import invariants as core_invariants
from leads import invariants
from leads.models import Lead, LeadActivity
from leads.spelling import SearchText
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db


def found(check) -> list[int]:
    return [finding["lead"] for finding in check()]


@pytest.fixture
def lead(nora):
    return factories.lead("Maya", owner=nora, email="maya@nordlys.example")


def test_find_nothing_after_a_whole_life(lead, nora, omar, at):
    lead.log_call("no_answer", at=at, by=nora)
    lead.plan("call", at + timedelta(days=1), at=at, by=nora).done(at=at, by=nora)
    lead.plan("todo", at + timedelta(days=2), at=at, by=nora)
    lead.assign_to(omar, at=at)
    lead.disqualify(factories.reason(), at=at, by=omar)
    lead.restore(at=at, by=omar)
    mine = {name for name in core_invariants.names() if name.startswith("lead ")} - {"lead undecided", "lead overdue"}
    assert {name: rows for name, rows in core_invariants.check_all().items() if name in mine} == {}


def test_find_a_next_activity_out_of_step(lead, nora, at):
    activity = factories.activity(lead)
    Lead.objects.filter(pk=lead.pk).update(next_activity_at=None)
    assert found(invariants.out_of_step) == [lead.pk]
    LeadActivity.objects.filter(pk=activity.pk).update(cancelled_at=at)
    Lead.objects.filter(pk=lead.pk).update(next_activity_at=at)
    assert found(invariants.out_of_step) == [lead.pk]


def test_find_a_lead_without_a_story(lead):
    lead.events.all().delete()
    assert found(invariants.without_story) == [lead.pk]


def test_find_a_clock_that_runs_backwards(lead, at):
    Lead.objects.filter(pk=lead.pk).update(first_contacted_at=lead.captured_at - timedelta(seconds=1))
    assert found(invariants.backwards) == [lead.pk]


def test_find_merges_in_a_circle(lead, nora, at):
    other = factories.lead("M. Lindqvist", owner=nora)
    Lead.objects.filter(pk=other.pk).update(merged_into=lead, merged_at=at)
    assert found(invariants.merged_in_a_circle) == []
    Lead.objects.filter(pk=lead.pk).update(merged_into=other, merged_at=at)
    assert found(invariants.merged_in_a_circle) == [lead.pk, other.pk]


def test_find_a_lead_the_search_reads_otherwise(lead):
    other = factories.lead("Omar")
    SearchText.objects.filter(pk=lead.pk).update(text="somebody else")
    SearchText.objects.filter(pk=other.pk).delete()
    SearchText.objects.create(lead_id=other.pk + 1, text="gone")
    assert found(invariants.not_found_by_words) == [lead.pk, other.pk, other.pk + 1]
