"""Why leads stayed as they were, in words."""

import pytest

from leads import stayed
from leads.exceptions import AddressTaken, ChangedMeanwhile, LeadNotOpen, NotRestorable
from leads.models import Lead


@pytest.mark.parametrize(("refusal", "code"), [
    (LeadNotOpen, "ended"), (NotRestorable, "ended"), (ChangedMeanwhile, "changed"), (AddressTaken, "refused"),
])  # fmt: skip
def test_each_refusal_has_its_reason(refusal, code):
    assert stayed.why(refusal(Lead(pk=1))) == code


@pytest.mark.parametrize(("verb", "counts", "said"), [
    ("qualify", {"changed": 1, "already": 1_138, "gone": 0}, "1,138 are qualified already, 1 was changed by somebody else at that moment."),
    ("assign", {"already": 1}, "1 has this owner already."), ("tag", {"already": 2}, "2 have this tag already."),
    ("archive", {"ended": 2, "already": 1}, "2 have ended, 1 was so already."), ("archive", {"refused": 3}, "3 stayed as they were."),
    ("qualify", {"gone": 0}, ""), ("qualify", {}, ""),
])  # fmt: skip
def test_the_reasons_with_their_numbers_make_a_sentence(verb, counts, said):
    assert stayed.sentence(verb, counts) == said


@pytest.mark.parametrize("code", [stayed.ALREADY, stayed.CHANGED])
@pytest.mark.parametrize("verb", ["assign", "qualify", "disqualify", "archive", "tag"])
def test_one_lead_has_a_reason_for_every_verb(verb, code):
    assert stayed.word(verb, code)
