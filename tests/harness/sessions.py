"""Being signed in without having signed in: a session as the form leaves it, in a third of the statements."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client


def session_of(user) -> str:
    """Store a session of this person and return its key."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = user._meta.pk.value_to_string(user)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def client_of(user, **options) -> Client:
    """Return a client of this person, or a stranger's when it is None."""
    client = Client(**options)
    if user is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = session_of(user)
    return client
