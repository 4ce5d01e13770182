"""Countries, languages and currencies by whatever name people give them."""

import re
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global

from core.currencies import is_code
from leads.texts import unaccented

_SPOKEN = "en de fr es it nl pt sv nb da fi pl cs hu ro tr ru uk el ja zh ko ar".split()
_VARIANTS = {
    "uk": "GB", "u k": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "great britain": "GB",
    "britain": "GB", "grossbritannien": "GB", "usa": "US", "u s a": "US", "u s": "US", "us of a": "US", "america": "US",
    "united states of america": "US", "vereinigte staaten von amerika": "US", "holland": "NL", "the netherlands": "NL",
    "czech republic": "CZ", "czechia": "CZ", "tschechische republik": "CZ", "brd": "DE", "deutschland": "DE",
    "federal republic of germany": "DE", "russian federation": "RU", "south korea": "KR", "korea": "KR",
    "republic of korea": "KR", "ivory coast": "CI", "macedonia": "MK", "swaziland": "SZ", "burma": "MM", "viet nam": "VN",
    "uae": "AE", "ksa": "SA", "eire": "IE", "republic of ireland": "IE", "hong kong": "HK", "macau": "MO", "turkey": "TR",
    "el": "GR", "taiwan": "TW", "moldova": "MD", "bolivia": "BO", "venezuela": "VE", "iran": "IR", "syria": "SY", "laos": "LA",
    "tanzania": "TZ", "palestine": "PS", "bosnia": "BA", "prc": "CN", "peoples republic of china": "CN",
}  # fmt: skip
_NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "XK"}
_SIGNS = re.compile(r"[^\w]+")
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")


@lru_cache(maxsize=20_000)
def country_code(text: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country's code, name (in many languages) or usual variant, or ""."""
    tidy = text.strip()
    if len(tidy) == 2 and tidy.isascii() and tidy.upper() in _codes():
        return tidy.upper()
    folded = _folded(tidy)
    if code := _VARIANTS.get(folded):
        return code
    if len(tidy) == 3 and (code := _three_letters().get(tidy.upper())):
        return code
    return _names().get(folded, "")


def _folded(text: str) -> str:
    return _SIGNS.sub(" ", unaccented(text)).strip().removeprefix("the ")


@cache
def _codes() -> frozenset[str]:
    return frozenset(c for c in Locale("en").territories if len(c) == 2 and c.isalpha() and c not in _NOT_COUNTRIES) | {"XK"}


@cache
def _three_letters() -> dict[str, str]:
    aliases = get_global("territory_aliases")
    return {three: codes[0] for three, codes in aliases.items() if len(three) == 3 and codes[0] in _codes()}


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in _SPOKEN:
        for code, name in Locale.parse(language).territories.items():
            if code in _codes():
                names.setdefault(_folded(name), code)
    return names


@lru_cache(maxsize=2000)
def language_code(text: str) -> str:
    """Return a language as a BCP 47 tag in its canonical case ("EN_gb" → "en-GB", "German" → "de"), or ""."""
    tidy = text.strip()
    if (tag := _TAG.fullmatch(tidy)) and tag[1].lower() in Locale("en").languages:
        parts = (tag[1].lower(), (tag[2] or "").title(), (tag[3] or "").upper())
        return "-".join(part for part in parts if part)
    return _language_names().get(unaccented(tidy), "")


@cache
def _language_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for spoken in _SPOKEN:
        for code, name in Locale.parse(spoken).languages.items():
            if len(code) in {2, 3}:
                names.setdefault(unaccented(name), code)
    return names


@lru_cache(maxsize=500)
def currency_code(text: str) -> str:
    """Return an ISO 4217 code, or "" for anything else; "€" and "£" are told by their sign."""
    code = {"€": "EUR", "£": "GBP"}.get(text.strip(), text.strip().upper())
    return code if is_code(code) else ""
