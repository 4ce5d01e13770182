"""The kinds of notices; each app registers its own in AppConfig.ready()."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Words = Callable[[Mapping[str, Any], int], str]

APP, MAIL, OFF = "app", "mail", "off"  # in the app alone, also by mail when away, not at all


@dataclass(frozen=True)
class Kind:
    """What a notice of this kind says and how it comes unless the person wishes otherwise.

    `words(values, n)` gives its sentence, where n counts what it stands for. Kinds of one `topic` follow each other about
    the same subject: a newer one settles an older unread one. `many_url` names the page of a digest.
    """

    key: str
    label: Any
    icon: str
    words: Words
    default: str = MAIL
    topic: str = ""
    many_url: str = ""
    tone: str = "info"
    tells_of_loss: bool = False  # that one can see the record no longer
    order: int = 50


KINDS: dict[str, Kind] = {}


def register(key: str, label, icon: str, *, words: Words, **more: Any) -> Kind:
    """Add a kind; the same key again replaces it."""
    KINDS[key] = Kind(key, label, icon, words, **more)
    return KINDS[key]


def in_order() -> list[Kind]:
    return sorted(KINDS.values(), key=lambda kind: (kind.order, kind.key))


def word(key: str, values: Mapping[str, Any], n: int) -> str:
    """Return the sentence of a notice in the reader's language; one whose kind is gone reads as its subject."""
    kind = KINDS.get(key)
    if kind is None:
        return str(values.get("subject") or key.replace("_", " "))
    return kind.words(defaultdict(lambda: "—", values), n)


def siblings(key: str) -> list[str]:
    """Return the kinds of the same topic, with the kind itself; none when it has no topic."""
    kind = KINDS.get(key)
    return [other.key for other in KINDS.values() if other.topic == kind.topic] if kind and kind.topic else []
