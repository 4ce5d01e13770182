"""Secrets at rest: sealed with the installation's own key (CRM_FIELD_KEY), which never lies in the database."""

from functools import cache

from cryptography.fernet import Fernet
from django.conf import settings


@cache
def _box(key: str) -> Fernet:
    return Fernet(key)


def seal(text: str) -> str:
    return _box(settings.FIELD_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text. Raises cryptography.fernet.InvalidToken when it was sealed with another key, or altered."""
    return _box(settings.FIELD_KEY).decrypt(sealed.encode()).decode()
