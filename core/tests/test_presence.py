"""A person who goes from page to page is noted once in a while, not at each of them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches

from core import clock
from core.notices import presence

pytestmark = pytest.mark.django_db
WINDOW = 3600  # seconds here, so that none ends by itself on a slow machine
START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)  # where a window begins


@pytest.fixture
def noted(monkeypatch):
    """Return the moments at which somebody was noted."""
    moments: list[tuple[int, datetime]] = []
    monkeypatch.setattr(presence, "AGAIN", WINDOW)
    monkeypatch.setattr(presence, "note", lambda person, at: moments.append((person, at)))
    caches["parts"].clear()
    return moments


def open_page(client, second: float, *, by="get", **headers):
    with clock.stopped_at(START + timedelta(seconds=second)):
        return getattr(client, by)("/search/", headers=headers)


class TestPresence:
    def test_is_noted_at_most_once_in_a_window(self, client_of, nora, noted):
        client = client_of(nora)
        for second in (0, 1, 7, WINDOW - 1, WINDOW, WINDOW + 3, 2 * WINDOW - 1, 5 * WINDOW):
            open_page(client, second)
        assert noted == [(nora.pk, START + timedelta(seconds=second)) for second in (0, WINDOW, 5 * WINDOW)]

    def test_is_each_persons_own(self, client_of, nora, omar, noted):
        for person in (nora, omar, nora, omar):
            open_page(client_of(person), 2)
        assert [person for person, _at in noted] == [nora.pk, omar.pk]

    def test_is_no_part_that_a_page_fetches_by_itself(self, client_of, nora, noted):
        client = client_of(nora)
        open_page(client, 0, **{"HX-Request": "true"})
        assert noted == []
        open_page(client, 1, by="post", **{"HX-Request": "true"})
        assert len(noted) == 1

    def test_is_nobodys_who_did_not_sign_in(self, client, noted):
        open_page(client, 0)
        assert noted == []
