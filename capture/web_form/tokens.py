"""The signed token of a rendered form: whose form it is, when it was shown, its key of «once», where the visit came from.

It stands in for Django's CSRF cookie: a public form must work without cookies (in other people's pages, in strict browsers),
and there is no session to ride on. Posting in somebody else's name gains nothing: every visitor may post anyway. What the
token proves is that we rendered the form, when, and that this rendering has not been taken in before.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.utils.crypto import get_random_string, salted_hmac

SALT = "capture.web_form"
TOO_FAST, TOO_OLD = 2, 24 * 3600  # seconds between showing and sending


@dataclass(frozen=True, slots=True)
class Token:
    """What a genuine token says."""

    key: str
    shown: float
    touch: dict[str, Any]


def make(form_id: int, touch: dict[str, Any], *, at: datetime) -> str:
    said = {"f": form_id, "k": get_random_string(20), "t": round(at.timestamp(), 1), "o": touch}
    return signing.dumps(said, salt=SALT, compress=True)


def read(text: str, form_id: int) -> Token | None:
    """Return the token, or None when it is not ours or of another form. Its age is judged elsewhere."""
    if len(text) > 8000:
        return None
    try:
        said = signing.loads(text, salt=SALT)
        return Token(said["k"], float(said["t"]), dict(said["o"])) if said["f"] == form_id else None
    except (signing.BadSignature, ValueError, KeyError, TypeError, OverflowError):
        return None


def key_of_words(form_id: int, words: str) -> str:
    """Return a key of «once» for a post without a genuine token: the same words again are the same post."""
    return "words-" + salted_hmac(SALT, f"{form_id}:{words}", algorithm="sha256").hexdigest()[:40]
