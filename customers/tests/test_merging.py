"""Merging companies and contacts: everything that pointed to one follows, and undo puts every row back."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import invariants, undo
from core.merging import KINDS, merge
from core.merging.exceptions import MergedMeanwhile, NothingToMerge
from core.models import Change
from customers.matching import matches_of_company
from customers.models import Company, CompanyEvent, Contact
from leads.models import Lead
from opportunities.models import Opportunity
from opportunities.suggestions import suggestions
from tests.factories import customers, leads, opportunities

pytestmark = pytest.mark.django_db
COMPANY, CONTACT = KINDS["company"], KINDS["contact"]
LEFT_OUT = {"version", "changed_at", "id"}


def table(model) -> list[dict]:
    columns = [field.attname for field in model._meta.concrete_fields if field.name not in LEFT_OUT]
    return list(model._base_manager.order_by("pk").values("pk", *columns))


def everything() -> dict[str, list]:
    """Return all rows that a merge may touch."""
    through = Opportunity.contacts.through
    involved = sorted(through.objects.values_list("opportunity", "contact"))
    parts = [Company, Contact, Lead, Opportunity, Contact.emails.rel.related_model, Contact.phones.rel.related_model]
    return {model.__name__: table(model) for model in parts} | {"involved": involved}


def wrong() -> list[str]:
    """Return the checks of merged records that found something."""
    return [name for name in invariants.check_all() if "merged" in name]


class TestMergeCompanies:
    def test_all_that_pointed_to_the_others_points_to_the_survivor(self, nora, at):
        acme, twin = customers.company("Acme", owner=nora), customers.company("ACME GmbH", owner=nora, domain="acme.example")
        person = customers.contact("Ada", company=twin)
        deal = opportunities.opportunity("Deal", owner=nora, company=twin)
        lead = leads.lead("Bob", owner=nora, company=twin)
        before = deal.version
        merge(COMPANY, acme.pk, [acme.pk, twin.pk], at=at, by=nora)
        for row in (person, deal, lead, twin, acme):
            row.refresh_from_db()
        assert (person.company, deal.company, lead.company, twin.merged_into) == (acme, acme, acme, acme)
        assert deal.version == before + 1  # its card on the board shows the company
        assert (acme.name, acme.domain) == ("Acme", "acme.example")
        assert not wrong()

    def test_says_so_in_the_survivors_story(self, nora, at):
        acme, twin = customers.company("Acme", owner=nora), customers.company("Acme Ltd", owner=nora, industry="Energy")
        merge(COMPANY, acme.pk, [acme.pk, twin.pk], at=at, by=nora)
        event = acme.events.get(kind="merged")
        assert event.details["names"] == ["Acme Ltd"] and event.details["fields"] == {"industry": ["", "Energy"]}
        assert not CompanyEvent.objects.filter(company=twin, kind="merged").exists()

    def test_the_chosen_facts_stay(self, nora, at):
        acme = customers.company("Acme", owner=nora, phone="+4930901820", city="Bonn", status="prospect")
        twin = customers.company("Acme Group", owner=nora, phone="+4930901821", city="Ulm", status="customer")
        merge(COMPANY, acme.pk, [acme.pk, twin.pk], {"fact-name": str(twin.pk), "fact-phone": str(twin.pk)}, at=at, by=nora)
        acme.refresh_from_db()
        assert (acme.name, acme.name_key, acme.phone_e164) == ("Acme Group", "acme group", "+4930901821")
        assert acme.city == "Bonn" and acme.status == "customer"  # the furthest is proposed

    def test_is_still_found_by_the_domain_and_number_of_the_others(self, nora, at):
        acme, twin = customers.company("Acme", owner=nora, domain="acme.example"), customers.company("Twin", owner=nora, domain="twin.example", phone="+4930901820")
        merge(COMPANY, acme.pk, [acme.pk, twin.pk], {"fact-phone": str(acme.pk)}, at=at, by=nora)
        newcomer = leads.lead("Ada", owner=nora, email="ada@twin.example")
        assert [one.record for one in suggestions(newcomer, nora)] == [acme]
        copy = customers.company("Works", owner=nora, domain="twin.example")
        assert [(match.record, match.likeness.codes) for match in matches_of_company(copy, nora)] == [(acme, ("same_domain",))]

    def test_no_chains(self, nora, at):
        one, two, three = (customers.company(f"Firm {n}", owner=nora) for n in "abc")
        merge(COMPANY, two.pk, [two.pk, three.pk], at=at, by=nora)
        merge(COMPANY, one.pk, [one.pk, two.pk], at=at, by=nora)
        assert set(Company.objects.filter(merged_into=one).values_list("pk", flat=True)) == {two.pk, three.pk}
        assert not wrong()

    def test_the_same_number_of_statements_for_two_and_for_fifty(self, nora, at):
        counts = []
        for many in (2, 50):
            rows = [customers.company(f"Firm {many} {n}", owner=nora) for n in range(many)]
            for row in rows:
                customers.contact(f"Person {row.pk}", company=row)
            connection.force_debug_cursor, start = True, len(connection.queries_log)
            merge(COMPANY, rows[0].pk, [row.pk for row in rows], at=at, by=nora)
            counts.append(len(connection.queries_log) - start)
            connection.force_debug_cursor = False
        assert counts[0] == counts[1] <= 45


class TestMergeContacts:
    def test_keeps_every_address_and_involvement_once(self, nora, at):
        ada, twin = customers.contact("Ada", owner=nora, email="a@x.example"), customers.contact("Ada Q", owner=nora, email="b@x.example", phone="+4930901820")
        both, one = opportunities.opportunity("Both", owner=nora), opportunities.opportunity("One", owner=nora)
        both.contacts.set([ada, twin])
        one.contacts.set([twin])
        merge(CONTACT, ada.pk, [ada.pk, twin.pk], at=at, by=nora)
        assert set(ada.emails.values_list("key", flat=True)) == {"a@x.example", "b@x.example"}
        assert list(ada.phones.values_list("e164", flat=True)) == ["+4930901820"]
        assert list(both.contacts.all()) == list(one.contacts.all()) == [ada]

    def test_the_other_ones_address_may_become_the_first(self, nora, at):
        ada, twin = customers.contact("Ada", owner=nora, email="a@x.example"), customers.contact("Ada", owner=nora, email="b@x.example")
        merge(CONTACT, ada.pk, [ada.pk, twin.pk], {"fact-email": str(twin.pk)}, at=at, by=nora)
        ada.refresh_from_db()
        assert (ada.email, ada.email_key) == ("b@x.example", "b@x.example")


class TestRefusals:
    def test_with_itself(self, nora, at):
        acme = customers.company("Acme", owner=nora)
        with pytest.raises(NothingToMerge):
            merge(COMPANY, acme.pk, [acme.pk, acme.pk], at=at, by=nora)

    def test_what_was_merged_already(self, nora, at):
        one, two, three = (customers.company(f"Firm {n}", owner=nora) for n in "abc")
        merge(COMPANY, one.pk, [one.pk, two.pk], at=at, by=nora)
        with pytest.raises(MergedMeanwhile) as refused:
            merge(COMPANY, three.pk, [three.pk, two.pk], at=at, by=nora)
        assert refused.value.into == one.pk and "Firm b" in refused.value.words


class TestUndo:
    @pytest.fixture
    def world(self, nora, at):
        acme, twin = customers.company("Acme", owner=nora), customers.company("Twin", owner=nora, domain="acme.example")
        ada = customers.contact("Ada", company=acme, email="a@x.example")
        bob = customers.contact("Bob", company=twin, email="b@x.example", phone="+4930901820")
        deal = opportunities.opportunity("Deal", owner=nora, company=twin, contact=bob)
        deal.contacts.set([ada, bob])
        leads.lead("Lead", owner=nora, company=twin, contact=bob)
        return acme, twin, ada, bob, deal

    def test_puts_everything_back(self, world, nora, at):
        acme, twin, ada, bob, _deal = world
        before = everything()
        firms = merge(COMPANY, acme.pk, [acme.pk, twin.pk], {"fact-name": str(twin.pk)}, at=at, by=nora)
        people = merge(CONTACT, bob.pk, [ada.pk, bob.pk], at=at, by=nora)
        assert everything() != before
        for change in (people, firms):
            assert undo.take_back(change, by=nora, at=at).undo == Change.Undo.UNDONE
        assert everything() == before and not wrong()

    def test_keeps_and_lists_what_was_edited_since(self, world, nora, at):
        acme, twin, _ada, bob, deal = world
        change = merge(COMPANY, acme.pk, [acme.pk, twin.pk], {"fact-name": str(twin.pk)}, at=at, by=nora)
        acme.edit({"name": "Acme United"}, at=at, by=nora)
        deal.refresh_from_db()
        deal.edit({"company": None}, at=at, by=nora)
        done = undo.take_back(change, by=nora, at=at)
        assert {(kept["code"], kept["values"].get("field", "")) for kept in done.kept} == {
            ("merge_fact_edited", "Name"), ("merge_fact_edited", "Status"), ("merge_row_edited", ""),
        }  # fmt: skip
        for row in (acme, twin, bob, deal):
            row.refresh_from_db()
        assert (acme.name, acme.domain, twin.domain, deal.company, bob.company) == ("Acme United", "", "acme.example", None, twin)

    def test_of_a_merge_within_a_merge_waits_for_the_outer_one(self, nora, at):
        one, two, three = (customers.company(f"Firm {n}", owner=nora) for n in "abc")
        inner = merge(COMPANY, two.pk, [two.pk, three.pk], at=at, by=nora)
        outer = merge(COMPANY, one.pk, [one.pk, two.pk], at=at, by=nora)
        with pytest.raises(undo.NotYet):
            undo.take_back(inner, by=nora, at=at)
        undo.take_back(outer, by=nora, at=at)
        assert list(Company.objects.filter(merged_into=two)) == [three]
        undo.take_back(inner, by=nora, at=at)
        assert Company.objects.standing().count() == 3


FIRMS = st.lists(st.tuples(st.sampled_from(["Acme", "Acme GmbH", "Ünal"]), st.booleans(), st.integers(0, 2)), min_size=2, max_size=4)


class TestAnyMerge:
    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(FIRMS, st.data())
    def test_and_its_undo_leave_everything_as_it_was(self, nora, at, firms, data):
        self.merge_and_take_back(nora, at, firms, data)

    @pytest.mark.slow
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(FIRMS, st.data())
    def test_of_very_many_too(self, nora, at, firms, data):
        self.merge_and_take_back(nora, at, firms, data)

    def merge_and_take_back(self, nora, at, firms, data) -> None:
        with transaction.atomic():
            made = []
            for number, (name, has_domain, people) in enumerate(firms):
                firm = customers.company(name, owner=nora, domain=f"f{number}.example" if has_domain else "", size=number or None)
                contacts = [customers.contact(f"P{number}{n}", company=firm, email=f"p{n}@g{number}.example") for n in range(people)]
                deal = opportunities.opportunity(f"Deal {number}", owner=nora, company=firm, contact=contacts[0] if contacts else None)
                deal.contacts.set(contacts)
                made.append(firm)
            before, changes = everything(), []
            chosen = {"fact-domain": str(data.draw(st.sampled_from(made)).pk)}
            changes.append(merge(COMPANY, data.draw(st.sampled_from(made)).pk, [firm.pk for firm in made], chosen, at=at, by=nora))
            people = list(Contact.objects.values_list("pk", flat=True))
            if len(people) > 1:
                changes.append(merge(CONTACT, data.draw(st.sampled_from(people)), people, at=at, by=nora))
            assert not wrong()
            for change in reversed(changes):
                assert undo.take_back(change, by=nora, at=at).kept == []
            assert everything() == before and not wrong()
            transaction.set_rollback(True)
