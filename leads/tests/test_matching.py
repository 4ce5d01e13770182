"""Who looks like whom, told only as far as the asker may see."""

import pytest

from leads.cleaning import clean
from leads.matching import earlier_leads_of, matches_of, open_match
from tests.factories import leads

pytestmark = pytest.mark.django_db
NUMBER = "+49 30 901820"


class TestOpenMatch:
    def test_same_address_in_any_spelling(self):
        lead = leads.lead("Ada", email="Ada@Acme.example")
        assert open_match(clean({"email": " ada@ACME.example "})) == (lead.pk, [])

    def test_a_further_address_counts_too(self):
        lead = leads.lead("Ada", email="a@x.example")
        lead.emails.create(email="b@x.example", key="b@x.example")
        assert open_match(clean({"email": "b@x.example"}))[0] == lead.pk
        assert open_match(clean({"email": "c@x.example", "email_2": "b@x.example"}))[0] == lead.pk

    @pytest.mark.parametrize("other", ["a.da@acme.example", "ada+x@acme.example", "\u0430da@acme.example"])
    def test_look_alikes_do_not(self, other):
        leads.lead("Ada", email="ada@acme.example")
        assert open_match(clean({"email": other})) == (None, [])

    def test_an_ended_lead_does_not(self, at):
        leads.lead("Ada", email="a@x.example", archived_at=at)
        assert open_match(clean({"email": "a@x.example"})) == (None, [])

    @pytest.mark.parametrize(("known", "entry", "joins", "pair"), [
        ({"name": "Ada"}, {"name": "ADA"}, True, None),
        ({"name": "Ada", "email": "a@x.example"}, {"name": "Ada"}, True, None),
        ({"name": "Ada"}, {"name": "Ada", "email": "a@x.example"}, True, None),
        ({"name": "Ada", "email": "a@x.example"}, {"name": "Ada", "email": "b@x.example"}, False, "same_phone_other_email"),
        ({"name": "Ada"}, {"name": "Bob"}, False, "same_phone_other_name"),
        ({"name": "Ada"}, {}, False, "same_phone_other_name"),
    ])  # fmt: skip
    def test_a_phone_joins_only_when_names_agree_and_one_side_has_no_address(self, known, entry, joins, pair):
        lead = leads.lead(**{"name": "", **known, "phone": NUMBER})
        found, pairs = open_match(clean({**entry, "phone": "+4930901820"}))
        assert found == (lead.pk if joins else None)
        assert pairs == ([(lead.pk, pair)] if pair else [])


class TestMatchesOf:
    def test_name_their_reasons_surest_first(self, nora):
        same = leads.lead("Zoë Quist", email="zoe@x.example", owner=nora)
        phone = leads.lead("Other", phone=NUMBER, owner=nora)
        name = leads.lead("Zoe Quist", company_name="Acme GmbH", owner=nora)
        found = matches_of("ZOE@x.example", NUMBER, "zoë  quist", "Acme", user=nora)
        assert [(like.lead, like.likeness.codes) for like in found] == [
            (same, ("same_email", "same_name")), (phone, ("same_phone",)), (name, ("same_name", "same_company")),
        ]  # fmt: skip

    def test_hold_ended_ones_after_the_open_ones(self, nora, at):
        ended = leads.lead("Ada Quist", email="a@x.example", owner=nora, archived_at=at)
        open_ = leads.lead("Ada Quist", owner=nora)
        assert [like.lead for like in matches_of("a@x.example", name="Ada Quist", user=nora)] == [open_, ended]

    def test_hold_nothing_the_asker_may_not_see(self, nora, vera, olga, ada, south):
        leads.lead("Ada Quist", email="a@x.example", phone=NUMBER, owner=vera, team=south)
        for asker, count in ((nora, 0), (olga, 0), (vera, 1), (ada, 1)):
            assert len(matches_of("a@x.example", NUMBER, "Ada Quist", user=asker)) == count

    def test_need_something_to_go_by(self, nora):
        leads.lead("Li", owner=nora)
        assert matches_of(user=nora) == matches_of("a@", "12", "Li", user=nora) == []

    def test_few_queries(self, nora, django_assert_max_num_queries):
        for number in range(8):
            leads.lead("Ada Quist", email=f"a{number}@x.example", owner=nora)
        nora.seats  # noqa: B018  read once per request
        with django_assert_max_num_queries(8):
            assert len(matches_of("a1@x.example", NUMBER, "Ada Quist", user=nora)) == 5


class TestEarlierLeads:
    def test_are_of_the_same_person_ended_ones_too(self, nora, vera, south, at):
        old = leads.lead("Ada", email="a@x.example", owner=nora, archived_at=at)
        by_phone = leads.lead("Ada", phone=NUMBER, owner=nora, archived_at=at)
        leads.lead("Ada", email="a@x.example", owner=vera, team=south, archived_at=at)
        leads.lead("Bob", phone=NUMBER, owner=nora, archived_at=at)
        lead = leads.lead("Ada", email="a@x.example", phone=NUMBER, owner=nora)
        assert set(earlier_leads_of(lead, user=nora)) == {old, by_phone}
        assert list(earlier_leads_of(leads.lead("Ada", owner=nora), user=nora)) == []
