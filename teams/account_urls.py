"""allauth's pages that are used here. Its pages for signing up and for managing addresses are not among them."""

from allauth.account.urls import urlpatterns as all_of_allauth
from django.urls import include, path

USED = {
    "account_login", "account_logout", "account_inactive", "account_reauthenticate", "account_change_password",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "account_set_password",
    "account_signup",  # allauth names it in places; it says that one is invited
}  # fmt: skip

urlpatterns = [pattern for pattern in all_of_allauth if pattern.name in USED]
urlpatterns += [
    path("2fa/", include("allauth.mfa.urls")),
]
