"""How warm a lead is: crossing a limit is a line in the story, rules can ask since when, and it wakes what waited."""

from datetime import UTC, datetime, timedelta

import pytest

from core import conditions
from leads.models import Lead
from tests.factories import leads as factories

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


class TestCrossingALimit:
    def test_is_a_line_in_the_story_with_its_moment(self, north):
        lead = factories.lead(team=north, score=50)
        lead.set_score(72, at=AT)
        assert (lead.temperature, lead.temperature_at) == ("hot", AT)
        line = lead.events.get(kind="temperature")
        assert line.details == {"before": "warm", "after": "hot"}

    def test_the_first_temperature_and_the_same_again_are_none(self, north):
        lead = factories.lead(team=north)
        lead.set_score(50, at=AT)
        lead.set_score(55, at=AT + timedelta(hours=1))
        assert not lead.events.filter(kind="temperature").exists()
        assert lead.temperature_at == AT

    def test_rules_can_ask_for_it(self, north):
        fresh, old = factories.lead(team=north, score=50), factories.lead(team=north, score=50)
        fresh.set_score(90, at=AT - timedelta(hours=1))
        old.set_score(90, at=AT - timedelta(days=9))
        asked = conditions.book("lead", at=AT).read({"all": [
            {"field": "temperature", "op": "is", "value": "hot"}, {"field": "temperature_at", "op": "within", "value": "1d"},
        ]})  # fmt: skip
        assert list(Lead.objects.filter(asked.q)) == [fresh]

    @pytest.mark.parametrize(("qualification", "score", "wakes"), [
        ("keep", 90, True), ("nurture", 90, True), ("accept", 90, False), ("keep", 10, False),
    ])  # fmt: skip
    def test_a_warmer_lead_nobody_has_is_decided_anew(self, north, qualification, score, wakes):
        lead = factories.lead(team=north, score=50, qualification=qualification)
        lead.set_score(score, at=AT)
        lead.refresh_from_db()
        assert (lead.qualify_due_at == AT) is wakes

    def test_what_somebody_works_on_is_left_alone(self, nora):
        lead = factories.lead(owner=nora, score=50, qualification="keep")
        lead.set_score(90, at=AT)
        lead.refresh_from_db()
        assert lead.qualify_due_at is None
