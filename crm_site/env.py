"""Typed readers of the environment; a malformed value stops the start with a sentence that names the variable."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. Start with ./crm, or set it in the environment.")
    return value


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "1" if default else "0").strip().lower()
    if value not in {"0", "1", "true", "false", "yes", "no", ""}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in {"1", "true", "yes"}


def number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def database(name: str) -> dict:
    """Read postgresql://user:password@host:port/name?host=/socket/folder into Django's form."""
    url = urlsplit(text(name))
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    try:
        port = url.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} has a port that is not a number.") from None
    if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.pop("host", None) or url.hostname or "",
        "PORT": query.pop("port", None) or (port or ""),
        "OPTIONS": query,
    }


def redis(name: str) -> tuple[str, str]:
    """Return (broker URL, cache URL) for redis://…, rediss://… or unix:///path/to/socket, with ?db=N databases N and N+1."""
    value = text(name)
    url = urlsplit(value)
    first = parse_qs(url.query).get("db", ["0"])[0]
    if not first.isdecimal():
        raise ImproperlyConfigured(f"{name} names the database {first!r}, which is not a number.")
    first = int(first)
    if url.scheme == "unix":
        return f"redis+socket://{url.path}?virtual_host={first}", f"unix://{url.path}?db={first + 1}"
    if url.scheme in {"redis", "rediss"} and url.hostname:
        base = value.split("?")[0].rstrip("/")
        base = base if url.path.strip("/") == "" else base.rsplit("/", 1)[0]
        return f"{base}/{first}", f"{base}/{first + 1}"
    raise ImproperlyConfigured(f"{name} must look like redis://host:6379 or unix:///path/to/socket.")


def folder(name: str, default: Path) -> Path:
    return Path(os.environ.get(name) or default).resolve()
