"""What they did, fed by files and forms: it stands on the lead and counts for its score."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from capture import intake
from capture.channels import Row, receive_many
from capture.imports import fields, proposals
from capture.web_form import tokens
from core import clock
from leads.models import Engagement, Lead
from scoring import profile
from tests.factories import capture as entries

pytestmark = pytest.mark.django_db
DID = {
    "visits": "12", "pages_viewed": "1,204", "seconds_on_site": "95", "emails_opened": "3", "emails_clicked": "2", "emails_replied": "1",
    "last_engaged_at": "2026-11-03",
}  # fmt: skip


def bring(raw: dict) -> Lead:
    """Enter one row as an import does."""
    found = receive_many("import", [Row(f"{id(raw)}", raw, line=2)], at=timezone.now())
    return Lead.objects.get(pk=found.fates[0].lead)


class TestImport:
    def test_brings_what_they_did(self):
        lead = bring({"email": "a@x.example", **DID})
        assert [lead.visits, lead.pages_viewed, lead.seconds_on_site, lead.emails_opened, lead.emails_clicked, lead.emails_replied] == [
            12, 1204, 95, 3, 2, 1,
        ]  # fmt: skip
        assert lead.last_engaged_at == datetime(2026, 11, 3, tzinfo=UTC)
        assert profile.strengths([lead], lead.last_engaged_at)[lead.pk] > profile.MUCH
        assert not Engagement.objects.exists()

    @pytest.mark.parametrize("odd", ["-3", "many", "2.5", "1e99999", "nan"])
    def test_names_what_is_no_count(self, odd):
        found = receive_many("import", [Row("1", {"email": "a@x.example", "visits": odd}, line=2)], at=timezone.now())
        assert found.fates[0].result == "rejected"
        assert "no_count" in str(found.fates[0].why)
        assert not Lead.objects.exists()

    def test_keeps_a_count_within_what_a_lead_holds(self):
        assert bring({"email": "a@x.example", "visits": "99999999999"}).visits == 2**31 - 1

    def test_leaves_a_lead_that_is_there_as_it_is(self):
        """What an open lead did is known here; a file that names it again doesn't count it twice."""
        lead = bring({"email": "a@x.example", "visits": "4"})
        bring({"email": "a@x.example", "visits": "4"})
        assert Lead.objects.get(pk=lead.pk).visits == 4

    @pytest.mark.parametrize(("header", "key"), [
        ("Visits", "visits"), ("Number of Pageviews", "pages_viewed"), ("Total Time Spent on Website", "seconds_on_site"),
        ("Marketing emails opened", "emails_opened"), ("E-mails clicked", "emails_clicked"), ("Last seen", "last_engaged_at"),
    ])  # fmt: skip
    def test_knows_such_columns_by_their_names(self, header, key):
        assert proposals.folded(header) in fields.TARGETS[key].names.split("|")


class TestForm:
    def test_is_an_act_of_a_person(self):
        form = entries.web_form("Quote", slug="quote")
        token = tokens.make(form.pk, {}, at=clock.now() - timedelta(seconds=40))
        said = {
            "name": "Maya",
            "email": "maya@nordlys.example",
            "message": "24 booths",
            "token": token,
            "visits": "999",
            "score": "99",
        }
        Client().post(form.get_absolute_url(), said)
        intake.take_in()
        lead = Lead.objects.get()
        assert (lead.visits, lead.pages_viewed) == (1, 1)
        assert 30 <= lead.seconds_on_site <= 3600  # the two clocks that take part may be set meanwhile
        assert lead.last_engaged_at == lead.captured_at
        [act] = Engagement.objects.all()
        assert (act.lead, act.kind, act.actor, act.occurred_at) == (lead, "form", "human", lead.captured_at)

    def test_sent_again_is_a_further_act(self):
        form = entries.web_form("Quote", slug="quote")
        for n, message in enumerate(("24 booths", "and carpets")):
            token = tokens.make(form.pk, {}, at=clock.now() - timedelta(seconds=40 + n))
            Client().post(
                form.get_absolute_url(),
                {"name": "Maya", "email": "maya@nordlys.example", "message": message, "token": token},
            )
            intake.take_in()
        lead = Lead.objects.get()
        assert Engagement.objects.filter(lead=lead, kind="form").count() == 2
        assert lead.last_engaged_at == Engagement.objects.latest("occurred_at").occurred_at > lead.captured_at
