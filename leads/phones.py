"""Phone numbers: kept as typed, read as E.164 where that is possible."""

import re
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, PhoneMetadata

GOOD, BAD, UNKNOWN = "good", "bad", ""
FEWEST_DIGITS = 3
_WRITTEN = re.compile(r"(\+|00)?[\d ()./\-\u00a0\u2010-\u2015]+", re.ASCII)
_NOT_DIGITS = re.compile(r"\D+", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+")


@lru_cache(maxsize=10_000)
def phone(text: str, country: str = "") -> tuple[str, str]:
    """Return (E.164, quality): ("", "bad") for what can't be dialled, as for a national number without a country.

    `country` (ISO code) is whose number it is when it doesn't begin with + or 00.
    """
    tidy = text.strip()
    if not tidy:
        return "", UNKNOWN
    e164 = _quick(tidy, country) or _thorough(tidy, country)
    return (e164, GOOD) if e164 else ("", BAD)


def says_a_number(text: str) -> bool:
    """Tell whether a text may be a phone number at all: "abc" is none, "555 0101" may be one of a country nobody named."""
    return len(digits_of(text)) >= FEWEST_DIGITS


def is_scientific(text: str) -> bool:
    """Tell whether a spreadsheet turned a number into 4.91512E+11: its last digits are lost."""
    return bool(_SCIENTIFIC.fullmatch(text.strip()))


def digits_of(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def _quick(text: str, country: str) -> str:
    """Read an ordinary number by the plan of its country alone; "" when it takes the library's whole care."""
    written = _WRITTEN.fullmatch(text)
    if not written:
        return ""
    digits = _NOT_DIGITS.sub("", text)
    if written[1]:
        code, plan = _code_of(digits[2:] if written[1] == "00" else digits)
        rest = digits[2 * (written[1] == "00") + len(code):] if code else ""
    elif country:
        code, plan = _plan_of_country(country)
        prefix = plan[1] if plan else ""
        rest = digits[len(prefix):] if prefix and digits.startswith(prefix) else "" if prefix and prefix == "0" else digits
    else:
        return ""
    return f"+{code}{rest}" if plan and rest and plan[0].fullmatch(rest) else ""


def _code_of(digits: str):
    for length in (1, 2, 3):
        if (code := digits[:length]) and (plan := _plan(code)):
            return code, plan
    return "", None


@cache
def _plan_of_country(country: str):
    code = str(phonenumbers.country_code_for_region(country) or "")
    return (code, _plan(code)) if code and _main_region(code) == country else ("", None)


def _main_region(code: str) -> str:
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code.isdecimal() and code[0] != "0" else None
    return regions[0] if regions else ""


@cache
def _plan(code: str):
    """Return (pattern of national numbers, trunk prefix) of a calling code, or None where they are not that simple."""
    region = _main_region(code)
    plan = PhoneMetadata.metadata_for_region(region, None) if region not in {"", "001"} else None
    if plan is None or plan.national_prefix_transform_rule or not plan.general_desc.national_number_pattern:
        return None
    prefix = plan.national_prefix or ""
    if (plan.national_prefix_for_parsing or "") != prefix or plan.leading_zero_possible:
        return None
    return re.compile(plan.general_desc.national_number_pattern), prefix


@lru_cache(maxsize=20_000)
def _thorough(text: str, country: str) -> str:
    """Ask the library: extensions, words between, countries that share a calling code, numbers with a leading zero."""
    text = re.sub(r"^\s*00(?=[1-9])", "+", text)
    try:
        number = phonenumbers.parse(text, country or None)
    except NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
