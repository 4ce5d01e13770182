"""Conditions about leads: the same answer from the database and for one lead, and no question that breaks them."""

import json
from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from django.db import transaction
from django.db.models import Case, When
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import conditions
from core.conditions.kinds import KINDS
from core.models import Tag
from leads import fields as lead_fields
from leads.models import DisqualifyReason, Engagement, Lead
from tests.factories import leads as factories

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LETTERS = st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\x00")
TRICKY = st.text(st.sampled_from("aAbßẞİıσςΣéÉǅ%_\\'\"ﬃ "), max_size=4)
TEXTS = st.one_of(st.just(""), TRICKY, st.text(LETTERS, max_size=4))
SOME_TEXT = TEXTS.filter(bool)
MOMENTS = st.one_of(
    st.none(), st.just(AT), st.just(AT - timedelta(days=7)), st.just(datetime(2026, 11, 16, 23, 0, tzinfo=UTC)),
    st.integers(-40, 60).map(lambda hours: AT + timedelta(hours=7 * hours)),
)  # fmt: skip
DAYS = st.dates(date(2026, 11, 1), date(2026, 12, 10)).map(str)
NUMBERS = st.one_of(st.none(), st.integers(0, 5), st.integers(0, 2**31 - 1))
CUSTOM = st.fixed_dictionaries({}, optional={
    "note": st.one_of(TEXTS, st.integers(), st.booleans(), st.none()),
    "budget": st.one_of(st.integers(-5, 5), st.floats(-2, 2, allow_nan=False), st.integers(), TEXTS, st.booleans(), st.none()),
    "fair": st.one_of(DAYS, st.sampled_from(["", "2026-11-1", "2026-13-40", "x2026-11-11"]), st.integers()),
    "plan": st.one_of(st.sampled_from(["small", "Large", ""]), st.none(), st.integers()),
    "agreed": st.one_of(st.booleans(), st.sampled_from(["true", 1]), st.none()),
})  # fmt: skip
RANGES = st.sampled_from(["69000 to 69999", "69-75", "SW1 to SW9", "00-100 to 00-950", "a..ß", "7"])
PLACES = st.one_of(st.sampled_from(["", "69001", "69 123", "75000", "sw1a 1aa", "SW10", "00-120", "7", "ß9"]), TEXTS)
SAID = st.dictionaries(
    st.sampled_from(["url", "page", "name", "subject", "else"]),
    st.one_of(TEXTS, st.sampled_from(["/pricing", "https://x/PRICING/?a", "Straße"]), st.integers(), st.none(), st.booleans()), max_size=3,
)
ACTS = st.lists(st.tuples(
    st.sampled_from(["page", "reply", "open"]), st.sampled_from(["human", "human", "machine", "unclear"]), MOMENTS.filter(bool), SAID,
), max_size=3)  # fmt: skip
LEADS = st.fixed_dictionaries({
    "name": st.just("somebody"), "industry": TEXTS, "message": TEXTS, "company_size": NUMBERS, "stars": st.integers(0, 3),
    "score": st.one_of(st.none(), st.integers(0, 100)), "temperature": st.sampled_from(["", "hot", "cold"]),
    "country": st.sampled_from(["", "NO", "SE", "DE"]), "is_free_mail": st.booleans(),
    "expected_revenue": st.one_of(st.none(), st.integers(0, 10**6).map(lambda n: Decimal(n) / 100)),
    "first_contacted_at": MOMENTS, "last_engaged_at": MOMENTS, "sql_at": MOMENTS, "custom": CUSTOM,
    "postcode": PLACES.map(lambda text: text[:20]), "temperature_at": MOMENTS,
    "first_touch": st.dictionaries(st.sampled_from(["landing_page", "landing", "utm_source"]), st.one_of(TEXTS, st.integers()), max_size=2),
    "language": st.one_of(st.sampled_from(["", "de", "de-AT", "den", "en-GB", "X-y"]), TEXTS.map(lambda text: text[:35])),
    "archived_at": st.one_of(st.none(), st.just(AT)), "qualification": st.sampled_from(["", "accept", "keep"]),
})  # fmt: skip

VALUES = {
    "text": st.one_of(SOME_TEXT, st.lists(SOME_TEXT, min_size=1, max_size=2)),
    "number": st.one_of(st.integers(-3, 100), st.floats(-2, 2, allow_nan=False).map(lambda n: round(n, 6)), st.integers()),
    "flag": st.booleans(),
    "country": st.one_of(st.sampled_from(["NO", "se"]), st.just(["NO", "DE"])),
    "language": st.one_of(st.sampled_from(["German", "de", "EN-gb", "x"]), st.just(["fr", "German"]), SOME_TEXT),
    "code": st.one_of(SOME_TEXT, st.sampled_from(["69000", "SW1"])),
    "act": st.sampled_from(["ever", "7d", "pricing", "PRICING within 30d", "within 12h", "straße", "ß within 90d"]),
}
BY_FIELD = {
    "industry": "text", "message": "text", "company_size": "number", "score": "number", "expected_revenue": "number",
    "temperature": "choice", "status": "choice", "country": "country", "is_free_mail": "flag", "waiting": "flag",
    "is_customer": "flag", "last_engaged_at": "date", "first_contacted_at": "date", "owner": "person", "tags": "tag",
    "source": "choice", "custom.note": "text", "custom.budget": "number", "custom.fair": "date", "custom.plan": "choice",
    "custom.agreed": "flag", "postcode": "code", "did.page": "act", "did.reply": "act", "landing_page": "text",
    "temperature_at": "date", "last_source": "choice", "language": "language",
}  # fmt: skip
CHOICES = {
    "temperature": ["hot", "warm"], "status": ["new", "archived", "contacted", "qualified"], "source": [1, 2, 77],
    "last_source": [1, 2, 77], "custom.plan": ["small", "Large", "gone"], "tags": [1, 2, 77], "owner": ["me", 1, 2],
}  # fmt: skip


@st.composite
def leaf(draw):
    key = draw(st.sampled_from(sorted(BY_FIELD)))
    kind = BY_FIELD[key]
    op = draw(st.sampled_from(sorted(KINDS[kind].ops)))
    condition = {"field": key, "op": op}
    if op in {"empty", "filled"}:
        return condition
    if kind == "date":
        days, ago = DAYS, st.sampled_from(["7d", "0d", "12h", "90m", "3"])
        return condition | {"value": draw(days if op in {"is", "before", "after"} else ago)}
    if op == "between":
        return condition | {"value": draw(RANGES)}
    if key in CHOICES:
        value = st.one_of(st.sampled_from(CHOICES[key]), st.lists(st.sampled_from(CHOICES[key]), min_size=1, max_size=3))
        return condition | {"value": draw(value)}
    return condition | {"value": draw(VALUES[kind])}


def groups(parts):
    return st.builds(lambda joined, list_: {joined: list_}, st.sampled_from(["all", "any"]), st.lists(parts, max_size=3))


CONDITIONS = st.recursive(leaf(), groups, max_leaves=5)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("score")),
    lambda part: st.one_of(
        st.lists(part, max_size=3),
        st.dictionaries(st.sampled_from(["all", "any", "field", "op", "value", "x"]), part, max_size=3),
        st.fixed_dictionaries({"field": st.sampled_from(sorted(BY_FIELD)), "op": st.sampled_from(["is", "gte", "within"]), "value": part}),
    ), max_leaves=8,
)  # fmt: skip


@pytest.fixture
def fields(db):
    factories.custom_field("note")
    factories.custom_field("budget", type="number")
    factories.custom_field("fair", type="date")
    factories.custom_field("plan", type="choice", choices=["small", "Large"])
    factories.custom_field("agreed", type="flag")


def the_same_answer(nora, north, how_many):
    """Ask made-up conditions of made-up leads, in the database and one by one."""
    tags = [Tag.objects.create(name=name) for name in ("fair", "vip")]
    sources = [factories.source("Website").pk, factories.source("Referral").pk, None]
    ours = {"tags": {1: tags[0].pk, 2: tags[1].pk}, "source": {1: sources[0], 2: sources[1]}, "owner": {1: nora.pk}}

    @how_many
    @given(facts=st.lists(st.tuples(LEADS, ACTS), min_size=1, max_size=4), asked=st.lists(CONDITIONS, min_size=1, max_size=6), data=st.data())
    def check(facts, asked, data):
        with transaction.atomic():
            made = Lead.objects.bulk_create(
                Lead(team=north, channel="manual", captured_at=AT, source_id=data.draw(st.sampled_from(sources)),
                     last_source_id=data.draw(st.sampled_from(sources)),
                     **(fact | data.draw(st.sampled_from([{}, {"owner": nora, "assigned_at": AT}]))))
                for fact, _acts in facts
            )  # fmt: skip
            Engagement.objects.bulk_create(
                Engagement(lead=lead, kind=kind, actor=actor, occurred_at=moment, details=said)
                for lead, (_fact, acts) in zip(made, facts, strict=True) for kind, actor, moment, said in acts
            )  # fmt: skip
            for lead in made:
                lead.tags.set(data.draw(st.lists(st.sampled_from([tag.pk for tag in tags]), max_size=2)))
            book = conditions.book("lead", at=AT, user=nora)
            leads = list(Lead.objects.filter(pk__in=[lead.pk for lead in made]).prefetch_related("tags", "engagements"))
            for stored in asked:
                found = book.read(with_our_keys(json.loads(json.dumps(stored)), ours))
                many = set(Lead.objects.filter(found.q, pk__in=[lead.pk for lead in made]).values_list("pk", flat=True))
                assert many == {lead.pk for lead in leads if found.matches(lead)}, stored
                for lead in leads:
                    is_met, said = found.results(lead)
                    assert is_met == (lead.pk in many)
                    assert [result.is_met for result in said] == [book.read(leaf.raw).matches(lead) for leaf in found.leaves]
            transaction.set_rollback(True)

    check()


def with_our_keys(stored, ours):
    """Put real keys in the place of 1 and 2, so that choices hit; others name nothing."""
    for joined in ("all", "any"):
        if joined in stored:
            return {joined: [with_our_keys(part, ours) for part in stored[joined]]}
    known = ours.get(stored["field"].removeprefix("last_"), {})
    values = stored.get("value")
    if isinstance(values, list):
        return stored | {"value": [known.get(value, value) for value in values]}
    return stored | {"value": known.get(values, values)} if known and "value" in stored else stored


def filled_lead(nora, north) -> Lead:
    """Make a lead with a value in nearly every field."""
    lead = factories.lead(
        "Full", team=north, owner=nora, at=AT - timedelta(days=2), email="full@shop.example", phone="+47 22 33 44 55", company_name="Shop",
        job_title="Buyer", industry="Retail", country="NO", region="Oslo", city="Oslo", postcode="0450", language="nb", message="Hello",
        company_size=5, score=5, stars=2, temperature="hot", expected_revenue=Decimal(5), currency="NOK", source=factories.source("Website"),
        campaign=factories.campaign("Fair"), last_engaged_at=AT - timedelta(hours=3), first_contacted_at=AT - timedelta(days=1),
        custom={"note": "retail", "budget": 5, "fair": "2026-11-18", "plan": "small", "agreed": True},
    )  # fmt: skip
    lead.tags.add(Tag.objects.create(name="vip"))
    for kind in ("open", "click", "reply", "page", "visit", "form", "event"):
        Engagement.objects.create(lead=lead, kind=kind, actor="human", occurred_at=AT - timedelta(days=3), details={"name": "retail", "url": "/retail"})
    return lead


def asked_of(book, field, op: str) -> list:
    """Return what to compare a field with: values the lead above has and others."""
    if op in {"empty", "filled"}:
        return [None]
    if field.type == "date":
        return ["2026-11-16", "2026-11-18"] if op in {"is", "before", "after"} else ["1d", "30d"]
    if field.type in {"choice", "country", "person", "tag"}:
        return [[key] for key in [*book.names(field)][:3]]
    return {"flag": [True, False], "number": [5, 6], "act": ["ever", "retail within 30d", "within 1d"]}.get(
        field.type, ["0450 to 0999", "1 to 2"] if op == "between" else ["Retail", "o", "x"]
    )


class TestOneAndMany:
    def test_give_the_same_answer(self, fields, nora, north):
        the_same_answer(nora, north, QUICK)

    @pytest.mark.slow
    def test_give_the_same_answer_to_many_more_questions(self, fields, nora, north):
        the_same_answer(nora, north, settings(QUICK, max_examples=600))

    def test_missing_values_match_only_empty_and_is_not(self, db):
        lead = factories.lead("Nobody")
        book = conditions.book("lead", at=AT)
        asked = {
            ("score", "is_not", 5): True, ("score", "lt", 5): False, ("score", "empty", None): True,
            ("industry", "is_not", "Retail"): True, ("industry", "contains", "a"): False,
            ("country", "is_not", "NO"): True, ("country", "filled", None): False, ("tags", "is_not", 3): True,
            ("last_engaged_at", "older", "1d"): False, ("is_customer", "is", False): True,
        }  # fmt: skip
        for (key, op, value), expected in asked.items():
            found = book.read({"field": key, "op": op, "value": value})
            assert not found.problems
            assert found.matches(lead) is expected, (key, op)
            assert Lead.objects.filter(found.q).exists() is expected, (key, op)

    def test_every_field_and_every_comparison_answers_alike(self, fields, nora, north):
        """One made-up question per field and comparison, of a lead that has everything and of one that has nothing."""
        bare, full = factories.lead("Nobody", team=north), filled_lead(nora, north)
        book = conditions.book("lead", at=AT, user=nora)
        leads = list(Lead.objects.filter(pk__in=[bare.pk, full.pk]).prefetch_related("tags", "engagements").order_by("pk"))
        asked, differs = 0, []
        for key, field in book.fields.items():
            for op in KINDS[field.type].ops:
                for value in asked_of(book, field, op):
                    found = book.read({"field": key, "op": op} | ({} if value is None else {"value": value}))
                    assert not found.problems, (key, op, value)
                    many = list(Lead.objects.filter(found.q, pk__in=[bare.pk, full.pk]).order_by("pk").values_list("pk", flat=True))
                    one = [lead.pk for lead in leads if found.matches(lead)]
                    asked += 1
                    differs += [(key, op, value, many, one)] if many != one else []
        assert not differs and asked > 300

    def test_the_database_is_asked_what_costs_it_little_first(self, db):
        """Inside a CASE it asks in the order it is told; how the sentence reads stays as it was written."""
        act, long, short = (
            {"field": "did.page", "op": "did", "value": "ever"}, {"field": "message", "op": "contains", "value": "a"},
            {"field": "industry", "op": "is", "value": "Retail"},
        )  # fmt: skip
        number = {"field": "score", "op": "gte", "value": 5}
        found = conditions.book("lead", at=AT).read({"all": [act, {"any": [long, short]}, long, short, number]})
        sql = str(Lead.objects.annotate(is_met=Case(When(found.q, then=1), default=0)).values("is_met").query)
        places = [sql.index(words) for words in ('"score" >=', '("leads_lead"."industry"', '("leads_lead"."message"', " OR ", "leads_engagement")]
        assert places == sorted(places)
        assert [leaf.field.key for leaf in found.leaves] == ["did.page", "message", "industry", "message", "industry", "score"]

    def test_a_range_of_postcodes_counts_as_far_as_it_is_written(self, db):
        book = conditions.book("lead", at=AT)
        for code, asked, expected in (
            ("69001", "69000 to 69999", True), ("69 001", "69-75", True), ("75999", "69-75", True), ("76000", "69-75", False),
            ("SW1A 1AA", "sw1 to SW9", True), ("00-120", "00-100 to 00-950", True), ("", "0 to 9", False), ("7511", "69 to 7500", False),
        ):  # fmt: skip
            lead = factories.lead("Somebody", postcode=code)
            found = book.read({"field": "postcode", "op": "between", "value": asked})
            assert not found.problems
            assert found.matches(lead) is expected, (code, asked)
            assert Lead.objects.filter(found.q, pk=lead.pk).exists() is expected, (code, asked)
        assert found.sentence == "Postcode is between 69 and 7500"
        assert book.read({"field": "postcode", "op": "between", "value": "75 to 69"}).problems

    def test_a_language_is_asked_for_by_name_and_holds_wherever_it_is_spoken(self, db):
        found = conditions.book("lead", at=AT).read({"field": "language", "op": "is", "value": ["German", "en-gb"]})
        assert found.sentence == "Language is German or English (United Kingdom)"
        for code, expected in (("de", True), ("de-AT", True), ("en-GB", True), ("en", False), ("den", False), ("", False)):
            lead = factories.lead("Somebody", language=code)
            assert found.matches(lead) is expected, code
            assert Lead.objects.filter(found.q, pk=lead.pk).exists() is expected, code

    def test_only_what_people_did_counts_as_an_act(self, db):
        lead, other = factories.lead("Reader"), factories.lead("Robot")
        for who, actor, days in ((lead, "human", 3), (other, "machine", 3), (other, "human", 40)):
            who.engagements.create(kind="page", actor=actor, occurred_at=AT - timedelta(days=days), details={"url": "https://x.example/Pricing/"})
        book = conditions.book("lead", at=AT)
        recent = book.read({"field": "did.page", "op": "did", "value": "pricing within 30d"})
        assert recent.sentence == "Viewing a page happened with “pricing” in it, within the last 30 days"
        assert set(Lead.objects.filter(recent.q)) == {lead}
        assert set(Lead.objects.filter(book.read({"field": "did.page", "op": "did_not", "value": "within 30d"}).q)) == {other}
        assert Lead.objects.filter(book.read({"field": "did.page", "op": "did", "value": "ever"}).q).count() == 2
        assert not Lead.objects.filter(book.read({"field": "did.event", "op": "did", "value": "Lyon"}).q).exists()

    def test_a_day_is_the_organisations_day(self, db):
        late = factories.lead("Late", at=datetime(2026, 11, 17, 23, 30, tzinfo=UTC))  # 00:30 on the 18th in Berlin
        book = conditions.book("lead", at=AT)
        assert book.read({"field": "captured_at", "op": "is", "value": "2026-11-18"}).matches(late)
        assert book.read({"field": "captured_at", "op": "after", "value": "2026-11-17"}).matches(late)
        assert not book.read({"field": "captured_at", "op": "before", "value": "2026-11-18"}).matches(late)

    def test_names_each_condition_that_failed(self, db):
        lead = factories.lead("Ada", country="NO", score=40)
        found = conditions.book("lead", at=AT).read({"all": [
            {"field": "country", "op": "is", "value": ["NO", "SE"]}, {"field": "score", "op": "gte", "value": 70},
        ]})  # fmt: skip
        is_met, said = found.results(lead)
        assert not is_met
        assert [(result.leaf.field.key, result.seen, result.is_met) for result in said] == [("country", "NO", True), ("score", 40, False)]


class TestReading:
    def test_never_fails_whatever_is_stored(self, fields, nora):
        book = conditions.book("lead", at=AT, user=nora)

        @QUICK
        @given(stored=ANYTHING)
        def check(stored):
            found = book.read(stored)
            assert found.q is not None
            Lead.objects.filter(found.q).count()
            assert isinstance(found.sentence, str)
            assert all(str(problem) for problem in found.problems_of_names())
            assert book.read(json.loads(json.dumps(found.raw, default=str))) is not None

        check()

    def test_names_a_deleted_field_and_matches_nothing(self, db):
        factories.lead("Ada", score=90)
        found = conditions.book("lead").read({"field": "custom.gone", "op": "is", "value": "x"})
        assert [problem.code for problem in found.problems] == ["unknown_field"]
        assert "custom.gone" in str(found.problems[0])
        assert not Lead.objects.filter(found.q).exists()

    def test_names_a_deleted_choice(self, db):
        found = conditions.book("lead").read({"field": "source", "op": "is", "value": 4711})
        assert not found.problems
        assert [problem.code for problem in found.problems_of_names()] == ["deleted"]

    def test_names_a_value_of_the_wrong_type(self, db):
        book = conditions.book("lead")
        for stored in ({"field": "score", "op": "gte", "value": "many"}, {"field": "captured_at", "op": "is", "value": "20226-01-01"}):
            assert [problem.code for problem in book.read(stored).problems] == ["wrong_value"]

    def test_me_needs_somebody(self, db):
        found = conditions.book("lead").read({"field": "owner", "op": "is", "value": "me"})
        assert [problem.code for problem in found.problems] == ["needs_person"]

    def test_is_bounded(self, db):
        deep = {"field": "score", "op": "is", "value": 1}
        for _ in range(50):
            deep = {"all": [deep]}
        many = {"any": [{"field": "score", "op": "is", "value": n} for n in range(5000)]}
        book = conditions.book("lead")
        assert book.read(deep).problems
        assert [problem.code for problem in book.read(many).problems] == ["too_large"]

    def test_reads_as_a_sentence(self, db):
        source = factories.source("Trade show")
        found = conditions.book("lead").read({"all": [
            {"field": "source", "op": "is", "value": source.pk},
            {"any": [{"field": "country", "op": "is", "value": ["NO", "SE", "DK"]}, {"field": "score", "op": "lt", "value": 40}]},
        ]})  # fmt: skip
        assert found.sentence == "Source is Trade show and (Country is Norway, Sweden or Denmark or Score under 40)"

    def test_costs_few_queries_however_many_rules(self, fields, django_assert_max_num_queries):
        source = factories.source("Trade show").pk
        stored = {"all": [{"field": "source", "op": "is", "value": source}, {"field": "custom.note", "op": "filled"}]}
        with django_assert_max_num_queries(4):  # custom fields, sources, settings
            book = conditions.book("lead", at=AT)
            for _ in range(30):
                assert book.read(stored).sentence


class TestAddress:
    def test_reads_what_a_person_can_type(self, nora):
        query = QueryDict("score.gte=70&owner.is=me&country.is=NO,SE&q=nord&sort=-score&page=2&industry.empty=")
        stored = conditions.from_address([(key, value) for key, values in query.lists() for value in values])
        found = conditions.book("lead", user=nora).read(stored)
        assert not found.problems
        assert [leaf.words for leaf in found.leaves] == [
            ("Score", "at least", "70"), ("Owner", "is", "me"), ("Country", "is", "Norway or Sweden"), ("Industry", "is empty", ""),
        ]

    def test_says_which_filter_is_unknown_and_keeps_the_others(self, db):
        found = conditions.book("lead").read(conditions.from_address([("nonsense.is", "1"), ("score.gte", "70")]))
        assert [problem.field for problem in found.problems] == ["nonsense"]

    def test_survives_hostile_addresses(self, db):
        book = conditions.book("lead")
        for text in ("\x00", "[" * 30_000, '{"all":', "9" * 500, "\ud800", "%' OR 1=1 --"):
            for key in ("where", "score.gte", "name.is", "source.is", "captured_at.within", "country.is", "tags.is"):
                found = book.read(conditions.from_address([(key, text)]))
                Lead.objects.filter(found.q).count()

    def test_comes_back_as_it_went(self, fields, nora):
        book = conditions.book("lead", at=AT, user=nora)

        @QUICK
        @given(stored=st.one_of(leaf(), st.lists(CONDITIONS, max_size=3).map(lambda parts: {"all": parts})))
        def check(stored):
            tidy = book.read(stored)
            again = book.read(conditions.from_address(conditions.to_address(tidy.raw)))
            assert parts(again.raw) == parts(tidy.raw)

        def parts(raw):
            return {json.dumps(part, sort_keys=True) for part in raw.get("all", [raw]) if part}

        check()


# ------------------------------------------------------------------- status

ENDS = ("converted_at", "disqualified_at", "archived_at")


class TestStatus:
    """The three ways to say how a lead stands: of one, in SQL as one expression, and one by one in conditions an index knows."""

    @pytest.fixture
    def stood(self, db):
        """One lead of every combination of ends, contact and judgement that can be, and merged ones."""
        kept, reason = factories.lead("Kept"), DisqualifyReason.objects.create(name="Too far away")
        made = []
        for ended in product((None, AT), repeat=len(ENDS)):
            for contacted, judged, qualification in product((None, AT), (None, AT), ("", "accept", "keep")):
                for into in (None, kept):
                    columns = dict(zip(ENDS, ended, strict=True)) | {"merged_into": into, "merged_at": AT if into else None}
                    lead = copy(kept)
                    lead.pk, lead.first_contacted_at, lead.sql_at, lead.qualification = None, contacted, judged, qualification
                    lead.disqualify_reason = reason if columns["disqualified_at"] else None
                    for name, value in columns.items():
                        setattr(lead, name, value)
                    if not (lead.converted_at and lead.disqualified_at):  # a state that the database refuses
                        made.append(lead)
        Lead.objects.bulk_create(made)
        return Lead.objects.exclude(pk=kept.pk)

    def test_is_the_same_in_all_three(self, stood):
        ways, told = lead_fields._ways_to_stand(), stood.annotate(said=lead_fields._status())
        said = {lead.pk: lead.said for lead in told}
        assert len(said) > 40 and set(said.values()) == set(ways) == {key for key, _label in lead_fields.STATUSES}
        assert {lead.pk: lead.status for lead in stood} == said
        found = {key: set(stood.filter(way).values_list("pk", flat=True)) for key, way in ways.items()}
        assert found == {key: {pk for pk, status in said.items() if status == key} for key in ways}
