"""Words as people type them: tidied without being changed, and folded for finding and comparing."""

import re
import unicodedata
from functools import lru_cache

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LINE_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_UNIX_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_EDGES = "\u200b\ufeff\u2060"  # what copying from a web page leaves at the ends
_NOT_WORDS = re.compile(r"[\W_]+")
_DOTS = re.compile(r"(?<=\b\w)(?:\.|/(?=\w\b))")  # S.A. is SA, A/S is AS, but Booking.com stays two words
_ACCENTS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans({
    "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n",
})  # fmt: skip
_LEGAL = frozenset(
    "ltd limited inc incorporated llc llp lp plc corp corporation co company gmbh mbh ag kg kgaa ohg ug gbr eg ek ev se "
    "haftungsbeschrankt sa sas sasu sarl eurl sca scs bv nv vof cv ab hb oy oyj as asa aps a/s spa srl sl slu sc kk yk pty "
    "pte pvt bhd sdn kft zrt doo dd sro spzoo sp zoo sro lda ltda eood ood ooo oao zao pao".split()
)


def line(text: str) -> str:
    """Return one line: ends trimmed, control characters and broken code points dropped, all else as typed."""
    if text.isprintable():
        return text.strip()
    return _LINE_BREAKS.sub(" ", _CONTROLS.sub("", text)).strip().strip(_EDGES).strip()


def paragraphs(text: str) -> str:
    """Return text that may have several lines, tidied like `line`."""
    if text.isprintable():
        return text.strip()
    return _UNIX_BREAKS.sub("\n", _CONTROLS.sub("", text)).strip().strip(_EDGES).strip()


def unaccented(text: str) -> str:
    """Return the text in lower case without accents ("Ångström" → "angstrom"); other scripts keep their letters."""
    if text.isascii():
        return text.lower()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFC", plain.translate(_LETTERS))


@lru_cache(maxsize=20_000)
def fold_name(text: str) -> str:
    """Return a person's name for comparing: no case, accents or punctuation; "Lindqvist, Maya" reads "maya lindqvist"."""
    if text.count(",") == 1:
        last, first = text.split(",")
        text = f"{first} {last}"
    return _words(text)


@lru_cache(maxsize=20_000)
def fold_company(text: str) -> str:
    """Return a company's name for comparing, without its legal form ("Acme GmbH & Co. KG" → "acme")."""
    words = _words(_DOTS.sub("", text)).split(" ")
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return " ".join(words)


def _words(text: str) -> str:
    """Return the words with single spaces between them; vowel signs of Indic scripts belong to their words."""
    plain = unaccented(text)
    if plain.isascii():
        return _NOT_WORDS.sub(" ", plain).strip()[:300]
    kept = (letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in plain)
    return " ".join("".join(kept).split())[:300]
