"""The merge page and the queue of pairs, by their words and forms: for leads, companies and people alike."""

import pytest
from django.urls import reverse

from core import clock, undo
from core.merging import KINDS, merge
from core.models import Change
from customers.models import CompanyPair
from leads.models import Lead, PossibleDuplicate
from tests.factories import customers, leads

pytestmark = pytest.mark.django_db
LEAD = KINDS["lead"]


@pytest.fixture
def maya(nora, at):
    return leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys", city="Malmö", at=at)


@pytest.fixture
def twin(nora, at):
    return leads.lead("Lindqvist Maya", owner=nora, phone="+46405550142", company_name="Nordlys AB", city="Lund", title="24 booths", at=at)


def page_of(client, *records, **more):
    return client.get(reverse("leads:merge"), {"record": [record.pk for record in records], **more})


def form_of(answer, **chosen) -> dict:
    """Return what a browser would send from the merge page."""
    plan = answer.context["plan"]
    facts = {choice.name: choice.chosen for choice in plan.open_choices}
    return {"record": [record.pk for record in plan.records], "seen": plan.seen, "survivor": plan.survivor.pk, **facts, **chosen}


class TestMergePage:
    def test_shows_what_differs_and_what_will_be(self, client_of, nora, maya, twin):
        answer = page_of(client_of(nora), maya, twin)
        html = answer.content.decode()
        for words in ("Merge 2 records", "Which one stays", "What it will be", "Malmö", "Lund", "24 booths", "1 e-mail address", "Nothing is deleted"):
            assert words in html
        assert answer.context["plan"].survivor == twin  # the fuller one
        assert {choice.field.name for choice in answer.context["plan"].open_choices} == {"name", "company_name", "address"}

    def test_merges_as_chosen_and_offers_undo(self, client_of, nora, maya, twin):
        client = client_of(nora)
        form = form_of(page_of(client, maya, twin), survivor=maya.pk, **{"fact-address": twin.pk})
        answer = client.post(reverse("leads:merge"), form, follow=True)
        assert answer.redirect_chain == [(maya.get_absolute_url(), 302)]
        assert "1 record merged into Lindqvist Maya." in answer.content.decode() and "Undo" in answer.content.decode()
        maya.refresh_from_db()
        assert (maya.city, maya.title, maya.phone_e164) == ("Lund", "24 booths", "+46405550142")
        client.post(reverse("core:undo", args=[Change.objects.get(verb="merge_lead").pk]))
        assert Lead.objects.get(pk=twin.pk).is_open

    def test_previews_without_merging(self, client_of, nora, maya, twin):
        client = client_of(nora)
        form = form_of(page_of(client, maya, twin), **{"fact-address": maya.pk, "preview": "1"})
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.post(reverse("leads:merge"), form, headers=headers)
            assert answer.status_code == 200 and answer.context["plan"].columns()["city"] == "Malmö"
        assert "<main" not in answer.content.decode() and Lead.objects.open().count() == 2

    def test_what_was_not_chosen_follows_the_one_that_stays(self, client_of, nora, maya, twin):
        client = client_of(nora)
        form = form_of(page_of(client, maya, twin), **{"fact-address": maya.pk, "preview": "1"})
        assert form["fact-name"] == twin.pk
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.post(reverse("leads:merge"), {**form, "proposed_for": twin.pk, "survivor": maya.pk}, headers=headers)
            found = answer.context["plan"].columns()
            assert (found["name"], found["city"]) == ("Maya Lindqvist", "Malmö")
        assert 'id="merge-facts" hx-swap-oob="true"' in answer.content.decode()
        answer = client.post(reverse("leads:merge"), {**form, "proposed_for": maya.pk, "survivor": maya.pk}, headers={"HX-Request": "true"})
        assert answer.context["plan"].columns()["name"] == "Lindqvist Maya" and "merge-facts" not in answer.content.decode()

    def test_merges_many(self, client_of, nora):
        client = client_of(nora)
        rows = [leads.lead(f"Ada {n}", owner=nora, email=f"a{n}@x.example") for n in range(12)]
        client.post(reverse("leads:merge"), form_of(page_of(client, *rows)))
        assert Lead.objects.open().count() == 1 and Lead.objects.open().get().emails.count() == 12

    def test_takes_few_queries(self, client_of, nora, django_assert_max_num_queries):
        client = client_of(nora)
        leads.custom_field("budget")
        rows = [leads.lead(f"Ada {n}", owner=nora, email=f"a{n}@x.example", custom={"budget": str(n)}) for n in range(20)]
        with django_assert_max_num_queries(18):
            page_of(client, *rows)

    def test_asks_for_another_one(self, client_of, nora, maya, twin):
        html = page_of(client_of(nora), maya).content.decode()
        assert "Merge Maya Lindqvist with …" in html and "Lindqvist Maya" in html and "Same name" in html
        other = leads.lead("Zed Quarry", owner=nora)
        html = page_of(client_of(nora), maya, q="quarry").content.decode()
        assert "Found" in html and f'value="{other.pk}"' in html


class TestRefusals:
    def test_one_that_cant_be_seen_is_missing(self, client_of, nora, vera, maya):
        hidden = leads.lead("Hidden", owner=vera)
        client = client_of(nora)
        assert page_of(client, maya, hidden).status_code == 404
        assert client.get(reverse("leads:merge"), {"record": [maya.pk, 10**9]}).status_code == 404
        answer = client.post(reverse("leads:merge"), {"record": [maya.pk, hidden.pk], "survivor": maya.pk})
        assert answer.status_code == 404 and Lead.objects.open().count() == 2

    def test_the_same_twice(self, client_of, nora, maya):
        client = client_of(nora)
        assert "That is the same record twice." in page_of(client, maya, maya).content.decode()
        answer = client.post(reverse("leads:merge"), {"record": [maya.pk, maya.pk], "survivor": maya.pk, "seen": ""})
        assert answer.status_code == 422 and "can&#x27;t be merged with itself" in answer.content.decode()

    def test_a_converted_one(self, client_of, nora, maya, twin, at):
        Lead.objects.filter(pk=twin.pk).update(converted_at=at)
        assert "is converted already" in page_of(client_of(nora), maya, twin).content.decode()

    def test_two_people_at_once(self, client_of, nora, omar, maya, twin, at):
        client = client_of(nora)
        third = leads.lead("Third", owner=nora)
        form = form_of(page_of(client, twin, third))
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=omar)
        answer = client.post(reverse("leads:merge"), form)
        html = answer.content.decode()
        assert answer.status_code == 422 and "Lindqvist Maya was merged into another record meanwhile." in html
        assert [record.pk for record in answer.context["records"]] == [maya.pk, third.pk]  # the survivor stands in

    def test_what_was_edited_meanwhile(self, client_of, nora, maya, twin, at):
        client = client_of(nora)
        form = form_of(page_of(client, maya, twin))
        twin.edit({"city": "Ystad"}, at=at, by=nora)
        answer = client.post(reverse("leads:merge"), form)
        assert answer.status_code == 422 and "Somebody changed one of these meanwhile" in answer.content.decode()
        assert "Ystad" in answer.content.decode()

    def test_hostile_values(self, client_of, nora, maya, twin):
        client = client_of(nora)
        form = form_of(page_of(client, maya, twin), **{"fact-name": "9' OR 1=1", "fact-owner": "-1", "fact-score": twin.pk, "owner": 1})
        client.post(reverse("leads:merge"), form)
        stays = Lead.objects.open().get()
        assert stays.owner == nora and stays.score is None


class TestAddresses:
    def test_of_a_merged_lead_lead_to_the_survivor(self, client_of, nora, maya, twin, at):
        merge(LEAD, maya.pk, [maya.pk, twin.pk], at=at, by=nora)
        answer = client_of(nora).get(twin.get_absolute_url(), follow=True)
        assert answer.redirect_chain == [(maya.get_absolute_url(), 302)]
        assert "was merged into this one" in answer.content.decode()
        client_of(nora).post(reverse("leads:note", args=[twin.pk]), {"text": "Late"})
        assert maya.events.filter(kind="noted").exists()

    def test_say_no_more_than_one_may_see(self, client_of, omar, maya, nora, north, at):
        theirs = leads.lead("Omar's", owner=omar)
        merge(LEAD, maya.pk, [maya.pk, theirs.pk], {"fact-owner": str(maya.pk)}, at=at, by=nora)
        html = client_of(omar).get(theirs.get_absolute_url()).content.decode()
        assert "Merged into another lead" in html and "Maya Lindqvist" not in html

    def test_the_story_offers_to_take_the_merge_back(self, client_of, nora, tess, maya, twin, at):
        change = merge(LEAD, maya.pk, [maya.pk, twin.pk], at=clock.now(), by=nora)
        url = reverse("core:undo", args=[change.pk])
        html = client_of(nora).get(maya.get_absolute_url()).content.decode()
        assert url in html and "<dt>Wants</dt><dd>– → <b>24 booths</b>" in html
        assert url not in client_of(tess).get(maya.get_absolute_url()).content.decode()
        client_of(nora).post(url)
        html = client_of(nora).get(maya.get_absolute_url()).content.decode()
        assert url not in html and "took back: the merge" in html

    def test_of_merged_customers_too(self, client_of, nora, at):
        one, two = customers.company("Acme", owner=nora), customers.company("Acme Two", owner=nora)
        two.note("Old words", at=at, by=nora)
        merge(KINDS["company"], one.pk, [one.pk, two.pk], at=at, by=nora)
        answer = client_of(nora).get(two.get_absolute_url(), follow=True)
        assert answer.redirect_chain == [(one.get_absolute_url(), 302)] and "Old words" in answer.content.decode()


class TestWaysIn:
    def test_the_lead_page_the_selection_and_the_customers_pages(self, client_of, nora, maya, twin):
        client, company = client_of(nora), customers.company("Acme", owner=nora)
        PossibleDuplicate.objects.create(lead=maya, other=twin, reasons=[{"code": "same_name", "values": {}}])
        html = client.get(maya.get_absolute_url()).content.decode()
        assert f"/leads/merge/?record={maya.pk}&amp;record={twin.pk}" in html and "Merge with…" in html
        answer = client.post(reverse("leads:bulk"), {"do": "merge", "lead": [maya.pk, twin.pk]})
        assert answer.url == LEAD.url_of([maya, twin])
        answer = client.post(reverse("leads:bulk"), {"do": "merge", "lead": [maya.pk, twin.pk]}, headers={"HX-Request": "true"})
        assert answer["HX-Redirect"] == LEAD.url_of([maya, twin])
        assert f"/customers/merge/?record={company.pk}" in client.get(company.get_absolute_url()).content.decode()
        assert "1 possible duplicate" in client.get(reverse("leads:leads")).content.decode()


class TestQueue:
    @pytest.fixture
    def pair(self, maya, twin):
        return PossibleDuplicate.objects.create(lead=maya, other=twin, reasons=[{"code": "same_phone", "values": {}}], strength=70)

    def test_shows_both_sides_with_what_speaks_for_it(self, client_of, nora, pair, maya, twin):
        html = client_of(nora).get(reverse("leads:pairs")).content.decode()
        for words in ("Maya Lindqvist", "Lindqvist Maya", "Same phone number", "Likely", "Malmö", "Lund", "Not the same"):
            assert words in html
        assert LEAD.url_of([maya, twin]).replace("&", "&amp;") in html

    def test_only_pairs_of_which_one_may_see_both(self, client_of, nora, vera, ada, maya, pair):
        hidden = leads.lead("Hidden Person", owner=vera)
        other = PossibleDuplicate.objects.create(lead=maya, other=hidden, reasons=[{"code": "entered_apart", "values": {}}])
        assert "Hidden Person" not in client_of(nora).get(reverse("leads:pairs")).content.decode()
        assert "Hidden Person" in client_of(ada).get(reverse("leads:pairs")).content.decode()
        assert client_of(nora).post(reverse("leads:pair", args=[other.pk])).status_code == 404
        assert not client_of(vera).get(reverse("leads:pairs")).context["pairs"]

    def test_remembers_that_two_are_not_the_same(self, client_of, nora, pair):
        client = client_of(nora)
        answer = client.post(reverse("leads:pair", args=[pair.pk]), follow=True)
        assert "Noted: not the same." in answer.content.decode() and "Nothing to look at" in answer.content.decode()
        pair.refresh_from_db()
        assert (pair.verdict, pair.judged_by) == ("different", nora)
        undo.take_back(Change.objects.get(verb="pair_judged"), by=nora, at=pair.judged_at)
        assert client.get(reverse("leads:pairs")).context["pairs"]

    def test_the_same_number_of_queries_for_one_pair_and_for_ten(self, client_of, nora, maya, twin, pair, django_assert_max_num_queries):
        client, url = client_of(nora), reverse("leads:pairs")
        client.get(url)
        for count in (1, 10):
            for _ in range(count - 1):
                PossibleDuplicate.objects.create(lead=maya, other=leads.lead(owner=nora))
            with django_assert_max_num_queries(10):
                assert len(client.get(url).context["pairs"]) == count

    def test_of_customers(self, client_of, nora, at):
        one, two = customers.company("Acme", owner=nora), customers.company("Acme Two", owner=nora)
        pair = CompanyPair.objects.create(company=one, other=two, reasons=[{"code": "same_company", "values": {}}])
        client = client_of(nora)
        assert "Acme Two" in client.get(reverse("customers:company_pairs")).content.decode()
        assert client.post(reverse("customers:company_pair", args=[pair.pk])).url == reverse("customers:company_pairs")
        assert client.get(reverse("customers:contact_pairs")).status_code == 200
