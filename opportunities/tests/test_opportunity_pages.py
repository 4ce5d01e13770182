"""The page of an opportunity and the dialogs that close it, with and without JavaScript."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import Change
from tests.factories import leads as make_leads
from tests.factories import opportunities as make
from tests.harness.words import text_of

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}


class TestClosing:
    def url(self, deal, way):
        return f"{reverse('opportunities:closing', args=[deal.pk])}?as={way}"

    def test_lost_asks_for_a_reason(self, client_of, deal, nora):
        client, reason = client_of(nora), make.lost_reason("Price")
        assert "Mark as lost" in text_of(client.get(self.url(deal, "lost")))
        assert client.post(self.url(deal, "lost"), {"as": "lost"}).status_code == 422
        answer = client.post(self.url(deal, "lost"), {"as": "lost", "reason": reason.pk, "note": "dear"}, **HTMX)
        deal.refresh_from_db()
        assert (
            answer.status_code == 204 and deal.state == "lost" and "opportunity:closed" in answer.headers["HX-Trigger"]
        )

    def test_lost_for_another_reason_asks_for_a_note(self, client_of, deal, nora):
        other = make.lost_reason("Other")
        answer = client_of(nora).post(self.url(deal, "lost"), {"as": "lost", "reason": other.pk}, **HTMX)
        assert (
            answer.status_code == 422
            and "Say in a line what happened" in text_of(answer)
            and "<html" not in answer.content.decode()
        )

    @pytest.mark.parametrize(
        ("typed", "amount"), [("1.234,50", "1234.50"), ("1,234.50", "1234.50"), ("96 000", "96000"), ("€ 80", "80")]
    )
    def test_won_reads_amounts_as_people_write_them(self, client_of, deal, nora, typed, amount):
        client_of(nora).post(self.url(deal, "won"), {"as": "won", "amount": typed})
        deal.refresh_from_db()
        assert (deal.state, deal.amount_won) == ("won", Decimal(amount))

    @pytest.mark.parametrize("typed", ["80k", "-5", "a lot", "9" * 30])
    def test_won_refuses_what_is_no_amount(self, client_of, deal, nora, typed):
        answer = client_of(nora).post(self.url(deal, "won"), {"as": "won", "amount": typed})
        assert answer.status_code == 422 and typed[:3] in answer.content.decode()

    def test_part_and_reopen_and_undo(self, client_of, deal, nora):
        client = client_of(nora)
        client.post(self.url(deal, "part"), {"as": "part", "kind": "won", "amount": "16.000"})
        deal.refresh_from_db()
        assert (deal.amount_won, deal.amount_open, deal.state) == (16000, 80000, "open")
        assert client.post(self.url(deal, "part"), {"as": "part", "kind": "lost", "amount": "1"}).status_code == 422
        assert client.post(self.url(deal, "part"), {"as": "part", "kind": "won", "amount": "80001"}).status_code == 422
        client.post(self.url(deal, "won"), {"as": "won", "amount": "90000"})
        deal.refresh_from_db()
        assert (deal.expected, deal.amount_won) == (106000, 106000)
        client.post(reverse("core:undo", args=[Change.objects.get(verb="close").pk]))
        deal.refresh_from_db()
        assert (deal.expected, deal.amount_won, deal.amount_open) == (96000, 16000, 80000)
        client.post(self.url(deal, "won"), {"as": "won", "amount": "80000"})
        client.post(self.url(deal, "reopened"), {"as": "reopened"})
        deal.refresh_from_db()
        assert deal.is_open and deal.amount_open == 80000

    def test_of_a_closed_one_says_so(self, client_of, deal, nora, at):
        deal.win(at=at)
        assert client_of(nora).post(self.url(deal, "won"), {"as": "won", "amount": "1"}).status_code == 409

    def test_is_not_there_for_others(self, client_of, deal, vera):
        assert client_of(vera).get(self.url(deal, "won")).status_code == 404


class TestOpportunityPage:
    def test_tells_whom_how_much_how_far_and_what_next(self, client_of, deal, nora):
        deal.plan("meeting", timezone.now() + timedelta(days=1), at=timezone.now(), by=nora, summary="Site visit")
        words = text_of(client_of(nora).get(deal.get_absolute_url()))
        for said in (
            "Phone booths",
            "Nordlys Interiors",
            "€96,000",
            "20%",
            "€19,200",
            "Site visit",
            "Qualified",
            "Negotiation",
        ):
            assert said in words

    def test_shows_its_leads_story_too(self, client_of, nora):
        lead = make_leads.lead("Maya", owner=nora, email="maya@nordlys.example")
        lead.note("She wants three booths", at=timezone.now(), by=nora)
        from opportunities.conversion import convert

        deal = convert(lead, at=timezone.now(), by=nora).opportunity
        words = text_of(client_of(nora).get(deal.get_absolute_url()))
        assert "She wants three booths" in words
        assert words.count("Nora Bakke converted") == 1 and "opened it" not in words
        assert "Nora Bakke converted the lead Maya : opened in Qualified , new contact Maya" in words
        assert "Nora Bakke converted it: new deal Maya , new contact Maya" in text_of(client_of(nora).get(lead.get_absolute_url()))

    def test_without_javascript_everything_is_a_form(self, client_of, deal, nora, stages):
        client = client_of(nora)
        client.post(reverse("opportunities:note", args=[deal.pk]), {"text": "A <b>bold</b> note"})
        client.post(reverse("opportunities:call", args=[deal.pk]), {"outcome": "reached", "note": "Friendly"})
        due = timezone.localtime() + timedelta(days=1)
        client.post(
            reverse("opportunities:activities", args=[deal.pk]),
            {"kind": "call", "due_date": f"{due:%Y-%m-%d}", "due_time": f"{due:%H:%M}", "summary": "Ring"},
        )
        client.post(reverse("opportunities:stage", args=[deal.pk]), {"stage": stages[1].pk, "seen": stages[0].pk})
        page = client.get(deal.get_absolute_url())
        assert (
            "A &lt;b&gt;bold&lt;/b&gt; note" in page.content.decode()
            and "Friendly" in text_of(page)
            and "Ring" in text_of(page)
        )
        activity = deal.activities.get()
        client.post(reverse("workspace:done", args=["opportunity", activity.pk]))
        assert deal.activities.get().done_at

    def test_empty_notes_and_wild_dates_are_refused_kindly(self, client_of, deal, nora):
        client = client_of(nora)
        assert client.post(reverse("opportunities:note", args=[deal.pk]), {"text": "  "}).status_code == 422
        wild = {"kind": "call", "due_date": "20226-01-01"}
        assert client.post(reverse("opportunities:activities", args=[deal.pk]), wild).status_code == 422
        assert not deal.activities.exists()

    def test_an_activity_of_a_closed_deal_is_not_late(self, client_of, deal, nora, at):
        deal.plan("call", at - timedelta(days=2), at=at, by=nora, summary="Call about pods")
        page, client = deal.get_absolute_url(), client_of(nora)
        assert "next-act tone-bad" in client.get(page).content.decode()
        deal.win(at=at, by=nora)
        closed = client.get(page).content.decode()
        assert "rests while the deal is closed" in closed and "next-act tone-bad" not in closed
        client.post(reverse("workspace:done", args=["opportunity", deal.activities.get().pk]))
        assert "rests while" not in client.get(page).content.decode()

    def test_closing_says_that_what_is_planned_rests_and_reopening_that_it_goes_on(self, client_of, deal, nora, at):
        client, url = client_of(nora), reverse("opportunities:closing", args=[deal.pk])
        send = lambda **said: client.post(url, said, headers={"HX-Request": "true"})["HX-Trigger"]  # noqa: E731
        assert "rest" not in send(**{"as": "won", "amount": "96000"})
        assert "go" not in send(**{"as": "reopened"})
        for _number in range(2):
            deal.plan("call", at, at=at, by=nora)
        assert "2 planned activities rest until it is opened again." in send(**{"as": "won", "amount": "96000"})
        assert "2 planned activities go on." in send(**{"as": "reopened"})
        assert "rest" not in send(**{"as": "part", "kind": "won", "amount": "1000"})

    def test_an_activity_is_planned_for_a_colleague_and_taken_back(self, client_of, deal, nora, omar, vera):
        client, url = client_of(nora), reverse("opportunities:activities", args=[deal.pk])
        form = client.get(deal.get_absolute_url(), {"compose": "activity"}).content.decode()
        assert '<option value="" selected>Me</option>' in form and str(omar) in form and str(vera) not in form
        said = {"kind": "call", "due_date": "2026-12-01", "summary": "Ring"}
        assert client.post(url, said | {"assignee": vera.pk}, **HTMX).status_code == 422
        assert client.post(url, said | {"assignee": omar.pk}, **HTMX).status_code == 204
        activity = deal.activities.get()
        assert (activity.assignee, activity.all_day) == (omar, True)
        client.post(reverse("core:undo", args=[Change.objects.latest("pk").pk]))
        assert not deal.activities.exists()
        assert client.post(url, said, **HTMX).status_code == 204
        assert deal.activities.get().assignee == nora

    def test_its_source_is_a_fact_like_others(self, client_of, deal, nora):
        client, url = client_of(nora), reverse("opportunities:facts", args=[deal.pk])
        fair = make_leads.source("Fair")
        data = {"name": deal.name, "expected": "1000", "currency": "EUR", "company": deal.company.name, "version": deal.version, "source": fair.pk}
        assert client.post(url, data, **HTMX).status_code == 204
        deal.refresh_from_db()
        assert deal.source == fair

    def test_is_edited_in_place_and_not_over_somebody_elses_change(self, client_of, deal, nora, tess):
        client, url = client_of(nora), reverse("opportunities:facts", args=[deal.pk])
        form = client.get(url).content.decode()
        assert 'value="96,000"' in form and 'value="Nordlys Interiors"' in form
        data = {"name": "Booths", "expected": "1.234,50", "currency": "eur", "probability": "55", "close_date": "2027-02-15",
                "company": deal.company.name, "version": deal.version}  # fmt: skip
        assert client.post(url, data, **HTMX).status_code == 204
        deal.refresh_from_db()
        assert (deal.expected, deal.probability, deal.currency) == (Decimal("1234.50"), Decimal("0.55"), "EUR")
        answer = client_of(tess).post(url, data | {"name": "Pods"}, **HTMX)
        deal.refresh_from_db()
        assert answer.status_code == 422 and "Nora Bakke changed" in text_of(answer) and deal.name == "Booths"

    def test_an_edit_is_taken_back_while_nothing_else_changed(self, client_of, deal, nora):
        client, url, firm = client_of(nora), reverse("opportunities:facts", args=[deal.pk]), deal.company
        data = {
            "name": "Pods",
            "expected": "12",
            "currency": "SEK",
            "probability": "90",
            "close_date": "2027-02-15",
            "version": deal.version,
        }
        client.post(url, data)
        deal.refresh_from_db()
        assert (deal.name, deal.company, deal.currency, deal.probability) == ("Pods", None, "SEK", Decimal("0.9"))
        client.post(reverse("core:undo", args=[Change.objects.get().pk]))
        deal.refresh_from_db()
        assert (deal.name, deal.company, deal.currency, deal.expected) == ("Phone booths", firm, "EUR", 96000)
        assert (deal.probability, deal.probability_by_hand, deal.close_date) == (Decimal("0.2"), False, None)

    def test_takes_no_field_that_is_not_offered(self, client_of, deal, nora, vera):
        client_of(nora).post(reverse("opportunities:facts", args=[deal.pk]), {
            "name": "Booths", "expected": "96000", "currency": "EUR", "version": deal.version, "owner": vera.pk, "state": "won",
            "amount_won": "96000", "team": vera.seats[0].team_id, "score": "100",
        })  # fmt: skip
        deal.refresh_from_db()
        assert (deal.name, deal.owner, deal.state, deal.amount_won, deal.score) == ("Booths", nora, "open", 0, None)

    def test_changes_hands_among_colleagues_only(self, client_of, deal, nora, omar, vera):
        client, url = client_of(nora), reverse("opportunities:owner", args=[deal.pk])
        assert client.post(url, {"owner": vera.pk}).status_code == 422
        client.post(url, {"owner": omar.pk})
        deal.refresh_from_db()
        assert deal.owner == omar
        client.post(reverse("core:undo", args=[Change.objects.get().pk]))
        deal.refresh_from_db()
        assert deal.owner == nora

    def test_is_not_there_for_others(self, client_of, deal, vera, omar, olga):
        missing = client_of(vera).get("/opportunities/999999/")
        for person in (vera, omar, olga):
            answer = client_of(person).get(deal.get_absolute_url())
            assert answer.status_code == 404
        assert (
            client_of(vera).get(deal.get_absolute_url()).content.decode().split("<body")[0]
            == missing.content.decode().split("<body")[0]
        )

    def test_fragment_has_main_crumb_head_and_side(self, client_of, deal, nora):
        html = client_of(nora).get(deal.get_absolute_url(), **HTMX).content.decode()
        assert "<html" not in html and 'id="deal-main"' in html and html.count("hx-swap-oob") == 3

    def test_needs_few_queries(self, client_of, deal, nora, django_assert_max_num_queries):
        client = client_of(nora)
        with django_assert_max_num_queries(28):
            client.get(deal.get_absolute_url())
