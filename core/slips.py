"""Names that were misspelt: "jon smith" and "john smith" are likely one person, "peter schmidt" and "petra schmidt" are not.

Relatives share a name and work together, so what tells them apart is no slip: another first letter, another last vowel,
another vowel in a short name.
"""

from collections import Counter

SHORTEST_CHANGED = 5  # letters of a word in which a letter may stand for another: Lena and Lina are two people
SHORTEST = 3
_VOWELS = frozenset("aeiouy" "аеиоуыэюяьё" "αεηιουω")
_SOUND_ALIKE = frozenset(map(frozenset, ("ck", "iy", "jy", "sz", "vw", "fv")))


def is_slip(one: str, other: str) -> bool:
    """Tell whether two folded names are the same but for a slip in one word of several, a missing space or an initial."""
    if one.replace(" ", "") == other.replace(" ", ""):
        return one != other
    mine, theirs = Counter(one.split()), Counter(other.split())
    shared, more, less = mine & theirs, [*(mine - theirs).elements()], [*(theirs - mine).elements()]
    if not more or not less:  # all of the one is said in the other
        return shared.total() >= 2 and all(len(word) == 1 and word.isalpha() for word in more + less)
    return bool(shared) and len(more) == len(less) == 1 and _is_slip(more[0], less[0])


def _is_slip(one: str, other: str) -> bool:
    """Tell whether two words differ by a letter too many, another letter, or two letters the wrong way round."""
    if min(len(one), len(other)) < SHORTEST or not (one.isalpha() and other.isalpha()):
        return False
    begin = _shared(one, other)
    end = _shared(one[begin:][::-1], other[begin:][::-1])
    mine, theirs = one[begin : len(one) - end], other[begin : len(other) - end]
    if not end and _VOWELS & {*mine[-1:], *theirs[-1:]}:
        return False
    if len(mine) == len(theirs) == 1:
        return frozenset(mine + theirs) in _SOUND_ALIKE or (begin > 0 and min(len(one), len(other)) >= SHORTEST_CHANGED)
    if len(mine) == len(theirs) == 2:
        return mine == theirs[::-1]
    return begin > 0 and len(mine) + len(theirs) == 1


def _shared(one: str, other: str) -> int:
    """Return how many letters two texts have in common from their beginning."""
    return next((n for n, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs), min(len(one), len(other)))
