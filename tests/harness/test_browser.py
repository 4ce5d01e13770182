"""The harness itself: the cast signs in, complaints are heard, barriers are found, an emptied database is filled again."""

import pytest
from django.db import OperationalError

from teams.models import SalesTeam, User
from tests.harness.browser import Complaints, barriers
from tests.harness.emptying import TRIES, _patiently


class TestFirstRows:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("time", [1, 2])
    def test_stand_there_in_every_test_that_commits(self, time, nora):
        assert SalesTeam.objects.get(is_default=True)
        assert User.objects.count() == 1


    def test_come_back_though_a_request_of_the_page_is_in_the_way(self):
        held = [OperationalError("deadlock detected")] * (TRIES - 1)

        def act() -> bool:
            if held:
                raise held.pop()
            return True

        assert _patiently(act)
        held += [OperationalError("deadlock detected")] * TRIES
        with pytest.raises(OperationalError):
            _patiently(act)


class TestComplaints:
    def test_leave_out_what_a_test_provokes(self):
        heard = Complaints(seen=["/leads/: status of 422", "/leads/: x is not defined"])
        heard.allow("422")
        assert heard.open == ["/leads/: x is not defined"]

    def test_leave_out_a_question_that_a_newer_one_overtook(self):
        heard = Complaints()
        for text in ("htmx:afterRequest, a", "htmx:sendAbort, a", "htmx:afterRequest, b", "htmx:sendError, b"):
            heard.hear(text)
        assert heard.open == ["htmx:afterRequest, b", "htmx:sendError, b"]


@pytest.mark.browser
class TestBrowser:
    def test_hears_what_the_page_complains_about(self, page_as, complaints):
        page = page_as(None)
        page.goto("/account/login/")
        page.evaluate("console.error('a broken promise')")
        assert any("a broken promise" in each for each in complaints.open)
        complaints.allow("a broken promise")

    def test_finds_barriers_under_the_strict_policy(self, page_as):
        page = page_as(None)
        page.goto("/account/login/")
        page.evaluate("document.body.append(document.createElement('button'))")
        assert any(each.startswith("button-name") for each in barriers(page))

    @pytest.mark.slow  # the pages of signed-out people are read by tests/frontend
    def test_reads_the_sign_in_page_without_barriers(self, page_as, accessible):
        for look in ({}, {"dark": True, "phone": True}):
            page = page_as(None, **look)
            page.goto("/account/login/")
            accessible(page)

    @pytest.mark.parametrize("time", [1, 2])
    def test_comes_to_each_test_as_new(self, page_as, nora, time):
        """Windows are kept, and what the first time leaves in them the second must not find."""
        page = page_as(None)
        assert page.context.cookies() == []
        page.goto("/account/login/")
        assert page.evaluate("[localStorage.getItem('left'), sessionStorage.getItem('left'), history.length]") == [None, None, 2]
        page.context.add_cookies([{"name": "crm_session", "value": "stale", "url": page.url}])
        page.evaluate("localStorage.setItem('left', 1); sessionStorage.setItem('left', 1)")
        page.context.new_page()
        page.context.set_offline(True)
