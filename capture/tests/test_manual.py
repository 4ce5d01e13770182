"""Entering a lead by hand: warned, taken in at once, once; nothing told about leads out of sight."""

import pytest
from django.urls import reverse

from capture.models import Submission
from leads.models import Lead, PossibleDuplicate
from tests.factories import leads

pytestmark = pytest.mark.django_db
SAID = {"name": "Maya Lindqvist", "company_name": "Nordlys", "email": "maya@nordlys.example", "key": "abcdefgh12345678"}


def add(client, **said):
    return client.post(reverse("capture:manual"), {**SAID, **said})


class TestManualEntry:
    def test_lands_on_the_lead(self, nora, client_of):
        answer = add(client_of(nora), expected_revenue="1.234,50", title="Booths")
        lead = Lead.objects.get()
        assert answer.status_code == 302 and answer.url == lead.get_absolute_url()
        assert (lead.channel, lead.created_by, lead.team, lead.owner) == ("manual", nora, nora.seats[0].team, None)
        assert str(lead.expected_revenue) == "1234.50" and lead.qualify_due_at is not None
        assert Submission.objects.get().result == "created"

    def test_says_which_phone_is_none_and_keeps_what_was_typed(self, nora, client_of):
        answer = add(client_of(nora), phone="abc")
        page = answer.content.decode()
        assert answer.status_code == 422 and "This is not a phone number" in page and 'value="abc"' in page
        assert not Submission.objects.exists()
        add(client_of(nora), phone="555 0101")
        assert Lead.objects.get().phone == "555 0101"

    def test_sent_twice_is_one(self, nora, client_of):
        client = client_of(nora)
        first, second = add(client), add(client, anyway="1")
        assert first.url == second.url and Lead.objects.count() == 1 and Submission.objects.count() == 1
        assert Lead.objects.get().events.filter(kind__in=["created", "joined"]).count() == 1

    def test_keeps_it_when_asked(self, nora, client_of):
        add(client_of(nora), keep="on")
        lead = Lead.objects.get()
        assert lead.owner == nora and lead.assigned_at == lead.captured_at
        kept = lead.events.get(kind="assigned").details
        assert kept["why"]["code"] == "kept_by_typist" and kept["name"] == "Nora Bakke"

    def test_warns_of_a_likeness_and_joins_when_told_to(self, nora, client_of):
        known = leads.lead("Maya Lindqvist", email="maya@nordlys.example", owner=nora)
        answer = add(client_of(nora))
        page = answer.content.decode()
        assert answer.status_code == 422 and "Same e-mail" in page and known.get_absolute_url() in page and "Add to Maya Lindqvist" in page
        assert 'tabindex="-1" autofocus' in page  # the warning is what is read first
        assert not Submission.objects.exists()
        assert add(client_of(nora), anyway="1").url == known.get_absolute_url()
        assert Lead.objects.count() == 1

    def test_warns_of_ended_leads_too(self, nora, client_of, at):
        leads.lead("Maya Lindqvist", email="maya@nordlys.example", owner=nora, archived_at=at)
        page = add(client_of(nora)).content.decode()
        assert "Ended." in page and "Add anyway" in page

    def test_tells_nothing_about_a_lead_out_of_sight(self, nora, vera, south, client_of):
        hidden = leads.lead("Maya Hidden", email="maya@nordlys.example", owner=vera, team=south)
        answer = client_of(nora).get(reverse("capture:likenesses"), {"email": "maya@nordlys.example", "name": "Maya Hidden"})
        assert answer.content.strip() == b""
        answer = add(client_of(nora))
        mine = Lead.objects.exclude(pk=hidden.pk).get()
        assert answer.url == mine.get_absolute_url() and mine.apart_from == hidden
        assert PossibleDuplicate.objects.filter(lead=mine, other=hidden).exists()
        page = client_of(nora).get(mine.get_absolute_url()).content.decode()
        assert "Maya Hidden" not in page and "Vera" not in page

    def test_looks_alike_while_typing(self, nora, client_of):
        leads.lead("Zoë Ångström", phone="+4930901820", owner=nora)
        client = client_of(nora)
        for said in ({"phone": "+49 30 901820"}, {"name": "zoe angstrom"}):
            assert "Zoë Ångström" in client.get(reverse("capture:likenesses"), said).content.decode()
        assert client.get(reverse("capture:likenesses"), {"name": "Zo"}).content.strip() == b""

    @pytest.mark.parametrize(("said", "words"), [
        ({"email": "maya@nordlys"}, "needs an ending such as .com"), ({"expected_revenue": "80k"}, "is not an amount"),
        ({"country": "Atlantis"}, "is not a country"), ({"website": "javascript:alert(1)"}, "is not the address of a web site"),
        ({"name": "", "company_name": "", "email": ""}, "Enter at least a name"), ({"company_size": "viele"}, "is not a number of people"),
    ])  # fmt: skip
    def test_says_what_cannot_be_read(self, nora, client_of, said, words):
        answer = add(client_of(nora), **said)
        assert answer.status_code == 422 and words in answer.content.decode() and not Submission.objects.exists()

    def test_a_team_or_owner_sent_along_sets_nothing(self, nora, vera, south, client_of):
        add(client_of(nora), team=south.pk, owner=vera.pk, score="99", created_by=vera.pk)
        lead = Lead.objects.get()
        assert lead.team == nora.seats[0].team and lead.owner is None and lead.score is None and lead.created_by == nora

    def test_the_fragment_is_in_the_page(self, nora, client_of):
        client = client_of(nora)
        page = client.get(reverse("capture:manual"), {"name": "Maya", "key": "x"}).content.decode()
        part = client.get(reverse("capture:manual"), {"name": "Maya"}, headers={"HX-Request": "true"}).content.decode()
        assert '<form method="post"' in part and "<html" not in part and 'value="Maya"' in part and 'value="Maya"' in page

    def test_from_a_dialog_it_goes_to_the_lead(self, nora, client_of):
        answer = client_of(nora).post(reverse("capture:manual"), SAID, headers={"HX-Request": "true"})
        assert answer.status_code == 204 and answer["HX-Redirect"] == Lead.objects.get().get_absolute_url()

    @pytest.mark.parametrize("who", ["tess", "olga", "ada"])
    def test_everybody_may_enter_one(self, who, request, client_of):
        assert add(client_of(request.getfixturevalue(who))).status_code == 302
        assert Lead.objects.get().created_by == request.getfixturevalue(who)
