"""How often an account may be tried: ten times in fifteen minutes, exact however many try at once (S14)."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from core import limits
from teams.models import SignInTry


def take(account: str) -> bool:
    """Count one try before the password is looked at; False when the account has none left.

    The account's advisory lock makes parallel tries queue, so the eleventh is refused in any order.
    """
    key = _key(account)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [key])
        tries = SignInTry.objects.filter(account=key)
        tries.filter(at__lt=Now() - timedelta(minutes=limits.SIGN_IN_MINUTES)).delete()
        if tries.count() >= limits.SIGN_IN_TRIES:
            return False
        SignInTry.objects.create(account=key)
        return True


def forget(account: str) -> None:
    """Start counting anew: the right person came in."""
    SignInTry.objects.filter(account=_key(account)).delete()


def _key(account: str) -> str:
    return salted_hmac("teams.tries", account.strip().lower(), algorithm="sha256").hexdigest()
