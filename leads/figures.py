"""Amounts, numbers of people and dates as they stand in files: read exactly, or refused."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from core import limits

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'\u2019]+")
_AMOUNT = re.compile(r"[-+]?\d[\d.,]*")
_GROUPED = {",": re.compile(r"[-+]?\d{1,3}(?:,\d{3})+"), ".": re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+")}
_SYMBOLS = {"€": "EUR", "£": "GBP", "zł": "PLN", "₹": "INR", "₺": "TRY", "₽": "RUB", "₩": "KRW", "₪": "ILS", "₴": "UAH"}
_CURRENCY_AROUND = re.compile(
    r"(?P<before>[A-Z]{3}(?![A-Za-z])|[€£$¥₹₺₽₩₪₴])?\s*(?P<number>[-+]?[\d][\d.,'\s\u00a0\u202f\u2009\u2019]*?)\s*"
    r"(?P<after>[A-Z]{3}|[€£$¥₹₺₽₩₪₴]|zł)?"
)
_CENT = Decimal("0.01")
_RANGE = re.compile(r"(?P<low>\d[\d.,\s]*)\s*(?:-|–|—|to|bis|à|a)\s*\d[\d.,\s]*", re.IGNORECASE)
_OPEN_END = re.compile(r"(?:>=?|over|more than|über|mehr als|plus de)\s*(?P<n>\d[\d.,\s]*)|(?P<m>\d[\d.,\s]*)\+", re.IGNORECASE)
_BELOW = re.compile(r"(?:<=?|under|less than|up to|unter|bis|weniger als|moins de)\s*\d[\d.,\s]*", re.IGNORECASE)

_NUMERIC_DATE = re.compile(r"(\d{1,4})([./\-\s])\s?(\d{1,2})\2\s?(\d{1,4})")
_WORDED_DATE = re.compile(r"(?:(\d{1,2})\.?[\s\-]+([^\W\d_]{3,12})\.?|([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?),?[\s\-]+(\d{4})")
_TIME_AFTER = re.compile(r"[T\s]+\d{1,2}:\d{2}.*$")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan januar janvier enero gennaio", "feb februar fevrier febrero febbraio", "mar marz maerz mars marzo mrz",
         "apr april avril abril aprile", "may mai mayo maggio mei", "jun juni juin junio giugno",
         "jul juli juillet julio luglio", "aug august aout agosto", "sep sept september septembre septiembre settembre",
         "oct okt oktober octobre octubre ottobre", "nov november novembre noviembre", "dec dez dezember decembre diciembre"),
        1,
    )
    for name in names.split()
} | {"january": 1, "february": 2, "march": 3, "june": 6, "july": 7, "october": 10, "december": 12}  # fmt: skip
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"


def number(text: str) -> Decimal | None:
    """Read "1.234,50", "1,234.50", "1 234", "80000"; None when it is anything else.

    A single sign followed by exactly three digits groups thousands ("1.234" is 1234), otherwise it is the decimal sign.
    """
    plain = _SPACES.sub("", text)
    if len(plain) > 40 or not _AMOUNT.fullmatch(plain):
        return None
    dot, comma = plain.rfind("."), plain.rfind(",")
    if dot >= 0 and comma >= 0:
        decimal, group = (".", ",") if dot > comma else (",", ".")
        whole, _, rest = plain.rpartition(decimal)
        if not _GROUPED[group].fullmatch(whole) or decimal in whole or not rest:
            return None
        return Decimal(f"{whole.replace(group, '')}.{rest}")
    sign = "." if dot >= 0 else "," if comma >= 0 else ""
    if not sign:
        return Decimal(plain)
    if _GROUPED[sign].fullmatch(plain) and plain.lstrip("+-")[0] != "0":
        return Decimal(plain.replace(sign, ""))
    if plain.count(sign) > 1 or plain.endswith(sign):
        return None
    return Decimal(plain.replace(",", "."))


def amount(text: str) -> Decimal | None:
    """Read an amount of money, with or without its currency, to the cent; None for "80k", words or too large a one."""
    return amount_and_currency(text)[0]


def amount_and_currency(text: str) -> tuple[Decimal | None, str]:
    """Read "€ 1.234,50" as (1234.50, "EUR"); the currency is "" when the text leaves it open ("$", nothing)."""
    around = _CURRENCY_AROUND.fullmatch(text.strip())
    if not around or (around["before"] and around["after"]):
        return None, ""
    value = number(around["number"])
    if value is None or abs(value) >= limits.MAX_AMOUNT:
        return None, ""
    mark = around["before"] or around["after"] or ""
    currency = _SYMBOLS.get(mark, "") or (mark if len(mark) == 3 and mark.isalpha() else "")
    return value.quantize(_CENT, ROUND_HALF_UP), currency


def employees(text: str) -> int | None:
    """Read a company's size: "50", "1.200", "50-99" (from 50), "1,000+" (1000), "under 10" (1); None for anything else."""
    if found := _RANGE.fullmatch(text.strip()):
        text = found["low"]
    elif found := _OPEN_END.fullmatch(text.strip()):
        text = found["n"] or found["m"]
    elif _BELOW.fullmatch(text.strip()):
        return 1
    value = number(text)
    if value is None or value != value.to_integral_value() or not 0 <= value <= 10_000_000:
        return None
    return int(value)


@lru_cache(maxsize=20_000)
def day(text: str, order: str = DAY_FIRST) -> date | None:
    """Read a date: "2026-11-03", "03.11.26", "3 Nov 2026", "Nov 3, 2026", with or without a time after it.

    `order` says how 03/11 reads. None when there is no such day or its year is not between 1900 and 2199.
    """
    text = _TIME_AFTER.sub("", text.strip()).rstrip(",")
    if found := _NUMERIC_DATE.fullmatch(text):
        return _numeric(found[1], found[3], found[4], order)
    if found := _WORDED_DATE.fullmatch(text):
        month = _MONTHS.get(_plain((found[2] or found[3]).lower()))
        return _made(int(found[5]), month, int(found[1] or found[4])) if month else None
    return None


def _numeric(first: str, middle: str, last: str, order: str) -> date | None:
    if len(first) == 4 and len(last) <= 2:
        return _made(int(first), int(middle), int(last))
    if len(first) > 2 or len(last) not in {2, 4}:
        return None
    year = int(last) + (0 if len(last) == 4 else 2000 if int(last) < 70 else 1900)
    one, two = int(first), int(middle)
    return _made(year, two, one) if order == DAY_FIRST else _made(year, one, two)


def _made(year: int, month: int, of_month: int) -> date | None:
    if not 1900 <= year < 2200:
        return None
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def _plain(word: str) -> str:
    from leads.texts import unaccented

    return unaccented(word)
