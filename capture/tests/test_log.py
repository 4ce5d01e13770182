"""The capture log: who sees what, and what becomes of entries that were set aside."""

from datetime import timedelta

import pytest
from django.urls import reverse

from capture import intake, quarantine
from capture.channels import receive
from capture.models import Submission
from core import clock
from core.models import AuditEntry
from leads.models import Lead
from tests.factories import capture as entries

pytestmark = pytest.mark.django_db
HERE = "/entries/"


def aside(**said) -> Submission:
    return receive("web_form", said or {"name": "Maya", "email": "maya@nordlys.example"}, set_aside="honeypot")


class TestLog:
    def test_shows_what_came_in_and_why(self, olga, client_of):
        aside(name="Set <b>Aside</b>", email="a@x.example")
        entries.taken_in(name="Ada", email="ada")
        page = client_of(olga).get(HERE).content.decode()
        assert "Set &lt;b&gt;Aside&lt;/b&gt;" in page and "<b>Aside</b>" not in page
        assert "A field that people don&#x27;t see was filled in." in page and "is not an e-mail address" in page

    def test_reps_find_nothing_there(self, nora, client_of):
        entry = aside()
        assert client_of(nora).get(HERE).status_code == 404
        assert client_of(nora).post(reverse("capture:decision", args=[entry.pk]), {"do": "let_in"}).status_code == 404

    def test_managers_see_their_teams_only(self, tess, north, south, client_of):
        receive("web_form", {"name": "Northern Light"}, team=north)
        hidden = receive("web_form", {"name": "Southern Cross"}, team=south, set_aside="links")
        page = client_of(tess).get(HERE).content.decode()
        assert "Northern Light" in page and "Southern Cross" not in page
        gone = client_of(tess).post(reverse("capture:decision", args=[hidden.pk]), {"do": "let_in"})
        assert gone.status_code == 404 and Submission.objects.get(pk=hidden.pk).result == "quarantined"

    def test_operations_see_the_entry_and_not_a_lead_of_others(self, olga, ada, client_of):
        lead = entries.taken_in(name="Ada", email="a@x.example").lead
        assert lead.get_absolute_url() not in client_of(olga).get(HERE).content.decode()
        assert lead.get_absolute_url() in client_of(ada).get(HERE).content.decode()

    def test_tabs_and_channels_narrow_it(self, olga, client_of):
        aside(name="Aside")
        entries.taken_in(name="Taken", email="t@x.example")
        client = client_of(olga)
        page = client.get(HERE, {"tab": "aside"}).content.decode()
        assert "Aside" in page and "Taken" not in page
        assert "Taken" not in client.get(HERE, {"channel": "import"}).content.decode()
        assert client.get(HERE, {"tab": "x", "channel": "'", "page": "-1"}).status_code == 200

    def test_few_queries_however_long(self, olga, client_of, django_assert_max_num_queries):
        for number in range(60):
            entries.submission(name=f"P{number}")
        intake.take_in()
        client = client_of(olga)
        with django_assert_max_num_queries(9):
            client.get(HERE)

    def test_the_fragment_is_in_the_page(self, olga, client_of):
        aside(name="Maya")
        client = client_of(olga)
        part = client.get(HERE, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part and "Maya" in part and 'id="list"' in part


class TestQuarantine:
    def test_let_in_it_becomes_a_lead(self, olga, client_of):
        entry = aside()
        answer = client_of(olga).post(reverse("capture:decision", args=[entry.pk]), {"do": "let_in"})
        assert answer.status_code == 302
        intake.take_in()
        entry.refresh_from_db()
        assert entry.result == "created" and entry.lead == Lead.objects.get()
        assert AuditEntry.objects.get(action="quarantine_let_in").actor == olga

    def test_dropped_it_stays_out_and_in_the_log(self, olga, client_of):
        entry = aside()
        client_of(olga).post(reverse("capture:decision", args=[entry.pk]), {"do": "drop"})
        entry.refresh_from_db()
        assert entry.result == "skipped" and entry.why["code"] == "dropped" and intake.take_in() == 0
        assert "Dropped from quarantine by Olga Brandt." in client_of(olga).get(HERE).content.decode()

    def test_two_who_decide_at_once_decide_once(self, olga, ada):
        entry = aside()
        assert quarantine.drop(entry, by=olga) and not quarantine.let_in(entry, by=ada, at=clock.now())
        assert AuditEntry.objects.filter(target=f"capture.submission:{entry.pk}").count() == 1

    def test_what_is_stuck_can_be_tried_again(self, olga, client_of):
        entry = entries.submission(name="Maya")
        Submission.objects.filter(pk=entry.pk).update(state="stuck", attempts=3, last_error="ValueError")
        client_of(olga).post(reverse("capture:decision", args=[entry.pk]), {"do": "try_again"})
        assert intake.take_in() == 1

    def test_another_word_does_nothing(self, olga, client_of):
        entry = aside()
        client_of(olga).post(reverse("capture:decision", args=[entry.pk]), {"do": "delete"})
        assert Submission.objects.get(pk=entry.pk).result == "quarantined"

    def test_is_kept_for_thirty_days(self):
        old, young = aside(name="Old"), aside(name="Young")
        Submission.objects.filter(pk=old.pk).update(received_at=clock.now() - timedelta(days=31))
        Submission.objects.filter(pk=young.pk).update(received_at=clock.now() - timedelta(days=29))
        assert quarantine.forget() == 1 and list(Submission.objects.all()) == [young]
