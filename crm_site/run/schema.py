"""Whether the database still needs migrating, known without starting Django."""

import hashlib
import json
from pathlib import Path

from crm_site.run.config import Config
from crm_site.run.places import ROOT


def is_empty(config: Config) -> bool:
    """Tell whether no migration has ever run in the database."""
    import psycopg

    url = config.env("manage")["CRM_DATABASE_OWNER_URL"]
    with psycopg.connect(url, connect_timeout=5) as connection:
        return connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()[0]


def is_current(config: Config) -> bool:
    """Tell whether the embedded database was migrated by exactly this code. A named server is always asked."""
    if not config.embeds_database:
        return False
    try:
        return json.loads(_stamp(config).read_text()) == _fingerprint()
    except (FileNotFoundError, ValueError):
        return False


def remember(config: Config) -> None:
    if config.embeds_database:
        _stamp(config).write_text(json.dumps(_fingerprint()))


def forget(config: Config) -> None:
    """Have the next start migrate again: somebody changed the schema by hand."""
    _stamp(config).unlink(missing_ok=True)


def _stamp(config: Config) -> Path:
    return config.places.cluster.parent / "migrated.json"


def _fingerprint() -> str:
    """Return a digest of all that decides the schema: migrations, settings, what models declare, locked packages."""
    digest = hashlib.sha256()
    for pattern in ("*/migrations/*.py", "*/*/migrations/*.py", "*/models.py", "*/models/*.py", "crm_site/*.py",
                    "core/*.py", "requirements/run.txt"):  # fmt: skip
        for path in sorted(ROOT.glob(pattern)):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
