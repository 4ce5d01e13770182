"""The boosted part: read back exactly, explained, safe against what breaks trees elsewhere."""

import json
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from leads.bulk import Batch
from scoring import boosting, policy, scores
from scoring.boosted import EMPTY, Boosted, Trees
from scoring.columns import columns_of
from scoring.grading import BadModel, Grader, digest, points
from scoring.models import ScoringModel, Unexplained
from tests.factories import leads as factories

TYPES = {"size": "number", "plan": "text", "town": "text", "nothing": "number", "tags": "list"}


def leads(n: int, seed: int = 5) -> tuple[list[dict], list[int]]:
    """Leads whose outcome hangs on two fields together, which neither B nor L can say."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "size": float(rng.integers(0, 100)) if rng.random() > 0.1 else None, "plan": str(rng.choice(["big", "small"])),
            "town": f"t{rng.integers(0, 90)}", "nothing": None, "tags": ["vip"] if rng.random() < 0.3 else [],
        }
        for _ in range(n)
    ]  # fmt: skip
    y = [int(rng.random() < (0.85 if (row["plan"] == "big") == ((row["size"] or 0) > 50) else 0.1)) for row in rows]
    return rows, y


@pytest.fixture(scope="module")
def learnt():
    rows, y = leads(900)
    found = policy.fit(rows, y, TYPES)
    return found, found.pop("measures")


class TestTrees:
    def test_of_the_library_are_read_back_exactly(self):
        rows, y = leads(600)
        y, weight = np.array(y, float), np.linspace(0.5, 1.5, 600)
        specs, codes = boosting.plan_h(columns_of(rows, TYPES), y, weight)
        forest = json.loads(json.dumps(policy.tidied(boosting.grow(specs, codes, y, weight, 0))))
        x = np.where(codes == EMPTY, np.nan, codes.astype(float)).T
        with threadpool_limits(1, user_api="openmp"):
            theirs = self.library(specs).fit(x, y, sample_weight=weight)
        ours = Trees(boosting.joined(specs, codes, [forest], weight)).of(codes)
        assert np.abs(ours - theirs.decision_function(x)).max() < 1e-6

    def library(self, specs):
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            learning_rate=0.06, max_iter=400, max_leaf_nodes=15, l2_regularization=1.0, early_stopping=True, validation_fraction=0.15,
            n_iter_no_change=20, categorical_features=["levels" in spec for spec in specs], random_state=20,
        )  # fmt: skip

    def test_leave_out_what_never_varies(self):
        specs, _ = boosting.plan_h(columns_of(leads(300)[0], TYPES), np.array([0.0, 1.0] * 150), np.ones(300))
        assert {spec["key"] for spec in specs} == {"size", "plan", "town", "tags"}

    def test_walk_by_hand(self):
        """One split: codes up to 2 and empty go left; and one on the categories 0 and 3."""
        part = {"specs": [{"key": "a"}, {"key": "b"}], "base": 0.5, "trees": [[[0, 2, 1, 1, 2], 1.0, -1.0], [[1, [0, 3], 0, 1, 2], 0.25, 0.0]]}
        codes = np.array([[0, 2, 3, EMPTY], [0, 1, 3, EMPTY]], dtype=np.uint8)
        assert Trees(part).of(codes) == pytest.approx([1.75, 1.5, -0.25, 1.5])

    @pytest.mark.parametrize("tree", [[[0, 2, 1, 1, 9], 1.0, 2.0], [[7, 2, 1, 1, 2], 1.0, 2.0], [[0, 2, 1, 0, 0]], [["x"], 1.0], [None]])
    def test_that_point_nowhere_are_refused(self, learnt, tree):
        coefficients = learnt[0] | {"h": learnt[0]["h"] | {"trees": [tree]}}
        with pytest.raises(BadModel):
            Grader(coefficients)


class TestPolicy:
    def test_says_what_no_field_alone_can(self, learnt):
        coefficients, measures = learnt
        assert coefficients["blend"]["h"] > 0.3
        assert measures["log_loss"] < 0.5
        grader = Grader(json.loads(json.dumps(coefficients)), expected=digest(coefficients))
        good, bad = (grader.of({"plan": "big", "size": size})[0] for size in (90.0, 10.0))
        assert points(good) > 60 > 40 > points(bad)

    def test_grades_one_as_it_grades_many(self, learnt):
        grader, rows = Grader(learnt[0]), leads(40, seed=9)[0]
        assert [grader.of(row)[0] for row in rows] == pytest.approx([z for z, _ in grader.of_many(rows, deep=False)])

    def test_knows_nothing_of_values_and_fields_never_seen(self, learnt):
        z = Grader(learnt[0]).of({"size": 1e300, "plan": "huge", "town": "nowhere", "new": 1, "tags": ["x"]})[0]
        assert np.isfinite(z)

    def test_reasons_sum_to_the_score_and_name_the_fields_that_matter(self, learnt):
        grader = Grader(learnt[0])
        for row, (z, parts) in zip(leads(30)[0], grader.of_many(leads(30)[0]), strict=True):
            said = grader.reasons(z, parts)
            assert said["base"] + sum(reason["points"] for reason in said["up"] + said["down"]) + said["other"] == points(z), row
        top = [max(parts, key=lambda key: abs(parts[key])) for _, parts in grader.of_many(leads(30)[0])]
        assert {key for key, _ in Counter(top).most_common(2)} == {"size", "plan"}

    def test_is_the_same_however_fields_are_ordered_and_parts_are_done(self):
        rows, y = leads(310)
        turned = policy.fit([dict(reversed(row.items())) for row in rows], y, dict(reversed(TYPES.items())))
        known = policy.table(rows, y, TYPES)
        assert known.parts == ["fold 0", "fold 1", "fold 2", "fold 3", "fold 4", "forest 0", "forest 1", "forest 2"]
        results = {part: json.loads(json.dumps(policy.work(known, part))) for part in reversed(known.parts)}
        assert digest(policy.finish(known, results)) == digest(turned)

    def test_contributions_are_against_background_leads(self, learnt):
        """A lead that is like the background in every field gains nothing by any."""
        boosted = Boosted(learnt[0]["h"])
        boosted.background = boosted.background[:, :1]
        codes = boosted.background.copy()
        assert boosted.contributions(codes, boosted.trees.of(codes)) == [{}]


class TestReasonsThatFollow:
    def test_are_told_of_few_leads_at_once_and_of_many_by_the_bulk_worker_hottest_first(self, at, db, monkeypatch, learnt):
        model = ScoringModel.objects.create(coefficients=learnt[0], digest=digest(learnt[0]), closed_count=900, won_count=400, active_since=at)
        for key, kind in (("size", "number"), ("plan", "text")):
            factories.custom_field(key, type=kind)
        rows = [factories.lead(custom={"size": 10 * n, "plan": "big"}) for n in range(4)]
        renamed = json.loads(json.dumps(learnt[0]).replace('"size"', '"custom.size"').replace('"plan"', '"custom.plan"'))
        ScoringModel.objects.filter(pk=model.pk).update(coefficients=renamed, digest=digest(renamed))
        assert "follows" not in scores.score(rows[0], at=at).reasons
        monkeypatch.setattr(scores, "AT_ONCE", 2)
        batch = Batch(at=at)
        scores.score_many(rows[1:], at=at, batch=batch)
        batch.flush()
        assert Unexplained.objects.count() == 3
        hottest = max(rows[1:], key=lambda lead: lead.score)
        assert hottest.scores.get().reasons["follows"]
        assert scores.explain(at=at + timedelta(minutes=1), limit=1, size=1) == 1
        assert "follows" not in hottest.scores.latest("scored_at").reasons
        assert hottest.scores.latest("scored_at").value == hottest.score
        assert scores.explain(at=at + timedelta(minutes=1)) == 2
        assert not Unexplained.objects.exists()
