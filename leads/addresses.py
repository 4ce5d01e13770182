"""E-mail addresses and web sites: what makes two of them the same, and what makes one wrong."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from leads.texts import line

_PLAIN = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?P<domain>(?:[a-z0-9]"
                    r"(?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59}))")  # fmt: skip
_LOCAL_ASCII = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]*", re.IGNORECASE)
_NAMED = re.compile(r"[^<>]*<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>")
_BETWEEN = re.compile(r"[;,\s|]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", re.IGNORECASE)
_suffixes = PublicSuffixList()


def email_key(text: str) -> str:
    """Return what two spellings of one address share, or "" when it is no address.

    NFC, trimmed, lower case, the domain in IDNA form; dots and "+tag" count, and letters that only look alike stay apart.
    """
    key = line(text).lower() if text else ""
    if key.isascii():
        return key if len(key) <= 254 and _PLAIN.fullmatch(key) and key.index("@") <= 64 else ""
    return _international(key)


@lru_cache(maxsize=4096)
def _international(text: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", text).lower().rpartition("@")
    if not at or not _is_local(local):
        return ""
    try:
        key = f"{local}@{idna.encode(domain, strict=True).decode()}"
    except (idna.IDNAError, UnicodeError):
        return ""
    named = f"a@{key.rpartition('@')[2]}"
    return key if len(key) <= 254 and _PLAIN.fullmatch(named) else ""


def _is_local(local: str) -> bool:
    """Letters and marks of any script beside the plain signs; nothing invisible, no space, no quotes."""
    if not local or len(local) > 64 or local[0] == "." or local[-1] == "." or ".." in local:
        return False
    return all(_LOCAL_ASCII.fullmatch(sign) if sign.isascii() else unicodedata.category(sign)[0] in "LMN" for sign in local)


def email_problem(text: str) -> str:
    """Return the code of what is wrong with an address, "" when nothing is."""
    if email_key(text):
        return ""
    tidy = line(text)
    if tidy.count("@") != 1 or tidy.startswith("@") or tidy.endswith("@"):
        return "no_email"
    if "." not in tidy.rpartition("@")[2].strip("."):
        return "email_without_ending"
    return "no_email"


def split_emails(text: str) -> list[str]:
    """Return the addresses of one cell: "Ada <ada@acme.com>; bob@acme.com" has two."""
    tidy = line(text)
    if named := _NAMED.findall(tidy):
        return named
    tidy = tidy.removeprefix("mailto:")
    if tidy.count("@") < 2:
        return [tidy] if tidy else []
    return [part for part in _BETWEEN.split(tidy) if part]


def domain_of(key: str) -> str:
    """Return the registrable domain of an address key or host: "a@mail.eu.example.co.uk" → "example.co.uk"."""
    return _registrable(key.rpartition("@")[2])


@lru_cache(maxsize=50_000)
def _registrable(host: str) -> str:
    return _suffixes.privatesuffix(host.lower().strip(".")) or "" if host else ""


def website(text: str) -> str:
    """Return a site's address as typed when it is one over http(s), "" otherwise: no other scheme is ever kept."""
    tidy = line(text)
    if not tidy or any(sign.isspace() or sign in "<>\"'`\\" for sign in tidy):
        return ""
    try:
        parts = urlsplit(tidy if "://" in tidy else f"https://{tidy}")
        host = parts.hostname or ""
        host = host if host.isascii() else idna.encode(host).decode()
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme.lower() not in {"http", "https"} or parts.username is not None or not _HOST.fullmatch(host):
        return ""
    return tidy
