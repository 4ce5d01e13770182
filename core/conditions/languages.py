"""Languages in conditions: asked for by name or code, held as codes; one without a place means it everywhere."""

from functools import lru_cache

from django.db.models import Q, Value
from django.utils.translation import get_language, to_locale

from core.conditions.kinds import KINDS, Folded, StartsWith, Text, listed


class Language(Text):
    """A text that holds a language's code ("de", "en-GB"): «is German» is true of "de" and of "de-AT"."""

    def read(self, op, raw, field, book):
        read = field.reads or str
        return tuple(dict.fromkeys(read(text) or text for text in super().read(op, raw, field, book)))

    def q(self, op, value, field) -> Q:
        if op not in {"is", "is_not"}:
            return super().q(op, value, field)
        found = super().q("is", value, field)
        for code in value:
            found |= Q(StartsWith(Folded(field.expr), Value(f"{code.casefold()}-")))
        return found if op == "is" else ~found

    def tester(self, op, value):
        if op not in {"is", "is_not"}:
            return super().tester(op, value)
        wanted, codes = op == "is", frozenset(code.casefold() for code in value)
        places = tuple(f"{code}-" for code in codes)

        def speaks(seen) -> bool:
            folded = (seen or "").casefold()
            return (folded in codes or folded.startswith(places)) is wanted

        return speaks

    def word(self, op, value, field, book) -> str:
        return listed([language_name(code) or f"“{code}”" for code in value])


@lru_cache(maxsize=1000)
def _name(code: str, spoken: str) -> str:
    from babel import Locale
    from babel.core import UnknownLocaleError

    language, _dash, place = code.partition("-")
    try:
        ours = Locale.parse(to_locale(spoken))
    except (UnknownLocaleError, ValueError):
        ours = Locale("en")
    name, where = ours.languages.get(language.lower(), ""), ours.territories.get(place.rpartition("-")[2].upper(), "")
    return f"{name} ({where})" if name and where else name


def language_name(code: str) -> str:
    """Return what people call a language by its code, in theirs; empty for what is no code."""
    return _name(code, get_language() or "en")


KINDS["language"] = Language()
