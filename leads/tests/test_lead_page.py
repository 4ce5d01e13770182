"""The page of a lead: who it is, whether it is good, what is next, what happened; and every act on it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from core import clock, panels
from core.models import ActivityType
from leads.models import Lead, LeadEvent, PossibleDuplicate
from leads.tests.test_list_page import FRAGMENT, HOSTILE, SCRIPTS, text
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(nora):
    return factories.lead(
        "Maya Lindqvist", owner=nora, company_name="Nordlys Interiors", score=92, email="maya@nordlys.example",
        phone="+46 40 555 01 42", city="Malmö", country="SE", website="nordlys.example", source=factories.source("Website"),
        first_touch={"landing_page": "/phone-booths", "utm_source": "search"}, at=clock.now(),
    )  # fmt: skip


def address(lead, noun: str = "") -> str:
    return f"{lead.get_absolute_url()}{noun}"


def sent_back(client, lead, panel: str) -> dict[str, str]:
    """Return what a browser would send back unchanged, hidden initial values included."""
    body = client.get(address(lead, f"facts/?panel={panel}")).content.decode().split("facts-form")[1]
    sent = dict(re.findall(r'<input[^>]*name="([^"]+)"(?:[^>]*value="([^"]*)")?', body))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', body, flags=re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


class TestWhatItShows:
    def test_who_it_is_how_good_and_what_is_next(self, nora, maya, client_of):
        body = client_of(nora).get(address(maya)).content.decode()
        assert 'aria-label="Score 92 of 100, hot"' in body
        for said in ("Nordlys Interiors", "Make the first call", "Malmö, Sweden", 'href="tel:+46405550142"',
                     'href="mailto:maya@nordlys.example"', 'href="https://nordlys.example"', "/phone-booths", "UTM source"):  # fmt: skip
            assert said in body, said

    def test_the_story_begins_with_where_it_came_from_and_all_that_was_said(self, nora, maya, client_of):
        LeadEvent.objects.filter(lead=maya).delete()
        maya.record(
            "created", at=maya.captured_at, channel="web_form", form="Request a quote", source="Website",
            said={"name": "Maya Lindqvist", "message": "24 booths\nby March", "custom.budget": "80,000", "company": "Nordlys"},
            problems=[{"code": "no_country", "field": "country", "value": "Swe", "values": {"value": "Swe", "field": "Country"}}],
        )  # fmt: skip
        factories.custom_field("budget", label="Budget in euros")
        said = text(client_of(nora).get(address(maya)))
        assert "Maya Lindqvist filled in “Request a quote”, from Website" in said
        for answer in ("24 booths by March", "Budget in euros 80,000", "Company Nordlys", "“Swe” is not a country (Country)."):
            assert answer in said, answer

    def test_figures_of_a_file_read_as_the_facts_do(self, nora, maya, client_of):
        factories.custom_field("index", label="Index", type="number")
        factories.custom_field("code", label="Code")
        said = {"custom.index": "94.6010", "custom.code": "12.3450"}
        maya.record("joined", at=clock.now(), channel="import", **{"import": "expo.csv"}, said=said)
        maya.record("joined", at=clock.now(), channel="web_form", said={"custom.index": "12,50"})
        page = text(client_of(nora).get(address(maya)))
        for answer in ("Index 94.601 ", "Code 12.3450", "Index 12,50"):
            assert answer in page, answer

    def test_folds_small_changes_and_tells_each(self, nora, maya, client_of):
        for city in ("Lund", "Oslo", "Bergen"):
            maya.edit({"city": city}, at=clock.now(), by=nora)
        said = text(client_of(nora).get(address(maya)))
        assert "changed City: Oslo → Bergen" in said
        assert "and 2 changes before" in said
        assert "changed City: Malmö → Lund" in said

    def test_folds_a_run_that_scores_part_and_the_values_of_many_fields(self, nora, maya, client_of):
        for city in ("Lund", "Oslo"):
            maya.edit({"city": city, "message": city * 50}, at=clock.now(), by=nora)
            maya.record("scored", at=clock.now(), before=91, after=92)
        page = client_of(nora).get(address(maya))
        assert "changed 2 facts: City, Message" in text(page)
        assert text(page).count("and 1 change before") == 2  # one behind the change, one behind the score
        assert f"{'Lund' * 50} → {'Oslo' * 50}" in text(page)
        assert f"→ {'Lund' * 50}" in text(page)  # the one behind tells its values, too
        story = page.content.decode().partition('id="story"')[2]
        innermost = r"<details((?!<details).)*?</details>"
        standing = re.sub(innermost, "", re.sub(innermost, "", story, flags=re.S), flags=re.S)
        assert "changed 2 facts" in standing
        assert "Lund" not in standing

    def test_the_part_that_is_drawn_anew_names_it_as_it_is_called_now(self, nora, maya, client_of):
        maya.edit({"name": "Maya Lind"}, at=clock.now(), by=nora)
        part = client_of(nora).get(address(maya), headers={**FRAGMENT, "HX-Target": "lead-main"}).content.decode()
        assert 'id="lead-crumb" hx-swap-oob="true">Maya Lind</span>' in part
        assert "id=\"lead-crumb\">Maya Lind</span>" in client_of(nora).get(address(maya)).content.decode()

    @pytest.mark.parametrize(("kind", "there", "gone"), [
        ("messages", "added a note", "changed City"), ("changes", "changed City", "added a note"),
    ])  # fmt: skip
    def test_the_story_can_be_narrowed(self, nora, maya, client_of, kind, there, gone):
        maya.note("hello", at=clock.now(), by=nora)
        maya.edit({"city": "Lund"}, at=clock.now(), by=nora)
        said = text(client_of(nora).get(address(maya, f"?kind={kind}"), headers={**FRAGMENT, "HX-Target": "story"}))
        assert there in said
        assert gone not in said

    def test_a_long_story_goes_on_where_it_stopped(self, nora, maya, client_of):
        for n in range(70):
            maya.note(f"note {n:02}", at=clock.now() + timedelta(seconds=n), by=nora)
        first = client_of(nora).get(address(maya)).content.decode()
        older = re.search(r'href="([^"]+before=\d+)"', first)[1].replace("&amp;", "&")
        second = client_of(nora).get(older, headers={**FRAGMENT, "HX-Target": "story-more"}).content.decode()
        seen = re.findall(r"note \d\d", first) + re.findall(r"note \d\d", second)
        assert sorted(seen) == [f"note {n:02}" for n in range(70)]

    def test_reads_the_story_of_the_whole_family(self, nora, maya, client_of, at):
        other = factories.lead("M. Lindqvist", owner=nora)
        other.note("from the webinar", at=at, by=nora)
        Lead.objects.filter(pk=other.pk).update(merged_into=maya, merged_at=at)
        assert "from the webinar" in text(client_of(nora).get(address(maya)))
        assert "was merged into this one" in text(client_of(nora).get(address(other), follow=True))

    def test_shows_earlier_enquiries_of_the_person_ended_ones_too(self, nora, maya, client_of, at):
        old = factories.lead("Maya L.", owner=nora)
        old.archive("old", at=at, by=nora)
        old.edit({"email": "MAYA@nordlys.example"}, at=at, by=nora)
        said = text(client_of(nora).get(address(maya)))
        assert "earlier enquiry" in said
        assert "Maya L." in said

    def test_says_since_when_it_is_qualified(self, nora, maya, client_of, at):
        assert "Sales qualified" not in text(client_of(nora).get(address(maya)))
        maya.qualify(at=at, by=nora)
        said = text(client_of(nora).get(address(maya)))
        assert "Marketing qualified" in said and "Sales qualified" in said

    def test_shows_a_possible_duplicate_until_somebody_says_no(self, nora, maya, client_of):
        twin = factories.lead("M. Lindqvist", owner=nora, score=71)
        pair = PossibleDuplicate.objects.create(lead=twin, other=maya, reasons=[{"code": "same_phone", "values": {}}])
        said = text(client_of(nora).get(address(maya)))
        assert "Possible duplicate: M. Lindqvist, 71 Same phone number." in said
        client_of(nora).post(address(maya, f"duplicates/{pair.pk}/"))
        pair.refresh_from_db()
        assert (pair.verdict, pair.judged_by) == ("different", nora)
        assert "Possible duplicate" not in text(client_of(nora).get(address(maya)))

    def test_keeps_quiet_about_a_duplicate_one_may_not_see(self, nora, vera, maya, client_of):
        twin = factories.lead("Secret", owner=vera)
        pair = PossibleDuplicate.objects.create(lead=maya, other=twin, reasons=[{"code": "same_phone", "values": {}}])
        assert "duplicate" not in text(client_of(nora).get(address(maya)))
        client_of(nora).post(address(maya, f"duplicates/{pair.pk}/"))
        pair.refresh_from_db()
        assert pair.verdict == ""

    def test_upper_apps_add_their_panels(self, nora, maya, client_of, monkeypatch):
        monkeypatch.setattr(panels, "_panels", {})
        panels.register("lead", lambda request, lead: {"template": "ui/_art.html", "lead": lead}, order=1, place="aside")
        assert client_of(nora).get(address(maya)).content.decode().count("<svg") > 0

    @pytest.mark.parametrize("name", [*SCRIPTS, "x" * 300])
    def test_names_come_back_as_typed(self, nora, client_of, name):
        lead = factories.lead(name, owner=nora)
        assert f"<h1>{name.replace(chr(39), '&#x27;')}</h1>" in client_of(nora).get(address(lead)).content.decode()

    def test_hostile_words_are_only_words(self, nora, client_of, at):
        lead = factories.lead(
            HOSTILE, owner=nora, company_name=HOSTILE, website="javascript:alert(1)//.example", message=HOSTILE, title=HOSTILE,
            email="x@ex.example", custom={HOSTILE: HOSTILE}, first_touch={"landing_page": HOSTILE, HOSTILE: "x"},
        )  # fmt: skip
        lead.note(HOSTILE, at=at, by=nora)
        lead.log_call("reached", HOSTILE, at=at, by=nora)
        lead.plan("call", at, at=at, by=nora, summary=HOSTILE)
        lead.record("joined", at=at, channel="web_form", form=HOSTILE, said={"message": HOSTILE, HOSTILE: HOSTILE})
        lead.record("assigned", at=at, name=HOSTILE, why={"code": HOSTILE, "values": {"x": HOSTILE}})
        lead.edit({"city": HOSTILE[:100]}, at=at, by=nora)
        lead.archive(HOSTILE, at=at, by=nora)
        body = client_of(nora).get(address(lead)).content.decode()
        assert "<script>alert" not in body
        assert "<img" not in body
        assert 'href="javascript' not in body
        assert "49" not in re.sub(r"\d{2}:\d{2}|49\d|\d49", "", text(client_of(nora).get(address(lead))).split("Timeline")[1][:400])

    @pytest.mark.parametrize("website", ["javascript:alert(1)", "data:text/html,x", "not a site", "http://", "//x", "https://[", "ftp://a.b"])
    def test_only_web_addresses_become_links(self, nora, client_of, website):
        lead = factories.lead("L", owner=nora, website=website)
        assert 'rel="noopener' not in client_of(nora).get(address(lead)).content.decode()

    def test_costs_few_queries(self, nora, maya, client_of, at, django_assert_max_num_queries):
        for n in range(30):
            maya.note(f"note {n}", at=at, by=nora)
            maya.plan("call", at, at=at, by=nora)
        client = client_of(nora)
        with django_assert_max_num_queries(25):
            client.get(address(maya))


class TestWhoSeesIt:
    @pytest.mark.parametrize("noun", [
        "", "facts/", "facts/?panel=company", "owner/", "disqualification/", "notes/", "calls/", "activities/", "pool/", "archive/",
        "restoration/",
    ])  # fmt: skip
    def test_vera_gets_the_same_404_as_for_nothing(self, vera, maya, client_of, noun):
        client = client_of(vera)
        for method in (client.get, client.post):
            foreign, missing = method(address(maya, noun)), method(f"/leads/999999/{noun}")
            if foreign.status_code == 405:
                assert missing.status_code == 405
                continue
            assert (foreign.status_code, missing.status_code) == (404, 404), noun
        assert list(maya.events.values_list("kind", flat=True)) == ["created"]

    def test_get_changes_nothing(self, nora, maya, client_of):
        for noun in ("notes/", "calls/", "activities/", "pool/", "archive/", "restoration/"):
            assert client_of(nora).get(address(maya, noun)).status_code == 405

    def test_nothing_happens_without_the_token(self, nora, maya, client_of):
        assert client_of(nora, enforce_csrf_checks=True).post(address(maya, "archive/")).status_code == 403
        assert Lead.objects.get(pk=maya.pk).is_open

    def test_fields_that_are_not_offered_are_not_set(self, nora, maya, vera, client_of):
        client = client_of(nora)
        sent = sent_back(client, maya, "company") | {"city": "Lund", "owner": vera.pk, "score": 1, "team": vera.seats[0].team_id, "is_staff": "1", "captured_at": "2000-01-01"}
        assert client.post(address(maya, "facts/?panel=company"), sent).status_code == 302
        fresh = Lead.objects.get(pk=maya.pk)
        assert (fresh.city, fresh.owner, fresh.score, fresh.captured_at) == ("Lund", nora, 92, maya.captured_at)


class TestWriting:
    def test_a_note_stands_in_the_story(self, nora, maya, client_of):
        response = client_of(nora).post(address(maya, "notes/"), {"text": "Decides with the landlord."}, follow=True)
        assert "Note added." in text(response)
        assert "Decides with the landlord." in text(response)

    def test_an_empty_note_comes_back_with_its_error(self, nora, maya, client_of):
        for headers in ({}, {**FRAGMENT, "HX-Target": "composer"}):
            response = client_of(nora).post(address(maya, "notes/"), {"text": "  "}, headers=headers)
            assert response.status_code == 422
            assert 'aria-invalid="true"' in response.content.decode()
        assert "<html" not in response.content.decode()

    def test_a_call_stops_the_clock(self, nora, maya, client_of):
        response = client_of(nora).post(address(maya, "calls/"), {"outcome": "no_answer", "note": "try at noon"}, headers=FRAGMENT)
        assert (response.status_code, "lead:contacted" in response["HX-Trigger"]) == (204, True)
        maya.refresh_from_db()
        assert maya.first_contacted_by == nora
        said = text(client_of(nora).get(address(maya)))
        assert "called: No answer" in said
        assert "First reply by Nora Bakke after" in said
        assert "Nothing planned" in said

    def test_a_plan_for_a_day_names_no_hour(self, nora, maya, client_of):
        response = client_of(nora).post(address(maya, "activities/"), {"kind": "call", "due_date": "2031-12-01", "summary": "Ring her"}, follow=True)
        assert maya.activities.get().all_day
        page = text(response)
        assert "Ring her for 1 Dec 2031" in page and "1 Dec 2031 0" not in page

    def test_an_activity_is_planned_in_ones_own_zone_and_can_be_taken_back(self, nora, maya, client_of):
        sent = {"kind": "meeting", "due_date": "2026-12-01", "due_time": "14:30", "summary": "Site visit"}
        response = client_of(nora).post(address(maya, "activities/"), sent, follow=True)
        activity = maya.activities.get()
        assert activity.due_at.isoformat() == "2026-12-01T13:30:00+00:00"
        assert (activity.assignee, activity.all_day) == (nora, False)
        assert "Site visit" in text(response)
        client_of(nora).post(re.search(r'action="(/undo/\d+/)"', response.content.decode())[1])
        maya.refresh_from_db()
        assert maya.next_activity_at is None
        assert maya.activities.count() == 0
        assert maya.events.last().kind == "undone" or maya.events.order_by("-pk").first().kind == "undone"

    @pytest.mark.parametrize(("said", "due"), [({}, "2026-11-21T08:00"), ({"due_time": "14:30"}, "2026-11-21T13:30")])
    def test_without_a_day_it_is_due_when_its_type_says(self, nora, maya, client_of, monkeypatch, said, due):
        ActivityType.objects.create(code="quote", name="Send quote", kind="todo", default_days=3)
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 18, 12, 0, tzinfo=UTC))
        client_of(nora).post(address(maya, "activities/"), {"kind": "quote", **said})
        activity = maya.activities.get()
        assert (f"{activity.due_at:%Y-%m-%dT%H:%M}", activity.all_day, activity.summary) == (due, False, "Send quote")

    @pytest.mark.parametrize("sent", [{}, {"kind": "call", "due_date": "31.02.2026"}, {"kind": "call", "due_date": "20226-01-01"},
                                      {"kind": "dance", "due_date": "2026-12-01"}])  # fmt: skip
    def test_an_impossible_plan_comes_back(self, nora, maya, client_of, sent):
        assert client_of(nora).post(address(maya, "activities/"), sent).status_code == 422
        assert maya.activities.count() == 0

    def test_done_asks_how_it_went_and_can_be_taken_back(self, nora, maya, client_of, at):
        activity = maya.plan("call", clock.now(), at=clock.now(), by=nora)
        assert "How it went" in text(client_of(nora).get(address(maya, f"activities/{activity.pk}/completion/")))
        response = client_of(nora).post(address(maya, f"activities/{activity.pk}/completion/"), {"done": "1", "outcome": "wants a quote"}, follow=True)
        assert "wants a quote" in text(response)
        client_of(nora).post(re.search(r'action="(/undo/\d+/)"', response.content.decode())[1])
        activity.refresh_from_db()
        maya.refresh_from_db()
        assert (activity.done_at, maya.first_contacted_at) == (None, None)
        assert maya.next_activity_at == activity.due_at
        assert maya.events.filter(kind="undone").count() == 1

    def test_an_activity_is_called_off(self, nora, maya, client_of):
        activity = maya.plan("todo", clock.now(), at=clock.now(), by=nora)
        client_of(nora).post(address(maya, f"activities/{activity.pk}/cancellation/"))
        activity.refresh_from_db()
        assert activity.cancelled_at
        page = client_of(nora).get(address(maya)).content.decode()
        marks = re.findall(r'class="tl-i([^"]*)"><svg[^>]*><use href="[^"#]*#i-([\w-]+)"', page)
        assert marks[0] == ("", "circle-x") and all(name != "circle-check" for _tone, name in marks)

    def test_an_activity_of_another_lead_is_not_there(self, nora, maya, client_of):
        other = factories.activity(factories.lead("other", owner=nora))
        assert client_of(nora).post(address(maya, f"activities/{other.pk}/completion/"), {"done": "1"}).status_code == 404


class TestHandingOver:
    def test_lists_the_teams_people_with_what_they_carry(self, nora, omar, vera, maya, client_of):
        said = text(client_of(nora).get(address(maya, "owner/")))
        assert "Nora Bakke 1 of 60 open" in said
        assert "Omar Haddad 0 of 60 open" in said
        assert "Vera" not in said

    def test_assigns_with_who_and_why_and_undo(self, tess, omar, nora, maya, client_of):
        response = client_of(tess).post(address(maya, "owner/"), {"owner": omar.pk, "why": "knows them"}, follow=True)
        assert Lead.objects.get(pk=maya.pk).owner == omar
        assert "Assigned to Omar Haddad." in text(response)
        assert "Tess Moran chose. “knows them”" in text(response)
        client_of(tess).post(re.search(r'action="(/undo/\d+/)"', response.content.decode())[1])
        assert Lead.objects.get(pk=maya.pk).owner == nora

    def test_goes_to_the_list_when_the_lead_is_out_of_sight(self, nora, omar, maya, client_of):
        response = client_of(nora).post(address(maya, "owner/"), {"owner": omar.pk}, follow=True)
        assert response.redirect_chain == [("/leads/", 302)]
        assert response.status_code == 200

    def test_nobody_outside_the_list_can_be_chosen(self, nora, vera, maya, client_of):
        assert client_of(nora).post(address(maya, "owner/"), {"owner": vera.pk}).status_code == 422
        assert client_of(nora).post(address(maya, "owner/"), {}, headers=FRAGMENT).status_code == 422
        assert Lead.objects.get(pk=maya.pk).owner == nora

    def test_goes_back_to_the_pool(self, nora, maya, client_of):
        response = client_of(nora).post(address(maya, "pool/"), follow=True)
        assert "Back in the pool of North." in text(response)
        assert Lead.objects.get(pk=maya.pk).owner is None


class TestEnding:
    def test_disqualifies_with_a_reason_and_undo(self, nora, maya, client_of):
        client = client_of(nora)
        assert "No budget" in text(client.get(address(maya, "disqualification/")))
        response = client.post(address(maya, "disqualification/"), {"reason": factories.reason("No budget").pk, "note": "in 2027"}, follow=True)
        assert "Nora Bakke disqualified it: No budget" in text(response)
        assert "Restore" in text(response)
        client.post(re.search(r'action="(/undo/\d+/)"', response.content.decode())[1])
        assert Lead.objects.get(pk=maya.pk).is_open

    def test_asks_for_the_note_a_reason_needs(self, nora, maya, client_of):
        response = client_of(nora).post(address(maya, "disqualification/"), {"reason": factories.reason("Other").pk}, headers=FRAGMENT)
        assert response.status_code == 422
        assert "This reason asks for a note." in text(response)

    def test_archives_and_restores(self, nora, maya, client_of):
        client_of(nora).post(address(maya, "archive/"))
        assert Lead.objects.get(pk=maya.pk).status == "archived"
        response = client_of(nora).post(address(maya, "restoration/"), follow=True)
        assert "Open again." in text(response)
        assert Lead.objects.get(pk=maya.pk).is_open

    def test_tells_the_second_of_two_people_kindly(self, nora, maya, client_of):
        client_of(nora).post(address(maya, "archive/"))
        plain = client_of(nora).post(address(maya, "archive/"), follow=True)
        assert "This lead is archived already." in text(plain)
        part = client_of(nora).post(address(maya, "archive/"), headers=FRAGMENT)
        assert "This lead is archived already." in part["HX-Trigger"]
        assert maya.events.filter(kind="archived").count() == 1

    def test_says_why_it_cannot_come_back(self, nora, maya, client_of, at):
        maya.archive("x", at=at, by=nora)
        factories.lead("Maya again", owner=nora, email="maya@nordlys.example")
        assert "Another open lead has the same e-mail" in text(client_of(nora).post(address(maya, "restoration/"), follow=True))


class TestFacts:
    @pytest.mark.parametrize("panel", ["contact", "company", "wants", "origin", "custom"])
    def test_sent_back_unchanged_changes_nothing(self, nora, maya, client_of, panel):
        factories.custom_field("budget", type="number")
        factories.custom_field("rented", type="flag")
        maya.edit({"custom": {"budget": 5.5, "rented": False}, "expected_revenue": 1234.5, "stars": 2}, at=clock.now(), by=nora)
        client, before = client_of(nora), maya.events.count()
        response = client.post(address(maya, f"facts/?panel={panel}"), sent_back(client, maya, panel), follow=True)
        assert "Nothing was changed." in text(response)
        assert maya.events.count() == before

    def test_changes_what_was_changed_with_undo(self, nora, maya, client_of):
        client = client_of(nora)
        sent = sent_back(client, maya, "company") | {"city": "Lund", "company_size": "120"}
        response = client.post(address(maya, "facts/?panel=company"), sent, follow=True)
        maya.refresh_from_db()
        assert (maya.city, maya.company_size) == ("Lund", 120)
        client.post(re.search(r'action="(/undo/\d+/)"', response.content.decode())[1])
        maya.refresh_from_db()
        assert (maya.city, maya.company_size) == ("Malmö", None)

    def test_refuses_a_phone_without_digits_but_shows_one_that_came_so(self, nora, maya, client_of):
        Lead.objects.filter(pk=maya.pk).update(phone="abc", phone_e164="", phone_quality="bad")
        client = client_of(nora)
        assert "abc not a number" in text(client.get(address(maya)))
        sent = sent_back(client, maya, "contact")
        refused = client.post(address(maya, "facts/?panel=contact"), sent | {"phone": "later"})
        assert refused.status_code == 422 and 'value="later"' in refused.content.decode()
        client.post(address(maya, "facts/?panel=contact"), sent | {"job_title": "Head of Workplace"})
        maya.refresh_from_db()
        assert (maya.phone, maya.job_title) == ("abc", "Head of Workplace")

    def test_tells_when_somebody_changed_the_same_field_meanwhile(self, nora, tess, maya, client_of):
        client = client_of(nora)
        sent = sent_back(client, maya, "company") | {"city": "Lund"}
        Lead.objects.get(pk=maya.pk).edit({"city": "Oslo"}, at=clock.now(), by=tess)
        response = client.post(address(maya, "facts/?panel=company"), sent)
        assert response.status_code == 422
        assert "it now reads “Oslo”" in text(response)
        assert Lead.objects.get(pk=maya.pk).city == "Oslo"

    def test_keeps_somebody_elses_change_of_another_field(self, nora, tess, maya, client_of):
        client = client_of(nora)
        sent = sent_back(client, maya, "company") | {"region": "Skåne"}
        Lead.objects.get(pk=maya.pk).edit({"city": "Oslo"}, at=clock.now(), by=tess)
        assert client.post(address(maya, "facts/?panel=company"), sent).status_code == 302
        fresh = Lead.objects.get(pk=maya.pk)
        assert (fresh.city, fresh.region) == ("Oslo", "Skåne")

    @pytest.mark.parametrize(("panel", "sent", "said"), [
        ("contact", {"email": "maya at nordlys"}, "This does not look like an e-mail."),
        ("wants", {"expected_revenue": "a lot"}, "“a lot” is not an amount."),
        ("wants", {"expected_revenue": "-5"}, "greater than or equal to 0"),
        ("wants", {"currency": "euro"}, "at most 3 characters"),
        ("company", {"company_size": "99999999999"}, "less than or equal"),
        ("contact", {"name": "x" * 301}, "at most 300 characters"),
        ("contact", {"name": "a\x00b"}, "Null characters are not allowed."),
    ])  # fmt: skip
    def test_says_at_the_field_what_is_wrong(self, nora, maya, client_of, panel, sent, said):
        client = client_of(nora)
        response = client.post(address(maya, f"facts/?panel={panel}"), sent_back(client, maya, panel) | sent, headers=FRAGMENT)
        assert response.status_code == 422
        assert said in text(response)

    def test_takes_amounts_as_people_type_them(self, nora, maya, client_of):
        client = client_of(nora)
        client.post(address(maya, "facts/?panel=wants"), sent_back(client, maya, "wants") | {"expected_revenue": "1.234,50", "currency": "EUR"})
        maya.refresh_from_db()
        assert str(maya.expected_revenue) == "1234.50"

    def test_tells_that_another_open_lead_has_the_address(self, nora, maya, client_of):
        factories.lead("Jan", owner=nora, email="jan@polder.example")
        client = client_of(nora)
        response = client.post(address(maya, "facts/?panel=contact"), sent_back(client, maya, "contact") | {"email": "jan@polder.example"})
        assert "Another open lead has the same e-mail" in text(response)

    def test_an_unknown_panel_is_not_there(self, nora, maya, client_of):
        assert client_of(nora).get(address(maya, "facts/?panel=score")).status_code == 404


class TestFragments:
    def test_each_part_says_what_the_page_says(self, nora, maya, client_of):
        maya.note("hello", at=clock.now(), by=nora)
        client = client_of(nora)
        page = text(client.get(address(maya)))
        for target in ("composer", "story"):
            part = client.get(address(maya), headers={**FRAGMENT, "HX-Target": target})
            assert "<html" not in part.content.decode()
            assert text(part) in page, target
        record = client.get(address(maya), headers={**FRAGMENT, "HX-Target": "lead-main"}).content.decode()
        assert 'id="lead-head" hx-swap-oob="true"' in record
        assert 'id="lead-side" hx-swap-oob="true"' in record
        assert "hx-swap-oob" not in client.get(address(maya)).content.decode()
