"""Signing in, and who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend

from core.prepared import Prepared
from teams.models import User

_PERSON = Prepared(lambda key: User.objects.filter(pk=key))


class SignInBackend(AuthenticationBackend):
    def get_user(self, user_id: int) -> User | None:
        """Return the person of a session, who is read on every request; None for one who is gone or may not sign in."""
        found = _PERSON.first(int(user_id))
        return found if found and self.user_can_authenticate(found) else None
