"""How allauth is used here: by invitation only, tries counted in the database, mail through the outbox, all audited."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from core import crypt, mail
from core.audit import note
from teams import invitations, tries
from teams.people import look_again


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False

    def pre_authenticate(self, request, **credentials: Any) -> None:
        """Refuse before the password is looked at, alike for accounts that exist and those that don't."""
        super().pre_authenticate(request, **credentials)
        if not tries.take(credentials.get("email", "")):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request, **credentials: Any):
        user = super().authenticate(request, **credentials)
        if user is not None and user.is_active:
            tries.forget(credentials.get("email", ""))
        return user

    def authentication_failed(self, request, **credentials: Any) -> None:
        note("sign-in refused", target="account", request=request)

    def post_login(self, request, user, **kwargs):
        note("signed in", by=user, target=f"person {user.pk}", request=request, how=_methods(request))
        return super().post_login(request, user, **kwargs)

    def logout(self, request) -> None:
        user = request.user
        if user.is_authenticated:
            note("signed out", by=request.user, target=f"person {request.user.pk}", request=request)
        super().logout(request)
        if user.is_authenticated:
            look_again(user)

    def set_password(self, user, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])
        look_again(user)
        note("password changed", by=user, target=f"person {user.pk}", request=self.request)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link leads to this installation's own address, whatever Host the request named."""
        return invitations.address(key)

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Put the mail into the outbox. An unknown address costs the same work and gets nothing."""
        if template_prefix == "account/email/unknown_account":
            with transaction.atomic():
                _post_reset(email, invitations.address("0-unknown"), None)
                transaction.set_rollback(True)
            return
        if template_prefix == "account/email/password_reset_key":
            _post_reset(email, context["password_reset_url"], context["user"])
            return
        message = self.render_mail(template_prefix, email, context)
        mail.post(f"account:{uuid.uuid4()}", email, message.subject, message.body, person=context.get("user"))


def _post_reset(email: str, link: str, user) -> None:
    mail.post(f"reset:{uuid.uuid4()}", email, _("Set a new password"), invitations.reset_text(link), person=user)


def _methods(request) -> str:
    from allauth.account.internal.flows.login import get_authentication_records

    return ", ".join(record.get("method", "") for record in get_authentication_records(request))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted; who needs a second factor keeps one."""

    def encrypt(self, text: str) -> str:
        return crypt.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypt.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not authenticator.user.needs_second_factor:
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def send_notification_mail(self, template_prefix: str, user, context=None, **kwargs) -> None:
        """A factor came or went: that is a line of the audit, not a mail."""
        what = template_prefix.rpartition("/")[2].replace("_", " ")
        note("second factor", by=user, target=f"person {user.pk}", what=what)
