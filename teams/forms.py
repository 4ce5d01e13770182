"""Codes of the second factor, their tries counted like passwords."""

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm

from teams import tries


class Counted:
    """Count each code tried for this person in the database, beside allauth's own count in the cache."""

    def clean_code(self) -> str:
        account = f"second factor {self.user.pk}"
        if not tries.take(account):
            raise get_adapter().validation_error("too_many_login_attempts")
        code = super().clean_code()
        tries.forget(account)
        return code


class CodeForm(Counted, AuthenticateForm):
    pass


class CodeAgainForm(Counted, ReauthenticateForm):
    pass
