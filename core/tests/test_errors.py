"""A form that comes without its token changes nothing, and says so where the person is."""

import json

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


class TestAFormWithoutItsToken:
    def test_opens_the_sign_in_dialog_when_the_session_is_over_too(self):
        answer = Client(enforce_csrf_checks=True).post("/entries/new/", headers=HTMX)
        assert (answer.status_code, answer["HX-Trigger"]) == (401, "session:ended")

    def test_says_on_the_open_page_that_it_is_too_old(self, nora):
        client = Client(enforce_csrf_checks=True)
        client.force_login(nora)
        answer = client.post("/entries/new/", headers=HTMX)
        assert answer.status_code == 403
        assert json.loads(answer["HX-Trigger"])["toast"]["text"].startswith("Nothing was saved")

    def test_gets_a_page_of_its_own_without_scripts(self, nora):
        client = Client(enforce_csrf_checks=True)
        client.force_login(nora)
        answer = client.post("/entries/new/")
        assert answer.status_code == 403 and "This page was too old" in answer.content.decode()
