"""The public form: shown, answered, once, without cookies or JavaScript; doubts are set aside, never refused."""

import re
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.urls import reverse

from capture import intake
from capture.models import FormPost, Submission, WebForm
from capture.web_form import guards, tokens
from core import clock
from leads.models import Lead, LeadEvent
from tests.factories import capture as entries
from tests.factories import leads

pytestmark = pytest.mark.django_db
SAID = {"name": "Maya Lindqvist", "email": "maya@nordlys.example", "message": "24 booths, please."}


def token_of(form: WebForm, *, seconds: float = 30, touch: dict | None = None) -> str:
    """A genuine token of a form that was shown so many seconds ago."""
    return tokens.make(form.pk, touch or {}, at=clock.now() - timedelta(seconds=seconds))


def post(form: WebForm, said: dict | None = None, *, client: Client | None = None, token: str | None = None, **options):
    client = client or Client(enforce_csrf_checks=True)
    data = {**SAID, **(said or {}), "token": token_of(form) if token is None else token}
    return client.post(form.get_absolute_url(), data, **options)


@pytest.fixture
def form(db) -> WebForm:
    return entries.web_form("Request a quote", slug="quote", source=leads.source("Website"), thanks="We answer within an hour.")


class TestPage:
    def test_shows_the_questions_with_what_browsers_fill_in(self, client, form):
        page = client.get("/f/quote/").content.decode()
        assert "<h2 id=\"wf\">Request a quote</h2>" in page
        assert 'autocomplete="name"' in page and 'autocomplete="email"' in page and 'type="email"' in page
        assert "<script type=\"module\"" not in page and page.count("csrfmiddlewaretoken") == 0

    def test_a_fresh_installation_has_one(self, client):
        assert client.get("/f/contact-us/").status_code == 200

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"slug": "other"}])
    def test_a_closed_or_unknown_one_does_not_exist(self, client, fields):
        entries.web_form(**{"slug": "gone", **fields})
        assert client.get("/f/gone/").status_code == client.post("/f/gone/", SAID).status_code == 404

    def test_may_be_framed_by_its_hosts_only(self, client, form):
        answer = client.get("/f/quote/")
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"] and answer["X-Frame-Options"] == "DENY"
        WebForm.objects.filter(pk=form.pk).update(hosts=["www.nordlys.example"])
        answer = client.get("/f/quote/")
        assert "frame-ancestors 'self' https://www.nordlys.example" in answer["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer and "script-src 'self'" in answer["Content-Security-Policy"]

    def test_every_kind_of_question_has_its_control(self, client):
        entries.web_form(slug="all", fields=[
            {"field": "name", "label": "Name", "required": True}, {"field": "phone", "label": "Phone"},
            {"field": "country", "label": "Where?", "type": "choice", "choices": ["Norway", "Germany"]},
            {"field": "message", "label": "Tell us <b>more</b>", "hint": "a <i>hint</i>"}, {"field": "company_size", "label": "People", "type": "number"},
            {"field": "", "label": "Send me the guide", "type": "consent"}, {"field": "colour", "label": "Which colour?"},
        ])  # fmt: skip
        page = client.get("/f/all/").content.decode()
        for part in ('type="tel"', "<select", "<option value=\"Norway\"", "<textarea", 'inputmode="decimal"', 'type="checkbox"', "Which colour?"):
            assert part in page
        assert "<b>more</b>" not in page and "<i>hint</i>" not in page

    def test_two_queries(self, client, form, django_assert_max_num_queries):
        with django_assert_max_num_queries(3):
            client.get("/f/quote/")


class TestPost:
    def test_is_stored_and_thanked_for(self, form):
        answer = post(form)
        assert answer.status_code == 302 and answer.url == "/f/quote/thanks/"
        assert "We answer within an hour." in Client().get(answer.url).content.decode()
        stored = Submission.objects.get()
        assert (stored.state, stored.channel, stored.raw) == ("waiting", "web_form", SAID)
        assert "sender" in stored.context and "127.0.0.1" not in str(stored.context)

    def test_works_as_a_browser_without_cookies_sends_it(self, form):
        page = Client().get("/f/quote/").content.decode()
        token = re.search(r'name="token" value="([^"]+)"', page)[1]
        with clock.stopped_at(clock.now() + timedelta(seconds=30)):
            assert post(form, token=token).status_code == 302
        assert Submission.objects.get().result == ""

    def test_says_what_to_mend_and_keeps_what_was_typed(self, form):
        answer = post(form, {"email": "maya@nordlys", "name": ""})
        page = answer.content.decode()
        assert answer.status_code == 422 and not Submission.objects.exists()
        assert "Needs an ending such as .com" in page and 'href="#f-email"' in page and 'aria-invalid="true"' in page
        assert "24 booths, please." in page and 'value="maya@nordlys"' in page

    def test_the_same_rendering_is_taken_in_once(self, form):
        token = token_of(form)
        assert [post(form, token=token).status_code for _time in range(3)] == [302] * 3
        assert Submission.objects.count() == 1

    def test_gone_back_to_and_changed_it_is_another_post(self, form):
        token = token_of(form)
        post(form, token=token)
        post(form, {"message": "26 booths, sorry."}, token=token)
        intake.take_in()
        lead = Lead.objects.get()
        assert [event.details["said"]["message"] for event in lead.events.order_by("pk")] == ["24 booths, please.", "26 booths, sorry."]

    def test_sets_nothing_that_was_not_asked(self, form, nora):
        post(form, {"owner": nora.pk, "score": 99, "team": 1, "is_staff": "on", "source": "Evil", "custom.vip": "1", "tags": "VIP", "company_name": "X"})
        assert Submission.objects.get().raw == SAID
        intake.take_in()
        lead = Lead.objects.get()
        assert lead.owner is None and lead.score is None and lead.company_name == "" and lead.source.name == "Website"

    def test_a_choice_that_was_not_offered_is_refused(self):
        form = entries.web_form(fields=[{"field": "name", "label": "N"}, {"field": "country", "label": "Where?", "choices": ["Norway"]}])
        assert post(form, {"country": "Atlantis"}).status_code == 422
        assert post(form, {"country": "Norway"}).status_code == 302

    def test_consent_keeps_the_words_agreed_to(self):
        form = entries.web_form(fields=[{"field": "email", "label": "E-mail"}, {"field": "", "label": "Send me the guide", "type": "consent"}])
        post(form, {"q1": "on"})
        stored = Submission.objects.get()
        assert stored.context["consents"] == {"q1": "Send me the guide"} and stored.raw["Send me the guide"] == "yes"

    def test_a_huge_one_is_turned_away_before_it_is_read(self, form):
        assert post(form, {"message": "x" * 300_000}).status_code == 413
        assert not Submission.objects.exists()

    @pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"name=%FF&email=%00", b"&".join(b"a%d=1" % n for n in range(2100))])
    def test_bytes_that_are_no_form_get_a_calm_answer(self, form, body):
        answer = Client().post("/f/quote/", body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {400, 413, 422}
        broken = Client().post("/f/quote/", body, content_type="multipart/form-data; boundary=x")
        assert broken.status_code in {400, 413, 422}

    def test_one_stored_post_takes_few_statements(self, form, django_assert_max_num_queries):
        client = Client()
        client.get("/f/quote/")
        with django_assert_max_num_queries(6):
            post(form, client=client)

    def test_a_signed_in_person_may_use_it_too(self, form, nora, client_of):
        assert post(form, client=client_of(nora)).status_code == 302


class TestVisit:
    URL = "/f/quote/?utm_source=Google&utm_medium=cpc&utm_campaign=Booths&gclid=abc&x=1"

    def test_first_and_last_touch_reach_the_lead(self, form):
        client = Client()
        token = re.search(r'name="token" value="([^"]+)"', client.get(self.URL, headers={"referer": "https://search.example/q"}).content.decode())[1]
        later = re.search(r'name="token" value="([^"]+)"', client.get("/f/quote/?utm_source=News").content.decode())[1]
        with clock.stopped_at(clock.now() + timedelta(seconds=30)):
            post(form, client=client, token=later)
            post(form, {"email": "b@x.example"}, client=client, token=token)
        intake.take_in()
        first = Lead.objects.get(email_key="maya@nordlys.example")
        assert first.first_touch["utm_source"] == "Google" and first.first_touch["gclid"] == "abc"
        assert first.first_touch["referrer"] == "https://search.example/q" and first.first_touch["landing"] == self.URL
        assert first.last_touch["utm_source"] == "News" and first.last_source.name == "news"
        second = Lead.objects.get(email_key="b@x.example")
        assert (second.source.name, second.medium.name, second.campaign.name) == ("google", "cpc", "booths")

    def test_the_cookie_is_ours_signed_and_ninety_days(self, form):
        client = Client()
        cookie = client.get(self.URL).cookies["crm_first_touch"]
        assert cookie["max-age"] == 90 * 86400 and cookie["httponly"] and cookie["samesite"] == "Lax"
        client.cookies["crm_first_touch"] = "forged"
        assert post(form, client=client).status_code == 302

    def test_long_values_are_cut(self, form):
        client = Client()
        client.get("/f/quote/?utm_source=" + "x" * 3000)
        post(form, client=client)
        assert len(Submission.objects.get().context["first_touch"]["utm_source"]) == 255


class TestDoubts:
    @pytest.mark.parametrize(("said", "age", "code"), [
        ({"homepage": "https://spam.example"}, 30, "honeypot"), ({}, 0.5, "too_fast"), ({}, 90_000, "too_old"),
        ({"message": "http://a.b http://c.d http://e.f http://g.h"}, 30, "links"), ({"message": "[url=x]y[/url]"}, 30, "links"),
        ({"name": "Visit www.spam.example"}, 30, "links"),
    ])  # fmt: skip
    def test_set_a_post_aside_without_saying_so(self, form, said, age, code):
        answer = post(form, said, token=token_of(form, seconds=age))
        assert answer.status_code == 302 and answer.url == "/f/quote/thanks/"
        stored = Submission.objects.get()
        assert (stored.state, stored.result, stored.why["code"]) == ("done", "quarantined", code)
        assert intake.take_in() == 0 and not Lead.objects.exists()

    @pytest.mark.parametrize("token", ["", "forged", "x" * 9000])
    def test_a_post_that_is_not_from_our_form_is_set_aside_once(self, form, token):
        for _time in range(2):
            assert post(form, token=token).status_code == 302
        assert Submission.objects.get().why["code"] == "not_ours"

    def test_a_token_of_another_form_does_not_count(self, form):
        post(form, token=token_of(entries.web_form()))
        assert Submission.objects.get().why["code"] == "not_ours"

    def test_many_from_one_address_are_set_aside_from_the_limit_on(self, form):
        for number in range(23):
            assert post(form, {"email": f"p{number}@x.example"}).status_code == 302
        assert Submission.objects.filter(result="").count() == 20
        assert set(Submission.objects.filter(result="quarantined").values_list("why__code", flat=True)) == {"too_many"}
        assert post(form, {"email": "else@x.example"}, REMOTE_ADDR="10.0.0.9").status_code == 302
        assert Submission.objects.filter(result="").count() == 21

    def test_no_address_is_kept(self, form):
        post(form, REMOTE_ADDR="203.0.113.9")
        assert "203.0.113" not in FormPost.objects.get().sender and len(FormPost.objects.get().sender) == 64

    def test_counted_posts_of_past_days_are_forgotten(self, form):
        FormPost.objects.create(sender="x", at=clock.now() - timedelta(days=2))
        post(form)
        assert guards.forget_old_posts() == 1 and FormPost.objects.count() == 1

    @pytest.mark.parametrize("message", [
        "See https://nordlys.example for photos.", "Our sites: www.a.example and www.b.example", "Ring +47 22 22 22 22!", "Привет, 24 кабины", "报价",
    ])  # fmt: skip
    def test_honest_people_are_not_doubted(self, form, message):
        post(form, {"message": message})
        assert Submission.objects.get().result == ""


@pytest.mark.django_db(transaction=True)
class TestCrowd:
    @pytest.mark.parametrize("visitors", [4, pytest.param(20, marks=pytest.mark.slow)])
    def test_a_thousand_identical_posts_make_one_lead(self, form, visitors):
        token, statuses, errors = token_of(form), [], []

        def visitor(count: int) -> None:
            try:
                client = Client(raise_request_exception=False)
                statuses.extend(post(form, client=client, token=token).status_code for _time in range(count))
            except Exception as error:
                errors.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=visitor, args=(50,)) for _number in range(visitors)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        intake.take_in()
        assert not errors and statuses == [302] * 50 * visitors
        assert Submission.objects.count() == 1 and Lead.objects.count() == 1
        assert LeadEvent.objects.filter(kind="created").count() == 1


class TestSetUp:
    @pytest.mark.parametrize(("values", "field"), [
        ({"hosts": ["https://x.example"]}, "hosts"), ({"hosts": ["x.example\r\nSet-Cookie: a=1"]}, "hosts"), ({"hosts": ["*"]}, "hosts"),
        ({"fields": []}, "fields"), ({"fields": {"a": 1}}, "fields"), ({"fields": [{"field": "name"}]}, "fields"),
        ({"fields": [{"field": "name", "label": "A"}, {"field": "name", "label": "B"}]}, "fields"),
        ({"fields": [{"field": "x", "label": "A", "type": "choice"}]}, "fields"), ({"fields": [{"label": "A", "type": "file"}]}, "fields"),
    ])  # fmt: skip
    def test_refuses_what_the_page_could_not_ask(self, form, values, field):
        for name, value in values.items():
            setattr(form, name, value)
        with pytest.raises(ValidationError) as refused:
            form.full_clean()
        assert field in refused.value.message_dict

    def test_a_bad_host_never_reaches_a_header(self, client, form):
        WebForm.objects.filter(pk=form.pk).update(hosts=["x.example\r\nSet-Cookie: a=1", "'unsafe-inline' *"])
        answer = client.get("/f/quote/")
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


class TestSettingsPage:
    def test_lists_the_forms_with_their_addresses(self, form, tess, nora, client_of):
        page = client_of(tess).get(reverse("capture:forms")).content.decode()
        assert "Request a quote" in page and "/f/quote/" in page
        assert client_of(nora).get(reverse("capture:forms")).status_code == 404
