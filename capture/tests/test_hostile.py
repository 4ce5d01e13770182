"""Several hundred hostile entries: nothing breaks, nothing acts, nothing is lost (S6); names of all scripts come back (S17)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from capture import intake
from capture.channels import Row, receive_many
from capture.models import Submission, WebForm
from capture.web_form import tokens
from core import business, clock
from leads.models import Lead
from leads.tests.test_cleaning import NAMES
from tests import hostile

pytestmark = pytest.mark.django_db
TEXTS = list(hostile.texts())
FIELDS = ("name", "company_name", "email", "phone", "message")


@pytest.fixture
def form(db) -> WebForm:
    business.put("form_posts_per_minute", 10_000)
    found = WebForm.objects.get(slug="contact-us")
    found.fields = [{**question, "required": False} for question in found.fields]
    found.save(update_fields=["fields"])
    return found


def token_of(form: WebForm) -> str:
    return tokens.make(form.pk, {}, at=clock.now() - timedelta(seconds=30))


def test_there_are_hundreds_of_them():
    assert len(TEXTS) >= 400


def test_the_reader_would_notice_what_acts():
    assert all(hostile.live_parts(text) for text in ("<img src=x onerror=pwned()>", "<script>pwned()</script>", "<a href='javascript:x'>"))
    assert not hostile.live_parts("<a href='/leads/'>&lt;script&gt;</a>")


def test_the_form_answers_calmly_whatever_is_typed(form):
    """Every sixth of the texts; all of them come in files below, and here in the long run."""
    assert type_into(form, TEXTS[::6])[302] > 40


@pytest.mark.slow
def test_the_form_answers_calmly_whichever_of_them_is_typed(form):
    assert type_into(form, TEXTS)[302] > 250


def type_into(form, texts: list[str]) -> dict[int, int]:
    """Send each text in one of the fields; return how often each status was answered."""
    client = Client()
    statuses = {}
    for number, text in enumerate(texts):
        said = {FIELDS[number % len(FIELDS)]: text.encode("utf-8", "replace").decode(), "email": f"h{number}@x.example"}
        if number % len(FIELDS) == 2:
            said["email"] = text.encode("utf-8", "replace").decode()
        answer = client.post("/f/contact-us/", {**said, "token": token_of(form)})
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        if answer.status_code == 422:
            assert not hostile.live_parts(answer.content.decode()), text
    assert set(statuses) <= {302, 422}
    while intake.take_in():
        pass
    assert not Submission.objects.exclude(state="done").exists()
    return statuses


def test_whatever_stands_in_a_header_or_an_address_is_calm_too(form):
    client = Client()
    for text in TEXTS[::9]:
        wire = text.encode("utf-8", "replace").decode().replace("\r", "").replace("\n", "").replace("\x00", "")
        shown = client.get("/f/contact-us/", {"utm_source": text.encode("utf-8", "replace").decode(), "gclid": wire},
                           headers={"referer": wire.encode("ascii", "ignore").decode(), "user-agent": wire.encode("ascii", "ignore").decode()})  # fmt: skip
        assert shown.status_code == 200 and not hostile.live_parts(shown.content.decode()), text
    assert client.post("/f/contact-us/?" + "a=1&" * 500, {"name": "A", "token": "x" * 500}).status_code == 302


def test_rows_of_a_file_are_entered_or_refused_and_shown_as_text(ada, client_of):
    rows = [Row(f"h{number}", {"name": text, "company_name": text, "message": text, "title": text, "city": text, "tags": text, "source": text[:200],
                               "email": f"h{number}@x.example", text[:80]: text}, line=number) for number, text in enumerate(TEXTS)]  # fmt: skip
    found = receive_many("import", rows, at=timezone.now())
    assert len(found.fates) == len(TEXTS) and set(found.counts) <= {"created", "rejected"} and found.counts["created"] > 300
    assert Lead.objects.filter(owner__isnull=False).count() == 0
    client = client_of(ada)
    for page in ("/leads/", "/leads/?page=2", "/entries/"):
        assert not hostile.live_parts(client.get(page).content.decode()), page
    for lead in Lead.objects.order_by("pk")[::40]:
        assert not hostile.live_parts(client.get(lead.get_absolute_url()).content.decode()), lead.name


@pytest.mark.parametrize("name", NAMES)
def test_names_in_every_script_come_back_exactly(form, name):
    Client().post("/f/contact-us/", {"name": name, "email": "a@x.example", "token": token_of(form)})
    stored = Submission.objects.get()
    if stored.result == "quarantined":
        Submission.objects.filter(pk=stored.pk).update(state="waiting", result="")
    intake.take_in()
    lead = Lead.objects.get()
    assert lead.name == name and lead.events.get().details["said"]["name"] == name
