"""The list of leads: what it shows, to whom, how fast, and that it works as links and forms alone."""

import re
from datetime import timedelta

import pytest

from core import clock
from leads.models import Lead
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
SCRIPTS = ["Ærøskøbing Ødegård", "李小龍", "عمر خالد", "Владимир Іванович", "ศรีสุวรรณ", "ÅÄÖ åäö", "👩‍🚀 Zoë", "O'Brien-ffrench"]
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{7*7}}{% debug %}'


def text(response) -> str:
    """Return what a reader sees: no tags, single spaces."""
    body = re.sub(r"<(script|style|template).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def rows(response) -> list[int]:
    return [int(pk) for pk in re.findall(r'<tr data-row id="lead-(\d+)"', response.content.decode())]


class TestWhatItShows:
    def test_a_row_says_who_how_good_from_where_whose_and_what_next(self, nora, client_of):
        lead = factories.lead("Maya Lindqvist", owner=nora, company_name="Nordlys Interiors", score=92, source=factories.source("Referral"))
        lead.plan("call", clock.now() + timedelta(days=3), at=clock.now(), by=nora)
        said = text(client_of(nora).get("/leads/"))
        for words in ("Maya Lindqvist", "Nordlys Interiors", "92", "Referral", "New", "Nora Bakke", "Call"):
            assert words in said

    @pytest.mark.parametrize(("view", "wanted"), [
        ("open", {"hot", "mine", "free", "called"}), ("hot", {"hot"}), ("mine", {"hot", "mine", "called"}), ("unassigned", {"free"}),
        ("waiting", {"hot", "mine", "free"}), ("ended", {"over"}), ("all", {"hot", "mine", "free", "called", "over"}),
    ])  # fmt: skip
    def test_each_view_has_its_leads_and_counts_them(self, nora, north, client_of, at, view, wanted):
        leads = {
            "hot": factories.lead("hot", owner=nora, score=90), "mine": factories.lead("mine", owner=nora, score=10),
            "free": factories.lead("free", team=north), "called": factories.lead("called", owner=nora),
            "over": factories.lead("over", owner=nora),
        }  # fmt: skip
        leads["called"].log_call("reached", at=at, by=nora)
        leads["over"].archive("x", at=at, by=nora)
        response = client_of(nora).get(f"/leads/?view={view}")
        assert set(rows(response)) == {leads[name].pk for name in wanted}
        current = re.search(r'aria-current="page">([^<]+)<span class="count">(\d+)', response.content.decode().split('class="tabs"')[1])
        assert int(current[2]) == len(wanted)

    def test_hottest_first(self, nora, client_of):
        cool, hot, none = (factories.lead(owner=nora, score=score) for score in (20, 90, None))
        assert rows(client_of(nora).get("/leads/")) == [hot.pk, cool.pk, none.pk]

    @pytest.mark.parametrize("name", [*SCRIPTS, "x" * 300])
    def test_names_come_back_as_typed_and_are_found(self, nora, client_of, name):
        lead = factories.lead(name, owner=nora)
        assert name.replace("'", "&#x27;") in client_of(nora).get("/leads/").content.decode()
        assert rows(client_of(nora).get("/leads/", {"q": name})) == [lead.pk]

    def test_hostile_words_are_only_words(self, nora, client_of):
        factories.lead(HOSTILE, owner=nora, company_name=HOSTILE, source=factories.source(HOSTILE[:200]))
        body = client_of(nora).get("/leads/", {"q": HOSTILE}).content.decode()
        assert "<script>alert" not in body
        assert "<img" not in body
        assert "&lt;script&gt;alert(1)" in body

    def test_finds_by_company_mail_and_phone(self, nora, client_of):
        lead = factories.lead("Maya", owner=nora, company_name="Nordlys", email="maya@nordlys.example", phone="+46 40 555 01 42")
        factories.lead("Other", owner=nora)
        for words in ("nordlys", "MAYA@nord", "+46 40 555 01 42", "040-555 01 42", "555 0142"):
            assert rows(client_of(nora).get("/leads/", {"q": words})) == [lead.pk], words

    def test_a_filter_on_the_status_looks_in_all_leads(self, nora, client_of, at):
        lead = factories.lead("Maya", owner=nora)
        lead.archive("x", at=at, by=nora)
        assert rows(client_of(nora).get("/leads/?status.is=archived")) == [lead.pk]


class TestWhoSeesWhat:
    def test_reps_see_their_own_and_the_teams_free_ones(self, nora, omar, vera, north, client_of):
        mine, free = factories.lead("mine", owner=nora), factories.lead("free", team=north)
        factories.lead("omar's", owner=omar)
        factories.lead("vera's", owner=vera)
        assert set(rows(client_of(nora).get("/leads/?view=all"))) == {mine.pk, free.pk}

    def test_counts_and_search_tell_only_that_too(self, nora, vera, client_of):
        factories.lead("Secret", owner=vera, score=99)
        response = client_of(nora).get("/leads/?q=secret")
        assert rows(response) == []
        assert set(re.findall(r'<span class="count">(\d+)', response.content.decode())) == {"0"}

    def test_filters_do_not_reach_behind_the_allow_list(self, nora, client_of):
        factories.lead("Maya", owner=nora)
        said = text(client_of(nora).get("/leads/?owner__password.contains=scrypt"))
        assert "There is no field" in said
        assert "Maya" in said

    def test_the_team_of_the_navigation_narrows_but_not_ones_own(self, nora, north, south, client_of):
        mine = factories.lead("mine", owner=nora, team=south)
        free = factories.lead("free", team=north)
        nora.current_team = north
        nora.save()
        assert rows(client_of(nora).get("/leads/")) == [free.pk]
        assert rows(client_of(nora).get("/leads/?view=mine")) == [mine.pk]


class TestEmpty:
    def test_first_use_offers_the_way_in(self, nora, client_of):
        said = text(client_of(nora).get("/leads/"))
        assert "No leads yet" in said
        assert "New lead" in said

    def test_where_all_have_ended_it_is_no_first_use(self, nora, client_of, at):
        factories.lead("Maya", owner=nora).archive(at=at, by=nora)
        said = text(client_of(nora).get("/leads/"))
        assert "No open leads." in said and "No leads yet" not in said

    def test_nothing_found_names_the_filters_and_offers_to_clear_them(self, nora, client_of):
        factories.lead("Maya", owner=nora)
        response = client_of(nora).get("/leads/?score.gte=90&q=zzz")
        assert "Score at least 90, search “zzz”." in text(response)
        assert '<a class="btn" href="/leads/">Clear all</a>' in response.content.decode()

    def test_all_done_is_calm(self, nora, client_of):
        assert "Every new lead has had a first reply." in text(client_of(nora).get("/leads/?view=waiting"))


class TestFragment:
    @pytest.mark.parametrize("address", ["/leads/", "/leads/?score.gte=10&sort=name", "/leads/?view=ended", "/leads/?add=country"])
    def test_says_what_the_page_says(self, nora, client_of, address):
        for n in range(3):
            factories.lead(f"Lead {n}", owner=nora, score=30 * n)
        page, part = client_of(nora).get(address), client_of(nora).get(address, headers=FRAGMENT)
        assert "<html" not in part.content.decode()
        listed = text(part).rsplit(" leads", 1)[0].rsplit(" ", 1)[0]
        assert listed in text(page)
        assert "HX-Request" in part["Vary"]

    def test_the_filter_form_leads_to_the_plain_address(self, nora, client_of):
        response = client_of(nora).get("/leads/?field=score&op=gte&value=70", headers=FRAGMENT)
        assert (response.status_code, response.url) == (302, "/leads/?score.gte=70")


class TestCost:
    @pytest.mark.parametrize("address", ["/leads/", "/leads/?score.gte=10&owner.is=me&source.filled=&q=lead&sort=name", "/leads/?view=ended"])
    def test_twenty_rows_cost_no_more_queries_than_one(self, nora, omar, north, client_of, at, address, django_assert_max_num_queries):
        for n in range(20):
            lead = factories.lead(f"Lead {n}", owner=nora, score=n, source=factories.source(f"Source {n % 4}"))
            if n % 2:
                lead.plan("call", at, at=at, by=nora)
            if n % 5 == 0:
                Lead.objects.filter(pk=lead.pk).update(archived_at=at)
        client, more = client_of(nora), 2 * ("q=" in address)  # a search asks first whether it finds enough
        with django_assert_max_num_queries(12 + more):
            assert client.get(address).status_code == 200
        with django_assert_max_num_queries(9 + more):
            client.get(address, headers=FRAGMENT)


class TestSelection:
    def test_archives_what_is_selected_with_one_undo(self, nora, client_of, at):
        one, two, three = (factories.lead(f"L{n}", owner=nora) for n in range(3))
        client = client_of(nora)
        response = client.post("/leads/selection/", {"do": "archive", "lead": [one.pk, two.pk], "next": "/leads/?view=mine"}, follow=True)
        assert response.redirect_chain == [("/leads/?view=mine", 302)]
        assert "2 leads archived." in text(response)
        assert set(Lead.objects.filter(archived_at__isnull=False)) == {one, two}
        undo = re.search(r'action="(/undo/\d+/)"', response.content.decode())[1]
        client.post(undo)
        assert Lead.objects.open().count() == 3
        assert list(one.events.values_list("kind", flat=True).order_by("pk")) == ["created", "archived", "undone"]

    def test_asks_for_the_person_first_then_assigns(self, nora, omar, north, client_of):
        leads = [factories.lead(f"L{n}", team=north) for n in range(2)]
        data = {"do": "assign", "lead": [lead.pk for lead in leads]}
        asked = client_of(nora).post("/leads/selection/", data)
        assert asked.status_code == 200
        assert "Omar Haddad" in text(asked)
        client_of(nora).post("/leads/selection/", {**data, "owner": omar.pk, "chosen": "1", "why": "knows them"})
        assert set(Lead.objects.values_list("owner__name", flat=True)) == {"Omar Haddad"}

    def test_says_what_stayed_as_it_was(self, nora, client_of, at):
        fine, over = factories.lead("fine", owner=nora), factories.lead("over", owner=nora)
        over.archive("x", at=at, by=nora)
        response = client_of(nora).post("/leads/selection/", {"do": "archive", "lead": [fine.pk, over.pk]}, headers=FRAGMENT)
        assert response.status_code == 204
        assert "1 lead archived. 1 has ended." in response["HX-Trigger"]

    def test_disqualifies_with_a_reason_or_asks_again(self, nora, client_of):
        lead = factories.lead("L", owner=nora)
        data = {"do": "disqualify", "lead": lead.pk, "chosen": "1"}
        assert client_of(nora).post("/leads/selection/", data, headers=FRAGMENT).status_code == 422
        client_of(nora).post("/leads/selection/", {**data, "reason": factories.reason().pk})
        lead.refresh_from_db()
        assert lead.status == "disqualified"

    def test_leaves_alone_what_one_may_not_see(self, nora, vera, client_of):
        lead = factories.lead("vera's", owner=vera)
        for do in ("archive", "assign", "disqualify"):
            client_of(nora).post("/leads/selection/", {"do": do, "lead": lead.pk, "owner": nora.pk, "chosen": "1", "reason": factories.reason().pk})
        lead.refresh_from_db()
        assert (lead.is_open, lead.owner) == (True, vera)

    def test_hands_nothing_to_people_outside_the_team(self, nora, vera, north, client_of):
        lead = factories.lead("free", team=north)
        response = client_of(nora).post("/leads/selection/", {"do": "assign", "lead": lead.pk, "owner": vera.pk, "chosen": "1"})
        assert response.status_code == 422
        assert Lead.objects.get(pk=lead.pk).owner is None

    @pytest.mark.parametrize("data", [{}, {"do": "delete", "lead": "1"}, {"do": "archive", "lead": ["x", "９", "-1", "9" * 30]}])
    def test_nonsense_changes_nothing(self, nora, client_of, data):
        factories.lead("L", owner=nora)
        assert client_of(nora).post("/leads/selection/", {**data, "next": "https://elsewhere.example/leads/"}).url == "/leads/"
        assert Lead.objects.open().count() == 1
