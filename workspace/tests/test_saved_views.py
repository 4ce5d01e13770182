"""Views of the leads list under a name, and the columns somebody chose."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from teams.models import Membership
from tests.factories import leads as make
from workspace import keeping
from workspace.models import SavedView

pytestmark = pytest.mark.django_db
LEADS = "/leads/"
QUERY = "score.gte=70&sort=-captured"


def tabs(page: str) -> dict[str, str]:
    """Return {tab: its count} as the page shows them."""
    nav = re.search(r'<nav class="tabs".*?</nav>', page, re.S)[0]
    return dict(re.findall(r'>([^<>]+)<span class="count">([^<]*)</span>', nav))


@pytest.fixture
def some(nora):
    return [make.lead(f"Lead {score}", owner=nora, score=score) for score in (40, 75, 90)]


def keep(client, name="Best first", **more):
    return client.post(reverse("workspace:new_view", args=["lead"]), {"name": name, "query": QUERY, **more})


class TestKeeping:
    def test_makes_a_tab_with_its_count(self, client_of, nora, some):
        client = client_of(nora)
        assert keep(client).url == f"{LEADS}?score.gte=70&sort=-captured"
        page = client.get(f"{LEADS}?{QUERY}").content.decode()
        assert tabs(page)["Best first"] == "2"
        assert re.search(r'aria-current="page"[^>]*>Best first', page)

    def test_leaves_out_the_page_one_happened_to_be_on(self, client_of, nora):
        keep(client_of(nora), query="sort=-captured&page=3&peek=12")
        assert SavedView.objects.get().query == "sort=-captured"

    def test_asks_for_a_name_that_is_new(self, client_of, nora):
        client = client_of(nora)
        assert keep(client, name=" ").status_code == 422
        keep(client)
        again = keep(client)
        assert again.status_code == 422 and "You have a view of this name already" in again.content.decode()

    def test_is_changed_and_deleted_by_its_owner_only(self, client_of, nora, omar):
        keep(client_of(nora))
        view = SavedView.objects.get()
        address = reverse("workspace:view", args=[view.pk])
        assert client_of(omar).post(address, {"delete": "1"}).status_code == 404
        client_of(nora).post(address, {"name": "Hot ones", "query": "score.gte=90"})
        view.refresh_from_db()
        assert (view.name, view.query) == ("Hot ones", "score.gte=90")
        client_of(nora).post(address, {"delete": "1"})
        assert not SavedView.objects.exists()

    def test_its_conditions_are_changed_as_a_sentence(self, client_of, nora, some):
        client = client_of(nora)
        keep(client)
        address = reverse("workspace:view", args=[SavedView.objects.get().pk])
        page = client.get(address).text
        assert 'name="p0-field"' in page and "Shows 2 leads now." in page and "Score at least 70" in page
        words = {"name": "Best first", "query": QUERY, "joined": "all", "p0-field": "score", "p0-op": "gte", "p0-value": "80", "p1-joined": "any",
                 "p1-r0-field": "country", "p1-r0-op": "is", "p1-r0-value": "NO", "p1-r1-field": "waiting", "p1-r1-op": "is", "p1-r1-value": "yes"}  # fmt: skip
        part = client.post(address, {**words, "do": "add"}, headers={"HX-Request": "true"})
        assert part.status_code == 200 and 'name="p2-field"' in part.text and "<form" not in part.text
        assert SavedView.objects.get().query == QUERY
        assert client.post(address, {**words, "p0-value": "much"}).status_code == 422
        assert client.post(address, words).status_code == 302
        view = SavedView.objects.get()
        assert view.query.startswith("score.gte=80&where=") and view.query.endswith("&sort=-captured")
        assert tabs(client.get(f"{LEADS}?{view.query}").text)["Best first"] == "1"

    def test_keeps_the_words_searched_for_and_says_them(self, client_of, nora, some):
        client, address = client_of(nora), reverse("workspace:new_view", args=["lead"])
        make.lead("Nordlys 88", owner=nora, score=88)
        page = client.get(address, {"query": "score.gte=70&q=lead"}).text
        assert re.search(r'name="name" value="lead"', page) and re.search(r'name="q" value="lead"', page) and "Shows 2 leads now." in page
        words = {"name": "Nordlys", "query": "score.gte=70&q=leda&near=1", "joined": "all", "p0-field": "score", "p0-op": "gte", "p0-value": "70"}
        part = client.post(address, {**words, "q": "nordlys", "do": "show"}, headers={"HX-Request": "true"})
        assert "Shows 1 lead now." in part.text
        assert client.post(address, {**words, "q": "nordlys"}).url == f"{LEADS}?score.gte=70&q=nordlys"
        assert tabs(client.get(LEADS).text)["Nordlys"] == "1"
        client.post(reverse("workspace:view", args=[SavedView.objects.get().pk]), {**words, "q": ""})
        assert SavedView.objects.get().query == "score.gte=70"

    def test_is_the_current_one_also_where_similar_words_are_no_longer_shown(self, client_of, nora, some):
        SavedView.objects.create(owner=nora, record="lead", name="Near", query="q=lead&near=1")
        [make.lead(f"Lead {n}", owner=nora) for n in range(5)]
        page = client_of(nora).get(f"{LEADS}?q=lead&near=1").text
        assert re.search(r'aria-current="page"[^>]*>Near', page)

    def test_is_shared_with_a_team_by_its_manager(self, client_of, tess, nora, vera, some, north):
        keep(client_of(tess), team=north.pk)
        assert "Best first" in tabs(client_of(nora).get(LEADS).content.decode())
        assert "Best first" not in tabs(client_of(vera).get(LEADS).content.decode())
        assert client_of(nora).get(reverse("workspace:view", args=[SavedView.objects.get().pk])).status_code == 404

    def test_a_rep_shares_nothing(self, client_of, nora, north):
        keep(client_of(nora), team=north.pk)
        assert SavedView.objects.get().team is None

    def test_stays_with_the_team_when_its_maker_left(self, client_of, tess, nora, north):
        keep(client_of(tess), team=north.pk)
        Membership.objects.filter(user=tess).delete()
        tess.is_active = False
        tess.save(update_fields=["is_active"])
        assert "Best first" in tabs(client_of(nora).get(LEADS).content.decode())

    def test_tells_of_a_filter_whose_field_is_gone(self, client_of, nora, some):
        SavedView.objects.create(owner=nora, record="lead", name="Old", query="custom-colour.is=red&score.gte=70")
        client = client_of(nora)
        assert tabs(client.get(LEADS).content.decode())["Old"] == "2"
        assert "This filter is left out" in client.get(f"{LEADS}?custom-colour.is=red&score.gte=70").content.decode()

    def test_of_a_list_there_is_not_is_not_there(self, client_of, nora):
        assert client_of(nora).get(reverse("workspace:new_view", args=["secrets"])).status_code == 404


class TestPinned:
    """Views beside the rooms of one's navigation."""

    def pins(self, client, path: str = "/") -> dict[str, str]:
        page = client.get(path).content.decode()
        found = re.search(r'<nav class="nav nav-views".*?</nav>', page, re.S)
        return dict(re.findall(r'class="truncate">([^<]+)</span><span class="count">([^<]*)<', found[0])) if found else {}

    def pin(self, client, view, pinned: str = "1"):
        return client.post(reverse("workspace:pin", args=[view.pk]), {"pinned": pinned})

    def test_stands_in_the_navigation_of_every_page_with_its_count_until_taken_down(self, client_of, nora, some):
        client = client_of(nora)
        keep(client)
        view = SavedView.objects.get()
        assert self.pins(client) == {}
        assert self.pin(client, view).url == f"{LEADS}?score.gte=70&sort=-captured"
        self.pin(client, view)  # twice is once
        assert self.pins(client) == self.pins(client, "/opportunities/") == {"Best first": "2"}
        page = client.get(f"{LEADS}?{QUERY}").content.decode()
        assert re.search(r'class="nav-item" href="[^"]+sort=-captured" aria-current="page"', page)
        assert 'name="pinned" value="0" aria-pressed="true"' in page
        self.pin(client, view, "0")
        assert self.pins(client) == {}

    def test_each_member_pins_a_teams_view_for_themselves(self, client_of, tess, nora, omar, north, some):
        keep(client_of(tess), team=north.pk)
        view = SavedView.objects.get()
        self.pin(client_of(nora), view)
        assert self.pins(client_of(nora)) == {"Best first": "2"}
        assert self.pins(client_of(omar)) == self.pins(client_of(tess)) == {}
        tess.is_active = False
        tess.save(update_fields=["is_active"])  # who made it left: it stays where it was pinned
        assert self.pins(client_of(nora)) == {"Best first": "2"}

    def test_goes_with_the_right_to_see_it(self, client_of, tess, nora, north, some):
        keep(client_of(tess), team=north.pk)
        view = SavedView.objects.get()
        self.pin(client_of(nora), view)
        SavedView.objects.update(team=None)
        keeping.forget(nora, "lead")
        assert self.pins(client_of(nora)) == {}
        assert self.pin(client_of(nora), view).status_code == 404

    def test_asks_nothing_more_once_it_is_known(self, client_of, nora, some, django_assert_max_num_queries):
        client = client_of(nora)
        keep(client)
        client.get("/customers/")
        with CaptureQueriesContext(connection) as before:
            client.get("/customers/")
            asked = len(before)
        self.pin(client, SavedView.objects.get())
        client.get(LEADS)
        client.get("/customers/")
        with django_assert_max_num_queries(asked):
            assert self.pins(client, "/customers/") == {"Best first": "2"}


class TestColumns:
    def choose(self, client, *names):
        return client.post(reverse("workspace:columns", args=["lead"]), {"column": names, "query": QUERY})

    def heads(self, client) -> list[str]:
        page = client.get(LEADS).content.decode()
        head = re.search(r"<thead>.*?</thead>", page, re.S)[0]
        return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<th.*?</th>", head, re.S)][1:-1]

    def test_are_shown_as_chosen(self, client_of, nora, some):
        client = client_of(nora)
        assert self.choose(client, "score", "email", "revenue", "no_such").url == f"{LEADS}?score.gte=70&sort=-captured"
        assert self.heads(client) == ["Lead", "Score", "E-mail", "Expected revenue"]

    def test_need_no_query_per_row(self, client_of, nora, omar, django_assert_max_num_queries):
        client = client_of(nora)
        self.choose(client, "wants", "email", "phone", "country", "industry", "size", "revenue", "campaign", "team", "owner", "next")
        for n in range(30):
            make.lead(f"Lead {n}", owner=nora, expected_revenue=100 + n, industry="Retail", company_size=n)
        client.get(LEADS)
        with django_assert_max_num_queries(9):
            client.get(LEADS)


class TestPreview:
    def test_shows_the_lead_beside_its_list(self, client_of, nora, some):
        page = client_of(nora).get(f"{LEADS}?peek={some[1].pk}").content.decode()
        assert "has-drawer" in page and f'href="{some[1].get_absolute_url()}?list="' in page
        assert f"peek={some[2].pk}" in page and f"peek={some[0].pk}" in page

    def test_of_what_one_may_not_see_is_not_there(self, client_of, vera, nora, some):
        assert "has-drawer" not in client_of(vera).get(f"{LEADS}?peek={some[1].pk}").content.decode()

    def test_a_lead_knows_its_neighbours_in_the_list_it_came_from(self, client_of, nora, some):
        low, middle, high = some
        page = client_of(nora).get(f"{middle.get_absolute_url()}?list=sort%3D-score").content.decode()
        before, after = re.search(r'href="([^"]+)" data-key="k"', page)[1], re.search(r'href="([^"]+)" data-key="j"', page)[1]
        assert (before, after) == (f"{high.get_absolute_url()}?list=sort%3D-score", f"{low.get_absolute_url()}?list=sort%3D-score")
        assert f'href="{LEADS}?sort=-score"' in page

    def test_without_a_list_there_are_none(self, client_of, nora, some):
        page = client_of(nora).get(some[1].get_absolute_url()).content.decode()
        assert 'data-key="j"' not in page and f'href="{LEADS}"' in page
