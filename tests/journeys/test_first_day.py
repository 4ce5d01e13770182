"""A manager's first day: invited by mail, chooses a password, sets up a second factor, comes in; then signs in again."""

import re
import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from correspondence.models import OutgoingMail
from teams.models import User

PASSWORD = "seven quiet owls at noon"


def code_of(secret: str, after: int = 0) -> str:
    """Return the code an authenticator app shows, now or some steps later: one code opens once."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + after))


@pytest.mark.browser
class TestFirstDay:
    def test_a_manager_is_invited_and_comes_in(self, page_as, accessible, ada, north, settings, live_server):
        settings.REQUIRE_MFA = False
        settings.PUBLIC_URL = live_server.url
        office = page_as(ada)
        office.goto("/settings/people/invitation/")
        office.get_by_label("Name").fill("Mia Berg")
        office.get_by_label("E-mail").fill("mia@example.com")
        office.get_by_label("Role").select_option(label="Manager")
        office.get_by_role("checkbox", name="North").check()
        office.get_by_role("button", name="Send invitation").click()
        office.get_by_role("heading", name="Mia Berg").wait_for()

        settings.REQUIRE_MFA = True
        mail = OutgoingMail.objects.get(to="mia@example.com")
        page = page_as(None)
        page.goto(re.search(r"http\S+", mail.text)[0])
        for field in page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        accessible(page)
        page.get_by_role("button", name="Save and sign in").click()

        page.get_by_role("heading", name="Second factor").wait_for()
        page.goto("/leads/")
        page.get_by_role("heading", name="Second factor").wait_for()
        page.get_by_role("link", name="Set up").click()
        page.locator("input[type=password]").fill(PASSWORD)
        accessible(page)
        page.locator("form:has(input[type=password]) button").first.click()
        secret = page.get_by_role("textbox", name="Secret").input_value()
        accessible(page)
        page.locator("input[name=code]").fill(code_of(secret))
        page.get_by_role("button", name="Turn on").click()
        page.wait_for_url("**/2fa/**")
        page.goto("/")
        page.get_by_role("heading", name="Today", exact=True).wait_for()

        mia = User.objects.get(email="mia@example.com")
        kept = Authenticator.objects.get(user=mia, type="totp")
        assert get_adapter().decrypt(kept.data["secret"]) == secret
        again = page_as(None)
        again.goto("/account/login/?next=/settings/")
        again.get_by_label("E-mail").fill("mia@example.com")
        again.get_by_label("Password").fill(PASSWORD)
        again.get_by_role("button", name="Sign in", exact=True).click()
        again.locator("input[name=code]").fill(code_of(secret, after=1))
        accessible(again)
        again.locator("form:has(input[name=code]) button").first.click()
        again.get_by_role("heading", name="Settings").wait_for()

    def test_a_visitor_of_the_demo_steps_in_with_one_click(self, page_as, settings, live_server):
        from teams import demo_people

        settings.DEMO = True
        demo_people.ensure()
        page = page_as(None, javascript=False)
        page.goto("/")
        page.get_by_role("button", name="Nora Bakke").click()
        page.get_by_role("heading", name="Today", exact=True).wait_for()
