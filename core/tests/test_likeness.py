"""What makes two records the same, by rules alone."""

from dataclasses import replace

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from core import reasons
from core.likeness import COMPANY, LIKELY, PERSON, Facts, Look, candidates, compare, orders, similarity, strength_of

ADA = Facts(emails=frozenset({"ada@acme.example"}), phones=frozenset({"+4930901820"}), domains=frozenset({"acme.example"}),
            company="acme", name="ada quist")  # fmt: skip
PLAIN = st.lists(st.text("abc1", min_size=1, max_size=5), min_size=1, max_size=4).map(" ".join)
WORDS = st.lists(st.text("abcäø", min_size=1, max_size=5), min_size=1, max_size=4).map(" ".join)


class TestCompare:
    def test_tells_every_reason_once_with_what_is_shared(self):
        found = compare(ADA, ADA)
        assert found.codes == ("same_email", "same_phone", "same_name", "same_company")
        assert found.reasons[0] == {"code": "same_email", "values": {"value": "ada@acme.example"}}
        assert found.is_certain

    def test_a_name_is_the_same_in_any_order(self):
        assert compare(ADA, Facts(name="quist ada")).codes == ("same_name",)
        assert compare(ADA, Facts(name="quist")).codes == ()

    def test_a_name_alone_is_not_worth_a_look_but_with_the_company_it_is(self):
        assert compare(ADA, Facts(name="ada quist")).strength < LIKELY
        assert compare(ADA, Facts(name="ada quist", company="acme")).strength >= LIKELY
        assert compare(ADA, Facts(company="acme", domains=frozenset({"acme.example"}))).strength < LIKELY  # a colleague

    def test_a_misspelt_name_at_one_company_is_worth_a_look_and_never_certain(self):
        jon = Facts(emails=frozenset({"jon@acme.example"}), domains=frozenset({"acme.example"}), company="acme", name="jon smith")
        john = Facts(emails=frozenset({"john.smith@acme.example"}), domains=frozenset({"acme.example"}), company="acme", name="john smith")
        found = compare(jon, john)
        assert found.codes == ("same_domain", "similar_name", "same_company")
        assert found.is_likely and not found.is_certain
        assert found.strength < compare(jon, replace(john, name="jon smith")).strength
        assert not compare(replace(jon, company=""), replace(john, domains=frozenset(), company="")).is_likely

    def test_companies_are_known_by_domain_phone_and_name(self):
        firm = Facts(domains=frozenset({"acme.example"}), company="acme")
        assert compare(firm, Facts(domains=frozenset({"acme.example"})), COMPANY).is_certain
        assert compare(firm, Facts(sites=frozenset({"acme.example"})), COMPANY).codes == ()  # no domain of its own is said
        assert compare(Facts(sites=frozenset({"acme.example"})), firm, COMPANY).codes == ("same_website",)
        assert compare(Facts(company="nordlys interior"), Facts(company="nordlys interiors"), COMPANY).codes == ("similar_company",)
        assert compare(firm, ADA, COMPANY).codes == ("same_domain", "same_company")  # a person's name says nothing

    def test_every_reason_has_its_words(self):
        assert all(reasons.is_known(code) for code in {*PERSON, *COMPANY})

    @given(st.lists(st.sampled_from(sorted(PERSON))), st.sampled_from(sorted(PERSON)))
    def test_a_further_reason_never_makes_it_weaker(self, codes, more):
        assert 0 <= strength_of(codes) <= strength_of([*codes, more]) <= 1

    @given(WORDS, WORDS)
    def test_is_the_same_both_ways(self, one, other):
        assert compare(Facts(name=one, company=other), Facts(name=other, company=one)).codes == compare(
            Facts(name=other, company=one), Facts(name=one, company=other)
        ).codes


class TestOrders:
    @given(WORDS)
    def test_hold_the_same_words(self, name):
        assert name in orders(name) and len(orders(name)) <= 6
        assert all(sorted(order.split()) == sorted(name.split()) for order in orders(name))


@pytest.mark.django_db
class TestInTheDatabase:
    @settings(max_examples=30, deadline=None)
    @given(PLAIN, PLAIN)
    def test_similarity_is_that_of_the_database(self, one, other):
        with connection.cursor() as cursor:
            cursor.execute("SELECT similarity(%s, %s)", [one, other])
            assert similarity(one, other) == pytest.approx(cursor.fetchone()[0], abs=1e-6)

    def test_candidates_asks_every_place_at_once_and_drops_noise(self, django_assert_num_queries):
        numbers = "SELECT g FROM generate_series(1, asked.value::int) AS g"
        looks = [Look.by(numbers, {11: ["2"], 12: ["9", ""], 13: []}), Look.by("SELECT 100", {11: ["x"]})]
        with django_assert_num_queries(1):
            assert candidates(looks, most=5) == {11: {1, 2, 100}}
        assert candidates(looks, most=5, drop_noise=False) == {11: {1, 2, 100}, 12: {1, 2, 3, 4, 5, 6, 7}}
        assert candidates([Look.by(numbers, {11: [""]})]) == {}
