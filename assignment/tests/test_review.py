"""The review: who is in it, the order, what each answer does, and that it goes on by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from assignment import clockwork, qualification, review
from assignment.models import Decision
from assignment.words import sentence
from core import clock, undo
from core.models import Change
from leads.bulk import Batch
from leads.models import Lead
from tests.factories import assignment as factories
from tests.factories import leads

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
REVIEW = "/leads/review/"


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def names(user) -> list[str]:
    return [lead.name for lead in review.queue(user)]


def decided(lead: Lead, at: datetime) -> str:
    batch = Batch(at=at)
    outcome = qualification.decide_many([lead], at=at, batch=batch)[lead.pk]
    batch.flush()
    return outcome.kind


class TestQueue:
    def test_holds_what_nobody_judged_hottest_first(self, nora, omar, vera, north):
        leads.lead("Cold", team=north, score=10, qualification="keep")
        leads.lead("Hot", owner=nora, score=90, qualification="accept")
        leads.lead("No score", team=north, qualification="keep", at=AT - timedelta(days=3))
        leads.lead("Omar's", owner=omar, qualification="accept")
        leads.lead("Judged", owner=nora, qualification="accept", sql_at=AT)
        leads.lead("Put off", owner=nora, qualification="nurture")
        leads.lead("Just in", team=north, qualify_due_at=AT)
        leads.lead("Elsewhere", owner=vera, qualification="keep")
        leads.lead("Waits for somebody", team=north, qualification="accept")
        assert names(nora) == ["Hot", "Cold", "No score"]

    def test_goes_on_after_each_and_begins_again(self, nora, north):
        rows = [leads.lead(f"Lead {n}", owner=nora, score=score, qualification="keep") for n, score in enumerate((90, 50, 50, None, None))]
        seen, lead = [], None
        for _ in range(6):
            lead = review.after(review.queue(nora), lead)
            seen.append(lead.pk)
        assert seen == [*(row.pk for row in rows), rows[0].pk]


class TestAnswers:
    def test_yes_is_the_sql_moment_and_finds_somebody(self, nora, tess, north):
        nora_only = leads.lead(team=north, qualification="keep")
        tess.memberships.update(takes_leads=False)
        change = review.qualify(nora_only, at=AT, by=tess)
        lead = Lead.objects.get(pk=nora_only.pk)
        assert (lead.qualification, lead.sql_at, lead.mql_at, lead.owner) == ("accept", AT, AT, nora)
        kinds = set(lead.decisions.values_list("kind", "outcome", "reason"))
        assert ("qualification", "accept", "said") in kinds and len(kinds) == 2
        undo.take_back(change.change, by=tess, at=AT + timedelta(minutes=1))
        lead.refresh_from_db()
        assert (lead.qualification, lead.sql_at, lead.owner) == ("keep", None, None)

    def test_later_comes_back_by_itself(self, nora, north):
        lead = leads.lead(team=north, qualification="keep")
        review.come_back(lead, AT + timedelta(days=9), at=AT, by=nora)
        lead = Lead.objects.get(pk=lead.pk)
        assert (lead.qualification, lead.come_back_at, lead.qualify_due_at) == ("nurture", AT + timedelta(days=9), AT + timedelta(days=9))
        assert names(nora) == []
        factories.qualification_rule("nurture")
        assert decided(lead, AT + timedelta(days=9)) == "accept"

    def test_what_an_owner_put_off_comes_back_to_them(self, nora):
        lead = leads.lead(owner=nora, qualification="accept")
        review.come_back(lead, AT + timedelta(days=9), at=AT, by=nora)
        lead = Lead.objects.get(pk=lead.pk)
        assert decided(lead, AT + timedelta(days=1)) == "nurture"
        assert decided(lead, AT + timedelta(days=9)) == "accept"
        lead.refresh_from_db()
        assert (lead.owner, lead.qualification, lead.come_back_at) == (nora, "accept", AT + timedelta(days=9))
        assert lead.events.filter(kind="qualified").count() == 2
        assert [str(told) for told in nora.notices.all()] == [f"{lead} is back: it was put off until now."]
        assert decided(lead, AT + timedelta(days=11)) == "accept" and lead.events.filter(kind="qualified").count() == 2

    def test_nobody_has_to_reply_before_it_comes_back(self, nora, client_of):
        lead = leads.lead(owner=nora, qualification="accept", at=AT)
        assert Lead.objects.waiting_for_first_reply().count() == 1 and lead.is_waiting
        back = AT + timedelta(days=9)
        with clock.stopped_at(AT):
            review.come_back(lead, back, at=AT, by=nora)
            page = client_of(nora).get(lead.get_absolute_url()).text
        assert "Comes back on 27 Nov" in page and "comes back on 27 Nov" in page and "data-countdown" not in page
        assert not Lead.objects.waiting_for_first_reply().exists() and not Lead.objects.get(pk=lead.pk).is_waiting
        assert clockwork.act_on_limits(at=AT + timedelta(days=1)) == 0
        decided(Lead.objects.get(pk=lead.pk), back)
        lead.refresh_from_db()
        assert lead.is_waiting and lead.response_goal_at == back + timedelta(minutes=5)
        with clock.stopped_at(back + timedelta(minutes=1)):
            assert "Came back" in client_of(nora).get("/").text

    def test_who_writes_again_does_not_wait_for_the_day(self, nora):
        lead, wrote_at = leads.lead(owner=nora, qualification="accept", at=AT), AT + timedelta(days=1)
        review.come_back(lead, AT + timedelta(days=9), at=AT, by=nora)
        lead.record("joined", at=wrote_at, channel="import")
        assert decided(Lead.objects.get(pk=lead.pk), wrote_at) == "nurture"
        lead.record("joined", at=wrote_at, channel="web_form")
        assert decided(Lead.objects.get(pk=lead.pk), wrote_at) == "accept"
        lead.refresh_from_db()
        assert lead.is_waiting and (lead.come_back_at, lead.response_goal_at) == (wrote_at, wrote_at + timedelta(minutes=5))
        assert "they wrote again before its day came" in sentence(lead.decisions.latest("pk"))
        assert [str(told) for told in nora.notices.all()] == [f"{lead} wrote again and is back: it was put off until later."]

    def test_a_rule_that_puts_off_again_leaves_the_day(self, north):
        factories.qualification_rule("nurture", come_back_after=timedelta(days=30))
        lead = leads.lead(team=north)
        assert decided(lead, AT) == "nurture"
        lead = Lead.objects.get(pk=lead.pk)
        assert decided(lead, AT + timedelta(days=5)) == "nurture"
        lead.refresh_from_db()
        assert lead.come_back_at == AT + timedelta(days=30)


class TestPage:
    def test_shows_one_after_the_other(self, nora, north, client_of):
        leads.criterion("Large", team=north)
        first = leads.lead("First", owner=nora, score=90, qualification="keep", message="Hello there")
        second = leads.lead("Second", owner=nora, score=20, qualification="keep")
        client = client_of(nora)
        page = text_of(client.get(REVIEW))
        assert "2 leads to review" in page and "First" in page and "Hello there" in page and "Ask: Employees" in page
        assert "Second" in text_of(client.get(REVIEW, {"after": first.pk}))
        assert "First" in text_of(client.get(REVIEW, {"after": second.pk}))
        assert "Second" in text_of(client.get(REVIEW, {"lead": second.pk}))

    def test_each_answer_goes_on_to_the_next(self, nora, north, client_of):
        reason = leads.reason("No budget")
        rows = [leads.lead(f"Lead {n}", owner=nora, score=90 - n, qualification="keep") for n in range(3)]
        client = client_of(nora)
        day = (clock.now() + timedelta(days=20)).date()
        said = [{"say": "yes"}, {"say": "later", "on": day.isoformat()}, {"say": "no", "reason": reason.pk}]
        for lead, data in zip(rows, said, strict=True):
            answer = client.post(reverse("assignment:judgement", args=[lead.pk]), data)
            assert (answer.status_code, answer["Location"]) == (302, f"{REVIEW}?after={lead.pk}")
        assert "Every lead has been judged." in text_of(client.get(REVIEW))
        for row in rows:
            row.refresh_from_db()
        assert rows[0].sql_at and rows[1].qualification == "nurture" and rows[2].disqualify_reason == reason
        assert (rows[1].come_back_at.astimezone(nora.zone).date(), rows[1].come_back_at.astimezone(nora.zone).hour) == (day, 8)
        assert Change.objects.count() == 3

    def test_a_fragment_brings_the_next_one_and_the_undo(self, nora, client_of):
        one, two = (leads.lead(name, owner=nora, score=score, qualification="keep") for name, score in (("One", 80), ("Two", 60)))
        answer = client_of(nora).post(reverse("assignment:judgement", args=[one.pk]), {"say": "yes"}, headers={"HX-Request": "true"})
        assert two.name in text_of(answer) and "<html" not in text_of(answer)
        assert "Qualified." in answer["HX-Trigger"] and "undo" in answer["HX-Trigger"]

    @pytest.mark.parametrize(("data", "said"), [
        ({"say": "later", "on": "2020-01-01"}, "Choose a day after today."), ({"say": "later", "on": ""}, "required"),
        ({"say": "no", "reason": ""}, "Choose a reason."),
    ])  # fmt: skip
    def test_says_what_is_wrong(self, nora, client_of, data, said):
        lead = leads.lead("Somebody", owner=nora, qualification="keep")
        answer = client_of(nora).post(reverse("assignment:judgement", args=[lead.pk]), data)
        assert answer.status_code == 422 and said in text_of(answer) and "Somebody" in text_of(answer)
        assert not Decision.objects.exists()

    def test_an_ended_lead_is_told(self, nora, client_of):
        lead = leads.lead(owner=nora)
        lead.archive(at=AT, by=nora)
        client = client_of(nora)
        assert client.post(reverse("assignment:judgement", args=[lead.pk]), {"say": "yes"}).status_code == 302
        lead.refresh_from_db()
        assert lead.sql_at is None
        assert client.post(reverse("assignment:judgement", args=[lead.pk]), {"say": "perhaps"}).status_code == 404
