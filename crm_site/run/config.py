"""Reads what the environment says (CRM_…) and turns it into what every child is told."""

import base64
import ipaddress
import os
import socket
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crm_site.run import engines, keys
from crm_site.run.places import Places, places_from
from crm_site.run.say import Problem

FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Config:
    """One installation as its environment describes it."""

    places: Places
    bind: str
    port: int
    demo: bool | None  # None: not said
    public_url: str | None
    database_url: str | None
    owner_url: str | None
    redis_url: str | None
    secret_key: str | None
    field_key: str | None
    web_workers: int

    @property
    def embeds_database(self) -> bool:
        return self.database_url is None

    @property
    def embeds_redis(self) -> bool:
        return self.redis_url is None

    @property
    def is_demo(self) -> bool:
        """Demo mode unless said otherwise, as long as the data are the embedded ones."""
        return self.embeds_database if self.demo is None else self.demo

    def with_options(
        self,
        *,
        bind: str | None = None,
        port: int | None = None,
        demo: bool | None = None,
    ) -> "Config":
        changed = {"bind": bind, "port": port, "demo": demo}
        return replace(
            self,
            **{name: value for name, value in changed.items() if value is not None},
        )

    def address(self, port: int | None = None) -> str:
        """Return how people reach this installation from outside."""
        return self.public_url or f"http://{_shown_host(self.bind)}:{port or self.port}"

    def embedded(self, profile: str = "run") -> list[engines.Engine]:
        """Return the engines that are ours to start: those the environment does not name."""
        return [
            engine
            for engine in engines.embedded(self.places, profile)
            if (self.embeds_database if engine.name == "postgres" else self.embeds_redis)
        ]

    def env(
        self,
        process: str,
        *,
        port: int | None = None,
        as_owner: bool = False,
        beside: dict[str, str] | None = None,
    ) -> dict[str, str]:
        """Return the whole environment of a child. Only what runs by hand is told the owner's password.

        `beside`: the environment it is added to, this process's own if not given.
        """
        env = dict(os.environ if beside is None else beside)
        env.pop("CRM_DATABASE_OWNER_URL", None)
        urls = self._urls()
        owner_url = urls.pop("CRM_DATABASE_OWNER_URL")
        if process == "manage":
            env["CRM_DATABASE_OWNER_URL"] = owner_url
        env |= urls | {
            "CRM_VAR": str(self.places.var),
            "CRM_SECRET_KEY": self.secret_key or keys.secret_key(self.places),
            "CRM_FIELD_KEY": self.field_key or keys.field_key(self.places),
            "CRM_DEMO": "1" if self.is_demo else "0",
            "CRM_BIND": self.bind,
            "CRM_PORT": str(port or self.port),
            "CRM_PUBLIC_URL": self.address(port),
            "CRM_PROCESS": process,
            "DJANGO_SETTINGS_MODULE": "crm_site.settings",
            "PYTHONUNBUFFERED": "1",
        }
        if as_owner:
            env["CRM_DATABASE_URL"] = owner_url
        return env

    def _urls(self) -> dict[str, str]:
        urls = engines.env_of(self.places) if self.embeds_database or self.embeds_redis else {}
        if self.database_url:
            urls["CRM_DATABASE_URL"] = self.database_url
            urls["CRM_DATABASE_OWNER_URL"] = self.owner_url or self.database_url
        if self.redis_url:
            urls["CRM_REDIS_URL"] = self.redis_url
        return urls


def read(environ: dict[str, str] | None = None) -> Config:
    """Read the environment; a malformed value raises a Problem that names the variable."""
    environ = os.environ if environ is None else environ
    value = {name: text.strip() for name, text in environ.items() if name.startswith("CRM_") and text.strip()}
    return Config(
        places=places_from(value),
        bind=value.get("CRM_BIND", "127.0.0.1"),
        port=port(value.get("CRM_PORT", "8000"), "CRM_PORT"),
        demo=_flag(value, "CRM_DEMO"),
        public_url=_public_url(value.get("CRM_PUBLIC_URL")),
        database_url=_server_url(value, "CRM_DATABASE_URL", {"postgresql", "postgres"}),
        owner_url=_server_url(value, "CRM_DATABASE_OWNER_URL", {"postgresql", "postgres"}),
        redis_url=_server_url(value, "CRM_REDIS_URL", {"redis", "rediss", "unix"}),
        secret_key=_long_enough(value.get("CRM_SECRET_KEY")),
        field_key=_field_key(value.get("CRM_FIELD_KEY")),
        web_workers=_count(value.get("CRM_WEB_WORKERS", "2"), "CRM_WEB_WORKERS"),
    )


def check_demo(config: Config) -> None:
    """Refuse demo mode where others could reach it."""
    if config.is_demo and not is_loopback(config.bind):
        raise Problem(
            f"Demo mode lets anybody sign in with one click, so it does not start on {config.bind}.",
            f"For real work: ./crm run --bind {config.bind} --no-demo",
            "To look around on this machine: ./crm run",
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the address. A name counts by what it stands for."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        pass
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        raise Problem(
            f"The address to listen on, {host}, is not known here.",
            "Try --bind 127.0.0.1.",
        ) from None
    return all(ipaddress.ip_address(address).is_loopback for address in found)


def is_everywhere(host: str) -> bool:
    """Tell whether the address stands for all of this machine's addresses."""
    return host in {"0.0.0.0", "::", "[::]", ""}


def port(text: str, name: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Problem(f"{name} must be a port from 1 to 65535, not {text!r}.")
    return int(text)


def _shown_host(bind: str) -> str:
    if is_everywhere(bind):
        return socket.gethostname()
    return f"[{bind}]" if ":" in bind and not bind.startswith("[") else bind


def _flag(value: dict[str, str], name: str) -> bool | None:
    text = value.get(name)
    if text is not None and text.lower() not in FLAGS:
        raise Problem(f"{name} must be 1 or 0, not {text!r}.")
    return None if text is None else FLAGS[text.lower()]


def _count(text: str, name: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise Problem(f"{name} must be a whole number from 1 to 64, not {text!r}.")
    return int(text)


def _public_url(text: str | None) -> str | None:
    if text is None:
        return None
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.path.strip("/"):
        raise Problem(f"CRM_PUBLIC_URL must look like https://crm.example.com, not {text!r}.")
    return text.rstrip("/")


def _server_url(value: dict[str, str], name: str, schemes: set[str]) -> str | None:
    """Check the form of a server's URL. Its text may hold a password, so the message never repeats it."""
    text = value.get(name)
    if text is None:
        return None
    try:
        url = urlsplit(text)
        is_well_formed = url.scheme in schemes and (url.port or 1) and bool(url.netloc or url.path.strip("/"))
    except ValueError:
        is_well_formed = False
    example = "redis://host:6379" if "redis" in schemes else "postgresql://user:password@host:5432/name"
    if is_well_formed and "redis" not in schemes:
        is_well_formed = bool(url.path.strip("/"))
    if not is_well_formed:
        raise Problem(
            f"{name} must look like {example}.",
            f"Correct it, or unset {name} to use the embedded server.",
        )
    return text


def _long_enough(text: str | None) -> str | None:
    if text is not None and len(text) < 32:
        raise Problem(
            "CRM_SECRET_KEY is too short: it must have at least 32 characters.",
            "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
        )
    return text


def _field_key(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        is_right = len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except ValueError:
        is_right = False
    if not is_right:
        raise Problem(
            "CRM_FIELD_KEY must be 32 bytes in urlsafe base64 (44 characters).",
            "Make one: python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'",
        )
    return text
