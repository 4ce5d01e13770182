"""Settings of the organisation: a process that changed one sees it at once."""

from datetime import timedelta

import pytest
from django.core.cache import cache, caches

from core import business
from core.models import AuditEntry, Setting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    """A few settings of our own beside the product's."""
    monkeypatch.setattr(business, "DECLARED", dict(business.DECLARED))
    monkeypatch.setattr(business, "NEAR", 3600)  # seconds: no slow machine forgets in mid-test
    business.declare("test_number", int, 3, "Number")
    business.declare("test_length", timedelta, timedelta(minutes=5), "Length")


class TestPut:
    @pytest.mark.parametrize(
        ("key", "values"),
        [("test_number", [7, 0, 7]), ("test_length", [timedelta(hours=1), timedelta(0)]), ("organisation_name", ["Fjord", "", "<b>"]),
         ("demo_loaded", [True, False])],
    )  # fmt: skip
    def test_is_seen_at_once_by_the_process_that_did_it(self, key, values):
        business.get(key)  # now this process knows the settings by itself, and so does the cache
        for value in values:
            business.put(key, value)
            assert business.get(key) == value

    def test_leaves_the_others_as_they_were(self):
        business.put("test_number", 8)
        assert business.get("test_length") == timedelta(minutes=5) and business.get("test_number") == 8

    def test_is_read_once_and_then_known(self, django_assert_num_queries):
        business.put("test_number", 8)
        with django_assert_num_queries(1):
            assert [business.get("test_number") for _time in range(20)] == [8] * 20

    def test_reaches_another_process_when_its_own_knowledge_ends(self):
        """What another process wrote is in the table and no longer in the cache both share."""
        business.put("test_number", 8)
        assert business.get("test_number") == 8
        Setting.objects.filter(key="test_number").update(value=9)
        cache.clear()
        assert business.get("test_number") == 8
        caches["parts"].clear()
        assert business.get("test_number") == 9

    def test_refuses_another_type_and_writes_nothing(self):
        with pytest.raises(TypeError):
            business.put("test_number", "8")
        assert business.get("test_number") == 3 and not AuditEntry.objects.filter(target="test_number").exists()
