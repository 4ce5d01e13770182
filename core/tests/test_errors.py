"""A request that can't be done as it came changes nothing, and says so where the person is."""

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


class TestAnAddressThatOnlyTakesAForm:
    def test_answers_with_a_page_and_a_way_on(self, client_of, nora):
        answer = client_of(nora).get("/leads/selection/", headers={"referer": "http://testserver/leads/?q=a"})
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert "There is no page at this address" in answer.text and 'href="http://testserver/leads/?q=a"' in answer.text

    def test_leads_nowhere_else(self, client_of, nora):
        answer = client_of(nora).get("/leads/selection/", headers={"referer": "https://elsewhere.example/"})
        assert "elsewhere" not in answer.text and "Go to Today" in answer.text

    def test_says_nothing_to_a_part_of_a_page(self, client_of, nora):
        assert client_of(nora).get("/leads/selection/", headers=HTMX).content == b""

    def test_is_the_same_the_other_way_round(self, client_of, nora):
        assert "There is no page" in client_of(nora).put("/leads/").text


class TestASignThatNoTextCanHave:
    @pytest.mark.parametrize("address", ["/leads/?q=a%00b", "/search/?q=a%00b", "/customers/?q=a%00b"])
    def test_is_the_senders_mistake_and_not_the_servers(self, nora, address):
        client = Client()
        client.force_login(nora)
        answer = client.get(address)
        assert answer.status_code == 400 and "Nothing was changed" in answer.text
