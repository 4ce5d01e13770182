"""The leads that came in with a file are a list like any other, narrowed by one condition."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from capture.imports import running
from capture.imports.tests import made
from core import conditions
from leads.models import Lead
from tests.factories import leads

pytestmark = pytest.mark.django_db


def listed(client, run, **more) -> list[str]:
    page = client.get(reverse("leads:leads"), {"view": "all", "import.is": run.pk, "sort": "name", **more})
    return [row.email for row in page.context["shown"].page]


class TestTheList:
    def test_opens_from_the_result_with_the_name_of_the_file(self, client_of, olga, import_file):
        run, _other = import_file(made.leads(3), "fair.csv"), import_file(made.leads(2, start=50), "other.csv")
        client = client_of(olga)
        page = client.get(run.get_absolute_url())
        assert escape(page.context["leads_url"]) in page.text and "Show the 3 leads" in page.text
        shown = client.get(page.context["leads_url"]).context["shown"]
        assert [(chip.label, chip.operator) for chip in shown.chips] == [("Import", "is")]
        assert shown.chips[0].value.startswith("fair.csv, ") and shown.total.number == 3
        assert escape(page.context["leads_url"]) in client.get(reverse("imports:imports")).text

    def test_holds_what_joined_once_and_nothing_that_was_skipped(self, client_of, olga, ada, import_file, north):
        leads.lead("Known Before", email="person0@company0.example", team=north)
        run = import_file(made.table([made.HEADER, *made.people(2), *made.people(1)]), by=ada)
        assert listed(client_of(ada), run) == ["person0@company0.example", "person1@company1.example"]

    def test_shows_a_rep_only_their_own_and_names_the_file(self, client_of, olga, nora, vera, at, import_file):
        run = import_file(made.leads(2), "fair.csv")
        first = Lead.objects.get(email_key="person0@company0.example")
        Lead.objects.update(owner=None, team=vera.seats[0].team)
        first.refresh_from_db()
        first.assign_to(nora, at=at)
        Lead.objects.filter(pk=first.pk).update(owner=nora)
        assert listed(client_of(nora), run) == ["person0@company0.example"]
        assert "fair.csv" in client_of(nora).get(reverse("leads:leads"), {"import.is": run.pk}).text

    def test_does_not_tell_a_file_somebody_knows_nothing_of(self, client_of, vera, olga, import_file):
        run = import_file(made.leads(1), "secret plans.csv")
        page = client_of(vera).get(reverse("leads:leads"), {"import.is": run.pk})
        assert "secret plans" not in page.text
        assert "secret plans" not in client_of(vera).get(reverse("leads:leads"), {"add": "import"}).text

    def test_says_that_an_import_was_taken_back_and_what_stayed(self, client_of, olga, nora, at, import_file):
        run = import_file(made.leads(2), "fair.csv")
        Lead.objects.get(email_key="person0@company0.example").note("Worked on.", at=at, by=nora)
        running.begin_undo(run)
        running.advance()
        client = client_of(olga)
        page = client.get(run.get_absolute_url())
        assert "Show the lead that stayed" in page.text
        assert listed(client, run) == ["person0@company0.example"]
        assert "(taken back)" in client.get(page.context["leads_url"]).context["shown"].chips[0].value

    def test_can_be_turned_round(self, client_of, ada, import_file):
        run = import_file(made.leads(1), by=ada)
        leads.lead("By hand")
        client = client_of(ada)
        for asked, found in [({"import.is_not": run.pk}, ["By hand"]), ({"import.empty": ""}, ["By hand"]), ({"import.filled": ""}, ["Hanna Virtanen"])]:
            assert [row.name for row in client.get(reverse("leads:leads"), asked).context["shown"].page] == found


class TestTheCondition:
    def test_says_the_same_of_one_lead(self, ada, import_file):
        run = import_file(made.leads(1), by=ada)
        leads.lead("By hand")
        for stored in [{"field": "import", "op": "is", "value": run.pk}, {"field": "import", "op": "is_not", "value": run.pk},
                       {"field": "import", "op": "empty"}, {"field": "import", "op": "filled"}]:  # fmt: skip
            read = conditions.book("lead", user=ada).read(stored)
            assert set(Lead.objects.filter(read.q)) == {lead for lead in Lead.objects.all() if read.matches(lead)} != set()

    def test_is_not_for_rules_which_name_no_person(self, db):
        assert "import" not in conditions.book("lead").fields

    def test_may_be_kept_as_a_view(self, client_of, ada, import_file):
        run = import_file(made.leads(1), "fair.csv", by=ada)
        client = client_of(ada)
        client.post(reverse("workspace:new_view", args=["lead"]), {"name": "From the fair", "query": f"view=all&import.is={run.pk}"})
        page = client.get(reverse("leads:leads"))
        assert "From the fair" in page.text
