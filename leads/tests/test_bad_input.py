"""What people send a list or a lead that nobody meant: it is said, and nothing is lost."""

from itertools import count
from types import SimpleNamespace

import pytest

from core import limits
from leads import lists
from leads.models import Lead, LeadEvent
from tests.factories import leads as factories
from tests.factories import teams as people
from workspace.models import SavedView

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}
NAMES = ["Ø" * 300, "李" * 300, "ก" * 300, ("محمد " * 60).strip(), "👩‍💻" * 100, "<script>alert(1)</script>" * 12]


@pytest.fixture
def maya(nora):
    return factories.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys")


class TestNotes:
    HTML = "<table style='x' onclick='y'><tr><td>Prices &amp; terms</td></tr></table>"

    def test_a_megabyte_of_pasted_html_is_refused_and_stays_in_the_box(self, client_of, nora, maya):
        pasted = (self.HTML * 20_000)[:1_000_000]
        answer = client_of(nora).post(f"/leads/{maya.pk}/notes/", {"text": pasted}, **HTMX)
        assert answer.status_code == 422
        assert "10000" in answer.text.replace(",", "") and answer.text.count("Prices &amp;amp; terms") > 10_000
        assert not LeadEvent.objects.filter(lead=maya, kind="noted").exists()

    def test_without_javascript_too(self, client_of, nora, maya):
        answer = client_of(nora).post(f"/leads/{maya.pk}/notes/", {"text": "<b>long</b>" * 2_000})
        assert answer.status_code == 422 and "&lt;b&gt;long" in answer.text

    def test_html_is_shown_as_it_was_typed(self, client_of, nora, maya):
        text = (self.HTML * 200)[: limits.MAX_TEXT]
        assert client_of(nora).post(f"/leads/{maya.pk}/notes/", {"text": text}).status_code == 302
        page = client_of(nora).get(f"/leads/{maya.pk}/").text
        assert "onclick=&#x27;y&#x27;" in page and "<table style='x'" not in page
        assert LeadEvent.objects.get(lead=maya, kind="noted").details["text"] == text


class TestNames:
    @pytest.mark.parametrize("name", NAMES)
    def test_of_three_hundred_letters_in_any_script_are_kept_shown_and_found(self, client_of, nora, maya, name):
        maya.edit({"name": name}, at=maya.captured_at, by=nora)
        client = client_of(nora)
        for address in ("/leads/", f"/leads/{maya.pk}/", f"/leads/?peek={maya.pk}", f"/opportunities/conversion/{maya.pk}/"):
            assert client.get(address).status_code == 200
        assert Lead.objects.get().name == name
        assert f'href="/leads/{maya.pk}/' in client.get("/leads/", {"q": name}).text or not any(letter.isalnum() for letter in name)


class TestLists:
    def test_a_filter_on_a_deleted_field_is_said_and_left_out(self, client_of, nora, maya):
        factories.custom_field("colour")
        client = client_of(nora)
        assert "left out" not in client.get("/leads/?custom.colour.is=red").text
        factories.CustomField.objects.all().delete()
        page = client.get("/leads/?custom.colour.is=red").text
        assert "There is no field “custom.colour” any more. This filter is left out." in page and "Maya Lindqvist" in page

    def test_a_filter_on_somebody_who_left_still_works(self, client_of, nora, omar, maya):
        omar.is_active = False
        omar.save(update_fields=["is_active"])
        page = client_of(nora).get(f"/leads/?owner.is_not={omar.pk}").text
        assert "Omar Haddad" in page and "Maya Lindqvist" in page

    @pytest.mark.parametrize("query", ["page=99999999999", "page=-1", "peek=9" * 40, "sort=--score", "q=%00", "score.gte=1e999", "owner.is=me,me",
                                       "where={", "view=nowhere", "captured_at.is=0000-00-00", "q=" + "%F0%9F%92%A9" * 200])  # fmt: skip
    def test_an_address_nobody_wrote_shows_a_list(self, client_of, nora, maya, query):
        assert client_of(nora).get(f"/leads/?{query}").status_code == 200


class TestKeptViews:
    def test_what_took_long_to_count_is_not_counted_again_at_once(self, nora, maya, monkeypatch):
        monkeypatch.setattr(lists, "time", SimpleNamespace(monotonic=count(0, 60).__next__))  # each count takes a minute
        view = SavedView.objects.create(record="lead", name="North", query="q=nordlys", owner=nora)
        assert int(lists.count_tabs(nora)[f"kept {view.pk}"]) == 1
        factories.lead("Second", owner=nora, company_name="Nordlys")
        lists.forget_counts(nora)
        counts = lists.count_tabs(nora)
        assert (int(counts[f"kept {view.pk}"]), int(counts["open"])) == (1, 2)
        SavedView.objects.filter(pk=view.pk).update(query="q=second")
        lists.forget_counts(nora)
        from workspace import keeping

        keeping.forget(nora, "lead")
        assert int(lists.count_tabs(nora)[f"kept {view.pk}"]) == 1

    def test_what_is_quick_is_counted_anew_after_an_act(self, nora, maya, monkeypatch):
        monkeypatch.setattr(lists, "time", SimpleNamespace(monotonic=lambda: 0))  # each count takes no time
        view = SavedView.objects.create(record="lead", name="North", query="q=nordlys", owner=nora)
        lists.count_tabs(nora)
        factories.lead("Second", owner=nora, company_name="Nordlys")
        lists.forget_counts(nora)
        assert int(lists.count_tabs(nora)[f"kept {view.pk}"]) == 2


class TestMerging:
    def test_with_itself_or_with_one_that_is_out_of_sight_changes_nothing(self, client_of, nora, maya, south):
        hidden = factories.lead("Hidden", owner=people.person("Vera", south, email="v@fjordfinch.example"), team=south)
        client = client_of(nora)
        for records in ([maya.pk, maya.pk], [maya.pk, hidden.pk], [maya.pk, 10**12], [maya.pk], []):
            answer = client.post("/leads/merge/", {"record": records}, follow=True)
            assert answer.status_code in {200, 404, 422} and "Hidden" not in answer.text
        assert not Lead.objects.filter(merged_into__isnull=False).exists()
