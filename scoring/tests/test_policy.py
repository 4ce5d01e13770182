"""What is learnt, against numbers worked by hand, and by properties."""

import json
from math import log

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring import policy
from scoring.bayes import fit_b
from scoring.columns import columns_of
from scoring.grading import BadModel, Grader, PriorGrader, digest, points, sigmoid

QUICK = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
FACTS = st.fixed_dictionaries({}, optional={
    "source": st.sampled_from(["web", "fair", "phone", "é"]), "size": st.one_of(st.integers(-5, 10**6), st.floats(), st.just(float("inf"))),
    "words": st.lists(st.sampled_from(["head", "sales", "it"]), max_size=3),
})  # fmt: skip
TYPES = {"source": "text", "size": "number", "words": "list"}


def odds(p: float) -> float:
    return log(p / (1 - p))


class TestNaiveBayes:
    def test_is_what_the_formula_says(self):
        """4 leads, 2 won: p = (2 + 4 * 0.2) / (4 + 4) = 0.35; "fair" has 2 leads, both won."""
        rows = [{"source": "fair"}, {"source": "fair"}, {"source": "web"}, {}]
        part = fit_b(columns_of(rows, {"source": "text"}), np.array([1.0, 1.0, 0.0, 0.0]), np.ones(4))
        assert part["base"] == pytest.approx(odds(0.35))
        fair = (2 + 10 * 0.35) / (2 + 10)
        web = (0 + 10 * 0.35) / (1 + 10)
        levels = part["fields"]["source"]["levels"]
        assert levels["fair"] == pytest.approx(0.5 * (odds(fair) - odds(0.35)))
        assert levels["web"] == pytest.approx(0.5 * (odds(web) - odds(0.35)))

    def test_puts_numbers_into_five_bins(self):
        rows = [{"size": n} for n in range(1, 11)]
        part = fit_b(columns_of(rows, {"size": "number"}), np.ones(10), np.ones(10))
        assert part["fields"]["size"]["edges"] == pytest.approx([2.8, 4.6, 6.4, 8.2])
        assert len(part["fields"]["size"]["bins"]) == 5


class TestFit:
    def test_says_the_prior_when_nothing_has_closed(self):
        grader = Grader(policy.fit([], [], {}))
        assert sigmoid(grader.of({"source": "web"})[0]) == pytest.approx(0.2)
        assert PriorGrader().base == points(PriorGrader.middle) == 20

    def test_moves_from_the_prior_by_what_closed(self):
        """One won lead: (1 + 0.8) / (1 + 4) = 0.36 in B, and L leans the same way."""
        z = Grader(policy.fit([{}], [1], {})).of({})[0]
        assert 0.3 < sigmoid(z) < 0.4

    def test_learns_which_source_converts(self):
        rows = [{"source": "Referral"}] * 30 + [{"source": "Phone"}] * 30
        grader = Grader(policy.fit(rows, [1] * 25 + [0] * 5 + [1] * 5 + [0] * 25, {"source": "text"}))
        referral, phone = (sigmoid(grader.of({"source": name})[0]) for name in ("Referral", "Phone"))
        assert 0.65 < referral < 0.85
        assert 0.15 < phone < 0.35
        assert phone < sigmoid(grader.of({})[0]) < referral
        assert grader.of({"source": "never seen"})[0] == pytest.approx(grader.of({"unknown field": 1})[0], abs=0.5)

    def test_fits_the_blend_from_two_hundred_leads_on(self):
        rng = np.random.default_rng(7)
        rows = [{"size": float(size)} for size in rng.integers(0, 100, 290)]
        y = [int(rng.random() < (0.8 if row["size"] > 60 else 0.1)) for row in rows]
        few, many = policy.fit(rows[:150], y[:150], {"size": "number"}), policy.fit(rows, y, {"size": "number"})
        assert few["blend"] == {"b": 0.5, "l": 0.5, "h": 0.0, "c": 0.0}
        assert many["blend"] != few["blend"]
        assert all(0 <= many["blend"][part] < 3 for part in "blh")
        assert many["measures"]["log_loss"] < 0.5

    def test_corrects_the_level_when_the_newest_leads_convert_more_often(self):
        y = [int(n % 10 == 0) for n in range(1000)] + [int(n % 2) for n in range(500)]
        learnt = policy.fit([{}] * 1500, y, {}, in_order=True)
        assert sigmoid(Grader(learnt).of({})[0]) == pytest.approx(0.5, abs=0.06)

    def test_is_finite_and_the_same_however_fields_and_runs_are_ordered(self):
        @QUICK
        @given(rows=st.lists(FACTS, max_size=12), one=FACTS, data=st.data())
        def check(rows, one, data):
            y = data.draw(st.lists(st.integers(0, 1), min_size=len(rows), max_size=len(rows)))
            learnt = policy.fit(rows, y, TYPES)
            turned = policy.fit([dict(reversed(row.items())) for row in rows], y, dict(reversed(TYPES.items())))
            assert digest(learnt) == digest(turned)
            z = Grader(learnt).of(one)[0]
            assert 0 <= sigmoid(z) <= 1

        check()

    def test_reads_back_from_json_bit_for_bit(self):
        rng = np.random.default_rng(3)
        rows = [{"size": float(n), "source": f"s{n % 70}"} for n in rng.integers(0, 10**9, 290)]
        learnt = policy.fit(rows, (rng.random(290) < 0.4).astype(int).tolist(), {"size": "number", "source": "text"})
        assert "encoded" in learnt["l"]["fields"]["source"]
        Grader(json.loads(json.dumps(learnt)), expected=digest(learnt))


class TestReasons:
    def test_sum_to_the_score(self):
        @QUICK
        @given(rows=st.lists(FACTS, min_size=1, max_size=12), one=FACTS, data=st.data())
        def check(rows, one, data):
            y = data.draw(st.lists(st.integers(0, 1), min_size=len(rows), max_size=len(rows)))
            grader = Grader(policy.fit(rows, y, TYPES))
            z, parts = grader.of(one)
            said = grader.reasons(z, parts)
            gained = sum(reason["points"] for reason in said["up"] + said["down"])
            assert said["base"] + gained + said["other"] == points(z)
            assert len(said["up"]) <= 3
            assert len(said["down"]) <= 3
            assert all(reason["points"] > 0 for reason in said["up"])
            assert all(reason["points"] < 0 for reason in said["down"])

        check()

    def test_are_the_score_without_the_field(self):
        rows = [{"source": "Referral", "plan": "big"}] * 20 + [{"source": "Phone", "plan": "small"}] * 20
        grader = Grader(policy.fit(rows, [1] * 16 + [0] * 4 + [1] * 4 + [0] * 16, {"source": "text", "plan": "text"}))
        z, parts = grader.of({"source": "Referral", "plan": "small"})
        said = grader.reasons(z, parts)
        assert said["up"] == [{"field": "source", "points": points(z) - points(z - parts["source"])}]
        assert said["down"] == [{"field": "plan", "points": points(z) - points(z - parts["plan"])}]


class TestLoading:
    @pytest.fixture
    def learnt(self):
        return policy.fit([{"source": "web"}, {"source": "fair"}], [1, 0], {"source": "text"})

    def test_refuses_another_digest(self, learnt):
        with pytest.raises(BadModel):
            Grader(learnt | {"level": 1.0}, expected=digest(learnt))

    @pytest.mark.parametrize("change", [
        {"schema": 3}, {"level": 1e9}, {"level": float("nan")}, {"blend": {"b": -1, "l": 1, "c": 0}}, {"b": {}}, {"l": None},
        {"blend": {"b": "0.5", "l": 0.5, "c": 0}},
    ])  # fmt: skip
    def test_refuses_what_no_training_makes(self, learnt, change):
        with pytest.raises(BadModel):
            Grader(learnt | change)


class TestTrust:
    """How far what few leads tell is trusted, against the rate."""

    def test_is_whole_where_leads_bear_it_out(self):
        rows = [{"source": "Referral"}] * 30 + [{"source": "Phone"}] * 30
        learnt = policy.fit(rows, [1] * 27 + [0] * 3 + [1] * 3 + [0] * 27, {"source": "text"})
        assert learnt["blend"] == {"b": 0.5, "l": 0.5, "h": 0.0, "c": 0.0}

    def test_is_little_where_nothing_is_told(self):
        rng = np.random.default_rng(4)
        rows = [{f"field {n}": f"v{rng.integers(0, 8)}" for n in range(12)} for _ in range(80)]
        y = [0, 1] * 40
        blend = policy.fit(rows, y, {f"field {n}": "text" for n in range(12)})["blend"]
        assert 0 <= blend["b"] == blend["l"] < 0.25
        assert blend["c"] == pytest.approx(0.0, abs=0.05)

    def test_draws_towards_the_rate_by_hand(self):
        """One half of all won, z always wrong by 1: no share of it helps, so the rate alone is left."""
        known = policy.table([{}] * 40, [1, 0] * 20, {})
        wrong = np.array([-1.0, 1.0] * 20)
        blend = policy._trusted(dict(policy.START), [wrong], known)
        assert blend["b"] == pytest.approx(0.0, abs=1e-3)
        assert blend["c"] == pytest.approx(odds((20 + 0.8) / 44), abs=1e-3)


class TestTrustInMany:
    """The blend of many leads is drawn towards the rate as well, where it tells nothing."""

    @pytest.fixture
    def known(self):
        outcomes = (np.random.default_rng(3).random(3_000) < 0.2).astype(int).tolist()
        return policy.table([{}] * 3_000, outcomes, {})

    def drawn(self, known, z) -> dict[str, float]:
        return policy._trusted({"b": 0.5, "l": 0.5, "h": 0.0, "c": 0.0}, [z], known)

    def test_leaves_little_of_what_noise_seems_to_tell(self, known):
        noise = odds(0.2) + 0.15 * np.random.default_rng(4).normal(size=known.n)
        blend = self.drawn(known, noise)
        assert blend["b"] < 0.1
        assert blend["c"] == pytest.approx(odds(0.2), abs=0.4)

    def test_takes_nothing_from_what_leads_bear_out(self, known):
        told = odds(0.2) + 1.5 * (known.y - 0.2)
        assert self.drawn(known, told) == {"b": 0.5, "l": 0.5, "h": 0.0, "c": 0.0}
