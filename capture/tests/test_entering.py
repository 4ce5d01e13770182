"""What becomes of entries: new leads, joins, enquiries of their own, and nothing twice."""

from decimal import Decimal

import pytest
from django.utils import timezone

from capture.channels import Row, receive_many
from capture.models import Submission
from core.models import CustomField
from leads.models import Lead, LeadEvent, PossibleDuplicate
from tests.factories import capture as entries
from tests.factories import leads

pytestmark = pytest.mark.django_db


def bring(*raws: dict, channel: str = "import", **options):
    rows = [Row(f"{number}-{id(raws)}", raw, line=number) for number, raw in enumerate(raws, 2)]
    return receive_many(channel, rows, at=timezone.now(), **options)


class TestNewLead:
    def test_keeps_what_was_said_with_its_story(self):
        form = entries.web_form("Quote", source=leads.source("Website"))
        from capture.channels import receive

        made = receive("web_form", {"name": "Maya Lindqvist", "email": "Maya@Nordlys.example", "message": "24 booths", "Floor?": "2nd"},
                       web_form=form, context={"last_touch": {"utm_source": "google", "gclid": "x1"}})  # fmt: skip
        from capture import intake

        assert intake.take_in() == 1
        made.refresh_from_db()
        lead = made.lead
        assert (made.state, made.result) == ("done", "created")
        assert (lead.name, lead.email, lead.email_key, lead.message) == ("Maya Lindqvist", "Maya@Nordlys.example", "maya@nordlys.example", "24 booths")
        assert lead.first_touch == lead.last_touch == {"utm_source": "google", "gclid": "x1"}
        assert lead.source == lead.last_source == form.source
        assert lead.qualify_due_at and lead.owner is None and lead.team.is_default
        assert lead.response_goal_at == lead.captured_at + lead.team.response_goal
        [created] = lead.events.all()
        assert created.kind == "created" and created.occurred_at == lead.captured_at
        assert created.details["form"] == "Quote" and created.details["said"]["Floor?"] == "2nd"
        assert list(lead.emails.values_list("key", flat=True)) == ["maya@nordlys.example"]

    def test_goes_to_the_team_of_its_submission_then_of_its_form(self, north, south):
        from capture.channels import receive

        form = entries.web_form(team=south)
        one = receive("web_form", {"name": "A"}, web_form=form)
        two = receive("web_form", {"name": "B"}, web_form=form, team=north)
        from capture import intake

        intake.take_in()
        assert Lead.objects.get(submissions=one).team == south
        assert Lead.objects.get(submissions=two).team == north

    def test_has_amounts_custom_fields_tags_and_named_sources(self):
        CustomField.objects.create(record="lead", key="since", label="Since", type="date")
        found = bring({"name": "A", "expected_revenue": "1.234,50", "custom.since": "03.11.26", "tags": "Fair, VIP", "source": "Messe",
                       "campaign": "Herbst 26"}, tags=["2026"])  # fmt: skip
        lead = Lead.objects.get(pk=found.fates[0].lead)
        assert lead.expected_revenue == Decimal("1234.50") and lead.currency == lead.team.currency
        assert lead.custom == {"since": "2026-11-03"}
        assert sorted(lead.tags.values_list("name", flat=True)) == ["2026", "Fair", "VIP"]
        assert (lead.source.name, lead.campaign.name) == ("Messe", "Herbst 26")

    def test_takes_further_addresses_along(self):
        lead = Lead.objects.get(pk=bring({"email": "a@x.example", "email_2": "b@x.example", "phone": "+4930901820", "mobile": "+4915123456789"}).fates[0].lead)
        assert lead.emails.count() == 2 and lead.phones.count() == 2
        assert bring({"email": "B@x.example"}).fates[0].lead == lead.pk

    def test_answers_to_unknown_questions_are_never_lost(self):
        made = entries.taken_in(raw_question="Do you ship?")
        assert made.lead.message == "raw_question: Do you ship?"

    def test_what_says_nothing_is_kept_in_the_log_with_its_reason(self):
        made = entries.taken_in(name="  ", city="Oslo")
        assert (made.state, made.result, made.lead) == ("done", "rejected", None)
        assert made.why["code"] == "says_nothing"

    def test_what_cannot_be_read_is_left_out_of_an_enquiry_and_named(self):
        made = entries.taken_in(name="Ada", email="ada", expected_revenue="80k")
        assert made.result == "created" and made.lead.email == "ada" and made.lead.email_quality == "bad"
        assert made.lead.expected_revenue is None
        assert [problem["field"] for problem in made.why["problems"]] == ["email", "expected_revenue"]

    def test_a_row_of_a_file_is_refused_for_it(self):
        found = bring({"name": "Ada", "email": "ada"}, {"name": "Bob", "email": "bob@x.example"}, {"city": " "}, {"name": "C", "expected_revenue": "viel"})
        assert [fate.result for fate in found.fates] == ["rejected", "created", "skipped", "rejected"]
        assert found.fates[0].why["problems"][0]["field"] == "email"
        assert Submission.objects.count() == 1

    def test_fields_not_offered_are_never_set(self, nora):
        bad = {"owner": str(nora.pk), "owner_id": str(nora.pk), "score": "99", "team": "7", "team_id": "7", "is_staff": "1", "is_demo": "true",
               "converted_at": "2026-01-01", "version": "9", "stars": "3", "custom": '{"a":1}', "tags": "VIP", "captured_at": "2020-01-01"}  # fmt: skip
        lead = entries.taken_in(said={"name": "Ada", "email": "a@x.example", **bad}).lead
        assert lead.owner is None and lead.score is None and lead.team.is_default and not lead.is_demo and lead.stars == 0
        assert lead.converted_at is None and lead.version == 1 and lead.custom == {} and not lead.tags.exists()

    def test_strangers_cannot_flood_the_list_of_sources(self):
        for number in range(3):
            entries.taken_in(email=f"s{number}@x.example", source="<script>alert(1)</script>", campaign="x" * 81)
        assert not Lead.objects.filter(source__isnull=False).exists()


class TestJoining:
    def test_the_same_address_joins_the_open_lead_and_fills_only_gaps(self, nora, at):
        lead = leads.lead("Maya Lindqvist", email="maya@nordlys.example", owner=nora, city="Malmö", at=at, qualify_due_at=None)
        made = entries.taken_in(email=" MAYA@Nordlys.example ", name="M. L.", city="Oslo", company_name="Nordlys AB", phone="+46 8 123 456 78")
        lead.refresh_from_db()
        assert (made.result, made.lead) == ("joined", lead)
        assert (lead.name, lead.city, lead.company_name, lead.company_key) == ("Maya Lindqvist", "Malmö", "Nordlys AB", "nordlys")
        assert lead.owner == nora and lead.qualify_due_at is not None and lead.version == 2
        assert lead.phone_e164 == "+46812345678" and "nordlys ab" in lead.search
        joined = lead.events.get(kind="joined")
        assert joined.details["said"]["city"] == "Oslo" and joined.details["filled"]["company_name"] == ["", "Nordlys AB"]
        assert Lead.objects.count() == 1

    def test_two_of_one_batch_become_one(self):
        found = bring({"email": "a@x.example", "name": "A"}, {"email": "A@X.example", "city": "Oslo"}, {"email": "b@x.example", "email_2": "a@x.example"})
        assert [fate.result for fate in found.fates] == ["created", "joined", "joined"]
        lead = Lead.objects.get()
        assert lead.city == "Oslo" and lead.emails.count() == 2
        assert list(lead.events.order_by("pk").values_list("kind", flat=True)) == ["created", "joined", "joined"]

    @pytest.mark.parametrize("ended", ["converted_at", "archived_at"])
    def test_an_ended_lead_is_not_joined(self, ended, at):
        leads.lead("Old", email="a@x.example", **{ended: at})
        assert entries.taken_in(email="a@x.example").result == "created"

    def test_the_last_touch_follows_and_the_first_stays(self):
        from capture import intake
        from capture.channels import receive

        for number in (1, 2):
            receive("web_form", {"email": "a@x.example", "source": f"src{number}"}, context={"last_touch": {"n": number}})
            intake.take_in()
        lead = Lead.objects.get()
        assert (lead.first_touch, lead.last_touch) == ({"n": 1}, {"n": 2})
        assert (lead.source.name, lead.last_source.name) == ("src1", "src2")
        entries.taken_in(email="a@x.example")
        lead.refresh_from_db()
        assert lead.last_touch == {"n": 2} and lead.last_source.name == "src2"

    def test_an_import_may_overwrite_or_keep_by_column(self):
        leads.lead("Old", email="a@x.example", city="Oslo", region="")
        bring({"email": "a@x.example", "city": "Bergen", "region": "Vestland", "name": "New"}, policy={"city": "overwrite", "region": "keep"})
        lead = Lead.objects.get()
        assert (lead.city, lead.region, lead.name) == ("Bergen", "", "Old")

    def test_custom_values_are_filled_key_by_key(self):
        for key in ("one", "two"):
            CustomField.objects.create(record="lead", key=key, label=key)
        leads.lead("A", email="a@x.example", custom={"one": "1"})
        bring({"email": "a@x.example", "custom.one": "9", "custom.two": "2"})
        assert Lead.objects.get().custom == {"one": "1", "two": "2"}


class TestPhones:
    NUMBER = "+49 30 901820"

    def test_same_number_and_name_joins_when_one_side_has_no_address(self):
        first = entries.taken_in(name="Ada Quist", phone=self.NUMBER).lead
        assert entries.taken_in(name="ada  quist", phone="+4930901820", email="ada@x.example").lead == first
        first.refresh_from_db()
        assert first.email_key == "ada@x.example"

    def test_another_address_is_a_pair_to_look_at(self):
        first = entries.taken_in(name="Ada", phone=self.NUMBER, email="a@x.example").lead
        second = entries.taken_in(name="Ada", phone=self.NUMBER, email="b@x.example").lead
        pair = PossibleDuplicate.objects.get()
        assert first != second and (pair.lead, pair.other) == (second, first)
        assert pair.reasons == [{"code": "same_phone_other_email", "values": {}}]

    def test_in_one_batch_the_first_address_counts_for_the_next(self):
        first = entries.taken_in(name="Ada", phone=self.NUMBER).lead
        found = bring(*({"name": "Ada", "phone": self.NUMBER, "email": f"{letter}@x.example"} for letter in "aba"))
        assert [(fate.result, fate.lead == first.pk) for fate in found.fates] == [("joined", True), ("created", False), ("joined", True)]
        assert PossibleDuplicate.objects.get(lead_id=found.fates[1].lead).other == first

    def test_another_name_is_a_pair_to_look_at(self):
        first = entries.taken_in(name="Ada", phone=self.NUMBER).lead
        second = entries.taken_in(name="Bob", phone=self.NUMBER).lead
        assert first != second and PossibleDuplicate.objects.get().reasons[0]["code"] == "same_phone_other_name"

    def test_a_switchboard_makes_no_pairs(self):
        for number in range(6):
            entries.taken_in(name=f"Person {number}", phone=self.NUMBER, email=f"p{number}@x.example")
        assert PossibleDuplicate.objects.filter(lead__name="Person 5").count() == 0

    def test_the_same_name_alone_never_joins(self):
        assert entries.taken_in(name="Ada Quist").lead != entries.taken_in(name="Ada Quist").lead


class TestTypedIn:
    def test_a_match_out_of_sight_becomes_an_enquiry_of_its_own(self, nora, vera, south):
        hidden = leads.lead("Maya", email="maya@nordlys.example", owner=vera, team=south)
        made = entries.taken_in("manual", by=nora, team=nora.seats[0].team, name="Maya", email="maya@nordlys.example")
        assert made.result == "apart" and made.lead != hidden and made.lead.apart_from == hidden
        hidden.refresh_from_db()
        assert not hidden.events.filter(kind="joined").exists()
        assert PossibleDuplicate.objects.get(lead=made.lead, other=hidden).reasons[0]["code"] == "entered_apart"

    def test_again_by_the_same_person_it_joins_the_one_they_see(self, nora, vera, south):
        leads.lead("Maya", email="maya@nordlys.example", owner=vera, team=south)
        said = {"by": nora, "team": nora.seats[0].team, "email": "maya@nordlys.example"}
        first = entries.taken_in("manual", **said)
        second = entries.taken_in("manual", **said)
        assert second.result == "joined" and second.lead == first.lead

    def test_a_match_in_sight_is_joined(self, nora):
        lead = leads.lead("Maya", email="maya@nordlys.example", owner=nora)
        assert entries.taken_in("manual", by=nora, email="maya@nordlys.example").lead == lead


class TestManyRows:
    def test_the_same_file_again_creates_nothing(self):
        rows = entries.rows(30)
        assert receive_many("import", rows, at=timezone.now()).counts == {"created": 30}
        again = receive_many("import", rows, at=timezone.now())
        assert again.counts == {"skipped": 30} and again.fates[0].why["code"] == "already_here"
        assert Lead.objects.count() == 30 and Submission.objects.count() == 30
        assert LeadEvent.objects.filter(kind="created").count() == 30

    def test_numbers_add_up_whatever_comes(self):
        rows = entries.rows(20) + entries.rows(20) + [Row("x", {"email": "nope"}), Row("y", {}), Row("z", {"email": "person1@file.example"})]
        found = receive_many("import", rows, at=timezone.now())
        assert sum(found.counts.values()) == len(rows) == len(found.fates)
        assert found.counts == {"created": 20, "skipped": 21, "rejected": 1, "joined": 1}

    def test_statements_do_not_grow_with_the_rows(self, django_assert_max_num_queries):
        with django_assert_max_num_queries(25):
            receive_many("import", entries.rows(300, phone="+4930901820"), at=timezone.now())

    def test_a_preview_foretells_without_writing(self):
        from capture.arrivals import Arrival
        from capture.entering import foresee, read
        from capture.lists import Lists

        leads.lead("A", email="a@x.example")
        raws = [{"email": "a@x.example"}, {"email": "b@x.example"}, {"email": "B@x.example"}, {"email": "no"}, {}]
        arrivals = [Arrival(0, "import", raw, timezone.now()) for raw in raws]
        assert foresee(read(arrivals, Lists.load(), strict=True)) == ["joined", "created", "joined", "rejected", "skipped"]
        assert Lead.objects.count() == 1


class TestHostileText:
    @pytest.mark.parametrize("text", ["a\x00b", "\ud800lone", "{\"a\": \"\\u0000\"}", "x" * 9000, "'; DROP TABLE leads_lead; --", "\u202edlrow", "\\.\n\\N\t"])
    def test_is_kept_as_far_as_the_database_can_hold_it(self, text):
        made = entries.taken_in(name="Ada", message=text, **{text[:50]: text})
        assert made.result == "created"
        assert made.lead.message == text.replace("\x00", "").replace("\ud800", "").strip()
