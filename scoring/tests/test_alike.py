"""Past leads like this one, and what would raise a score."""

from types import SimpleNamespace

import pytest

from leads.models import Lead
from scoring import alike, raising, scores, training
from tests.factories import leads
from tests.factories import scoring as factories

FIT = {"source": "Referral", "industry": "Energy", "country": "NO", "company_size": 400}
OTHER = {"source": "Phone", "industry": "Mining", "country": "DE", "company_size": 3}


@pytest.fixture
def model(at, db):
    factories.history(40, 40, won_fields=FIT, lost_fields=OTHER)
    return training.train(at)


def like(fields: dict, **more):
    given = {**fields, "source": leads.source(fields["source"])} if "source" in fields else dict(fields)
    return leads.lead(**{**given, **more})


class TestAlike:
    def test_are_the_five_nearest_with_their_outcome(self, at, model, ada):
        near = alike.of(like(FIT), ada, at=at)
        assert len(near) == 5
        assert {one.lead.status for one in near} == {"converted"}
        assert all(one.share == 1 for one in near)
        assert {one.lead.status for one in alike.of(like(OTHER), ada, at=at)} == {"disqualified"}

    def test_name_the_facts_they_share(self, at, model, ada):
        lead = like(FIT | {"country": "SE", "company_size": None})
        assert set(alike.of(lead, ada, at=at)[0].same) == {"source", "industry"}

    def test_are_none_where_nothing_is_alike(self, at, model, ada):
        assert alike.of(like({"industry": "Fishing"}), ada, at=at) == []

    def test_are_none_without_a_model(self, at, db, ada):
        assert alike.of(leads.lead(), ada, at=at) == []

    def test_are_those_one_may_see(self, at, model, north, nora, ada):
        """Nora sees no lead of others; one of hers that converted is all there is for her."""
        mine = factories.closed_lead(True, fields=FIT, owner=nora, team=north)
        lead = like(FIT, owner=nora)
        assert [one.lead.pk for one in alike.of(lead, nora, at=at)] == [mine.pk]
        assert len(alike.of(lead, ada, at=at)) == 5

    def test_leave_out_archived_open_and_the_lead_itself(self, at, model, ada):
        Lead.objects.filter(is_open=False).update(archived_at=at)
        lead = factories.closed_lead(True, fields=FIT)
        scores.score(like(FIT), at=at)
        assert alike.of(lead, ada, at=at) == []

    @pytest.mark.parametrize(("one", "other", "share"), [
        (["head", "sales"], ["sales"], 0.5), ([], ["sales"], 0.0), (0, 0, 1.0), (10, 10_000_000, 0.0), ("a", "b", 0.0), (None, "a", 0.0),
        (True, True, 1.0), ("3", 3, 0.0),
    ])  # fmt: skip
    def test_compare_facts_by_hand(self, one, other, share):
        assert alike._same(one, other, 2.0) == share

    def test_cost_few_queries_however_many_closed(self, at, model, ada, django_assert_max_num_queries):
        lead = like(FIT)
        scores.current()
        with django_assert_max_num_queries(12):
            alike.of(lead, ada, at=at)


class TestRaising:
    def test_is_what_a_rep_could_ask(self, at, model):
        """Nothing is known but the source: industry, country and size each tell both ways."""
        found = raising.of(like({"source": "Referral"}), at=at)
        assert {one.field for one in found} == {"industry", "country", "company_size"}
        assert all(one.best > 0 > one.worst for one in found)
        assert found == sorted(found, key=lambda one: -one.best)

    def test_is_exactly_what_the_answer_brings(self, at, model):
        lead = like({"source": "Referral"})
        one = next(one for one in raising.of(lead, at=at) if one.field == "industry")
        assert one.value == "Energy"
        assert one.words == "Industry, if it is Energy"
        before = scores.score(lead, at=at).value
        Lead.objects.filter(pk=lead.pk).update(industry="Energy")
        assert scores.score(Lead.objects.get(pk=lead.pk), at=at).value == before + one.best

    def test_is_nothing_when_all_is_known_or_nothing_was_learnt(self, at, model):
        known = like(FIT, job_title="Head", email="a@nordlys.example", phone="+4791234567", expected_revenue=1)
        assert raising.of(known, at=at) == []

    @pytest.mark.parametrize(("level", "says"), [
        ("unknown", False), ("Unknown ", False), ("n/a", False), ("k.A.", False), ("-", False), ("", False), ("not_specified", False),
        ("Energy", True), ("Other services", True), ("NA-Mitte", True),
    ])  # fmt: skip
    def test_strives_for_no_value_that_says_nothing(self, level, says):
        """Past leads whose industry was "unknown" may have been won more often: that is nothing to ask for."""
        grader = SimpleNamespace(tables={"industry": ({"levels": {level: 3.0}}, {"levels": {level: 3.0}})}, types={"industry": "text"})
        assert raising.answers(grader, "industry") == ([level] if says else [])

    def test_is_nothing_while_nothing_was_learnt(self, at, db):
        assert raising.of(leads.lead(), at=at) == []


class TestPage:
    @pytest.fixture
    def as_nora(self, client, nora):
        client.force_login(nora)
        return client

    def test_tells_both_and_stands_behind_the_lead_page(self, at, model, as_nora, nora, north):
        factories.closed_lead(True, fields=FIT, owner=nora, team=north, name="Ines Okafor")
        lead = like({"source": "Referral", "industry": "Energy"}, owner=nora)
        scores.score(lead, at=at)
        address = f"/leads/{lead.pk}/score/alike/"
        assert address in as_nora.get(lead.get_absolute_url()).content.decode()
        page = as_nora.get(address).content.decode()
        fragment = as_nora.get(address, headers={"HX-Request": "true"}).content.decode()
        assert fragment.strip() in page
        for words in ("Ines Okafor", "Converted", "Source, Industry", "Country, if it is"):
            assert words in fragment

    def test_of_a_lead_out_of_sight_does_not_exist(self, at, model, as_nora, south):
        assert as_nora.get(f"/leads/{leads.lead(team=south).pk}/score/alike/").status_code == 404
