"""Reasons are stored as a code with values and worded when shown, in the reader's language.

    reasons.register({"turn": _("%(name)s, because it was their turn in %(team)s.")})
    reasons.word("turn", {"name": "Nora", "team": "EMEA North"})
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

_sentences: dict[str, Any] = {}


def register(sentences: Mapping[str, Any]) -> None:
    """Add sentences by code; each is a lazy translation with %(value)s places."""
    _sentences.update(sentences)


def is_known(code: str) -> bool:
    return code in _sentences


def word(code: str, values: Mapping[str, Any] | None = None) -> str:
    """Return the sentence of a code. A value that is missing reads «—»; an unknown code reads as itself."""
    sentence = _sentences.get(code)
    if sentence is None:
        return code.replace("_", " ")
    return str(sentence) % defaultdict(lambda: "—", values or {})
