"""Secrets of one installation: made once, kept in var/secrets, never shown."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from crm_site.run.places import Places


def secret_key(places: Places) -> str:
    return _kept(places.secrets / "secret_key", lambda: secrets.token_urlsafe(50))


def field_key(places: Places) -> str:
    """Return 32 random bytes in urlsafe base64: the key of encrypted columns."""
    return _kept(
        places.secrets / "field_key",
        lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )


def password(places: Places, role: str) -> str:
    return _kept(places.secrets / f"postgres_{role}", lambda: secrets.token_urlsafe(24))


def _kept(path: Path, make: Callable[[], str]) -> str:
    """Read the file; when it isn't there make it whole, so that two who start at once agree."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
