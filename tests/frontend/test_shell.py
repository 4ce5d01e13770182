"""The frame around every page: rooms by permission, counts asked once, notices, the team switcher."""

import json
from types import SimpleNamespace

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import HttpResponse
from django.template import RequestContext, Template
from django.test import RequestFactory

from core import shell
from core.middleware import CountsMiddleware

SIGNED_IN = SimpleNamespace(is_authenticated=True, pk=1)
STRANGER = SimpleNamespace(is_authenticated=False, pk=None)


@pytest.fixture
def empty_shell(monkeypatch):
    monkeypatch.setattr(shell, "_rooms", {})
    monkeypatch.setattr(shell, "_notices", [])
    monkeypatch.setattr(shell, "_switcher", [])
    monkeypatch.setattr(shell, "_pinned", [])


def request_of(user, namespace: str = ""):
    request = RequestFactory().get("/")
    request.user, request.resolver_match = user, SimpleNamespace(namespace=namespace)
    return request


@pytest.mark.usefixtures("empty_shell")
class TestNav:
    def test_stands_in_its_order_and_knows_where_one_is(self):
        shell.register_nav("b", "Second", "list", "core:gallery", order=20)
        shell.register_nav("a", "First", "sun", "account_login", order=10, keys=["elsewhere"])
        first, second = shell.nav(request_of(SIGNED_IN, "core"))
        assert (first.label, second.label) == ("First", "Second")
        assert (first.current, second.current) == (False, True)
        assert shell.nav(request_of(SIGNED_IN, "elsewhere"))[0].current

    def test_hides_what_one_may_not_enter(self):
        shell.register_nav("a", "First", "sun", "core:gallery", order=10, allowed=lambda user: user.pk == 2)
        assert shell.nav(request_of(SIGNED_IN)) == []

    def test_does_not_show_a_room_that_is_not_built(self):
        shell.register_nav("a", "First", "sun", "nowhere:page", order=10)
        assert shell.nav(request_of(SIGNED_IN)) == []

    def test_is_empty_for_a_stranger(self):
        shell.register_nav("a", "First", "sun", "core:gallery", order=10)
        assert shell.nav(request_of(STRANGER)) == []

    def test_counts_once_a_page_and_not_at_all_for_a_fragment(self):
        asked = []
        shell.register_nav("a", "First", "sun", "core:gallery", order=10, count=lambda user: asked.append(user) or 7)
        context = shell.shell(request_of(SIGNED_IN))
        assert asked == []
        assert [item.count for item in (*context["nav"], *context["nav"])] == [7, 7]
        assert len(asked) == 1

    def test_remembers_each_readers_numbers_until_told_to_forget(self):
        counted = iter(range(1, 9))
        shell.register_nav("a", "First", "sun", "core:gallery", order=10, count=lambda user: next(counted))
        nora, tess = (SimpleNamespace(is_authenticated=True, pk=pk) for pk in (901, 902))

        def number(user) -> int:
            return shell.nav(request_of(user))[0].count

        assert [number(nora), number(nora), number(tess)] == [1, 1, 2]
        shell.forget_counts(nora)
        assert [number(nora), number(tess)] == [3, 2]

    def test_counts_anew_after_what_the_reader_changed_and_not_after_what_they_read(self, monkeypatch):
        forgotten = []
        monkeypatch.setattr(shell, "forget_counts", lambda user: forgotten.append(user.pk))
        middleware = CountsMiddleware(lambda request: HttpResponse())
        for method in ("GET", "HEAD", "POST"):
            for user in (SIGNED_IN, STRANGER):
                request = RequestFactory().generic(method, "/")
                request.user = user
                middleware(request)
        assert forgotten == [SIGNED_IN.pk]

    def test_the_same_key_replaces(self):
        shell.register_nav("a", "First", "sun", "core:gallery", order=10)
        shell.register_nav("a", "Renamed", "sun", "core:gallery", order=10)
        assert [item.label for item in shell.nav(request_of(SIGNED_IN))] == ["Renamed"]


@pytest.mark.usefixtures("empty_shell")
class TestNotices:
    def test_come_one_or_many_or_none(self):
        shell.register_notice(lambda request: {"text": "one"})
        shell.register_notice(lambda request: [{"text": "two"}, {"text": "three"}])
        shell.register_notice(lambda request: None)
        assert [notice["text"] for notice in shell.notices(request_of(SIGNED_IN))] == ["one", "two", "three"]
        assert shell.notices(request_of(STRANGER)) == []


@pytest.mark.usefixtures("empty_shell")
class TestSwitcher:
    def test_has_the_products_name_until_an_app_gives_another(self):
        assert shell.switcher(request_of(SIGNED_IN))["organisation"] == "Catchment"
        shell.register_switcher(lambda request: {"organisation": "Fjord & Finch", "current": "North", "teams": []})
        assert shell.switcher(request_of(SIGNED_IN))["organisation"] == "Fjord & Finch"


class TestMessageToast:
    def draw(self, message: Message) -> str:
        request = RequestFactory().get("/")
        source = Template("{% load shell_tags %}{% message_toast message %}")
        return source.render(RequestContext(request, {"message": message}))

    def test_says_the_message(self):
        html = self.draw(Message(constants.SUCCESS, "Saved <b>"))
        assert "toast-ok" in html and "Saved &lt;b&gt;" in html and "<form" not in html

    def test_offers_to_take_it_back_by_a_form_with_its_token(self):
        html = self.draw(Message(constants.SUCCESS, json.dumps({"text": "Archived", "undo": "/undo/7/"}), "undo"))
        assert '<form method="post" action="/undo/7/"' in html and "csrfmiddlewaretoken" in html and "Archived" in html

    def test_shows_trouble_as_trouble(self):
        assert "toast-bad" in self.draw(Message(constants.ERROR, "Not saved"))


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_shell")
class TestNoticesPart:
    def test_goes_when_there_is_nothing_more_to_say(self, client_of, nora):
        client, answers = client_of(nora, headers={"HX-Request": "true"}), [{"text": "Loading", "poll": True}]
        shell.register_notice(lambda request: answers)
        assert 'hx-get="/banners/" hx-trigger="poll"' in client.get("/banners/").content.decode()
        answers.clear()
        assert client.get("/banners/").content.decode().strip() == ""
