"""Telling people: once, as they wish, in digests when there is much."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from core import live, notices
from core.models import Notice, NoticeWishes
from core.notices import kinds
from tests.factories import leads


@pytest.fixture(autouse=True)
def sort():
    """Two kinds of a topic, apart from the product's own."""
    before = dict(kinds.KINDS)
    for key in ("handed", "taken"):
        words = lambda values, n, key=key: f"{values['subject']} {key}" if n == 1 else f"{n} {key}"  # noqa: E731
        notices.register(key, key.capitalize(), "bell", words=words, topic="test", many_url="leads:leads")
    yield
    kinds.KINDS.clear()
    kinds.KINDS.update(before)


class TestNotify:
    def test_tells_one_person_with_the_records_name_and_page(self, nora, omar, at):
        lead = leads.lead("Ada Lovelace", owner=nora)
        notices.notify(nora, "handed", about=lead, key="a", at=at, by=omar)
        [told] = nora.notices.all()
        assert (str(told), told.url, told.values["by"]) == (
            "Ada Lovelace handed",
            lead.get_absolute_url(),
            "Omar Haddad",
        )

    def test_says_the_same_thing_once(self, nora, at):
        for _time in range(2):
            notices.notify(nora, "handed", key="a", at=at)
        assert nora.notices.count() == 1

    def test_is_silent_about_what_one_did_oneself(self, nora, at):
        notices.notify(nora, "handed", key="a", at=at, by=nora)
        assert not Notice.objects.exists()

    def test_is_silent_to_nobody_and_to_who_left(self, nora, at):
        notices.notify(None, "handed", key="a", at=at)
        type(nora).objects.filter(pk=nora.pk).update(is_active=False)
        notices.notify(nora.pk, "handed", key="a", at=at)
        assert not Notice.objects.exists()

    @pytest.mark.parametrize(("wish", "stored", "by_mail"), [("app", 1, False), ("mail", 1, True), ("off", 0, False)])
    def test_comes_as_the_person_wishes(self, nora, omar, at, wish, stored, by_mail):
        NoticeWishes.objects.create(person=nora, by_kind={"handed": wish})
        notices.notify(nora, "handed", key="a", at=at)
        notices.notify(omar, "handed", key="a", at=at)
        assert list(nora.notices.values_list("by_mail", flat=True)) == [by_mail] * stored
        assert omar.notices.get().by_mail

    def test_settles_what_it_replaces(self, nora, omar, at):
        ada, grace = leads.lead("Ada"), leads.lead("Grace")
        for person in (nora, omar):
            notices.notify(person, "handed", about=ada, key="a", at=at)
            notices.notify(person, "handed", about=grace, key="g", at=at)
        notices.notify(nora, "taken", about=ada, key="b", at=at + timedelta(minutes=1))
        assert set(nora.notices.unread().values_list("key", flat=True)) == {"g", "b"}
        assert set(omar.notices.unread().values_list("key", flat=True)) == {"a", "g"}

    def test_goes_with_the_transaction(self, nora, at):
        with pytest.raises(RuntimeError), transaction.atomic():
            notices.notify(nora, "handed", key="a", at=at)
            raise RuntimeError
        assert not Notice.objects.exists()

    def test_tells_open_pages_after_the_commit(self, nora, at, monkeypatch, django_capture_on_commit_callbacks):
        told = []
        monkeypatch.setattr(live, "publish", lambda *topics: told.append(topics))
        with django_capture_on_commit_callbacks(execute=True):
            notices.notify(nora, "handed", key="a", at=at)
            assert told == []
        assert told == [(f"person:{nora.pk}",)]

    def test_keeps_names_in_every_script(self, nora, at):
        lead = leads.lead("山田 太郎 \U0001f469‍\U0001f680 " + "x" * 250)
        notices.notify(nora, "handed", about=lead, key="a", at=at)
        assert nora.notices.get().values["subject"] == lead.name

    def test_of_an_unknown_kind_still_reads(self, nora, at):
        notices.notify(nora, "from_elsewhere", about=leads.lead("Ada"), key="a", at=at)
        assert str(nora.notices.get()) == "Ada"


class TestGathered:
    def hand_out(self, people, at, **how):
        with notices.gathered("change:1", **how):
            for n, person in enumerate(people):
                notices.notify(person, "handed", about=leads.lead(f"Lead {n}"), key=f"l{n}", at=at)

    def test_makes_one_digest_of_many(self, nora, omar, at):
        self.hand_out([nora, nora, omar, nora], at)
        assert [str(told) for told in nora.notices.all()] == ["3 handed"]
        assert nora.notices.get().url == "/leads/"
        assert str(omar.notices.get()) == "Lead 2 handed"

    def test_may_leave_a_few_as_they_are(self, nora, at):
        self.hand_out([nora, nora, nora], at, at_most=3)
        assert nora.notices.count() == 3

    def test_grows_with_the_same_key(self, nora, at):
        for _part in range(2):
            self.hand_out([nora, nora], at, grows=True)
        assert nora.notices.get().n == 4

    def test_says_a_digest_once(self, nora, at):
        for _time in range(2):
            self.hand_out([nora, nora], at)
        assert nora.notices.get().n == 2

    def test_tells_nothing_when_the_block_fails(self, nora, at):
        with pytest.raises(RuntimeError), notices.gathered("change:1"):
            notices.notify(nora, "handed", key="a", at=at)
            raise RuntimeError
        notices.notify(nora, "taken", key="b", at=at)
        assert list(nora.notices.values_list("key", flat=True)) == ["b"]

    def test_inside_another_belongs_to_it(self, nora, at):
        with notices.gathered("outer"):
            self.hand_out([nora, nora], at, at_most=5)
            assert not Notice.objects.exists()
        assert nora.notices.get().key == "handed:outer"

    def test_muted_tells_nobody(self, nora, at):
        with notices.muted():
            notices.notify(nora, "handed", key="a", at=at)
        assert not Notice.objects.exists()


class TestAtOnce:
    @pytest.mark.django_db(transaction=True)
    def test_eight_tellers_of_the_same_thing_tell_it_once(self, nora, at):
        errors = []

        def tell():
            try:
                notices.notify(nora, "handed", key="a", at=at)
            except Exception as error:  # noqa: BLE001 - shown by the assertion
                errors.append(error)
            finally:
                connection.close()

        tellers = [threading.Thread(target=tell) for _n in range(8)]
        for teller in tellers:
            teller.start()
        for teller in tellers:
            teller.join(timeout=60)
        assert (errors, nora.notices.count()) == ([], 1)
