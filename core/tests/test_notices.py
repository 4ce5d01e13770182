"""Telling people: once, as they wish, in digests when there is much."""

import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from django.utils.formats import date_format

from core import clock, live, notices
from core.models import Notice, NoticeWishes
from core.notices import kinds, mailing, presence
from correspondence.models import OutgoingMail
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

    def test_that_grew_knows_all_it_is_about(self, nora, at, monkeypatch):
        for _part in range(2):
            self.hand_out([nora, nora], at, grows=True)
        assert len(set(nora.notices.get().values["rows"])) == 4

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


class TestPage:
    @pytest.fixture
    def told(self, nora, at):
        for n in range(3):
            notices.notify(
                nora, "handed", about=leads.lead(f"Lead {n}", owner=nora), key=f"l{n}", at=at + timedelta(minutes=n)
            )
        return list(nora.notices.newest_first())

    def test_lists_ones_own_newest_first(self, client_of, nora, omar, told, at):
        notices.notify(omar, "handed", about=leads.lead("Somebody else"), key="x", at=at)
        text = client_of(nora).get("/notices/").content.decode()
        assert text.index("Lead 2 handed") < text.index("Lead 0 handed")
        assert "Somebody else" not in text
        assert "3 unread" in text

    def test_the_dialog_says_the_same(self, client_of, nora, told):
        text = client_of(nora).get("/notices/", headers={"HX-Request": "true"}).content.decode()
        assert all(f"Lead {n} handed" in text for n in range(3))
        assert "<html" not in text

    def test_counts_the_unread_in_the_bell_of_every_page(self, client_of, nora, told):
        assert "Notices, 3 unread" in client_of(nora).get("/").content.decode()

    def test_marks_one_read_and_unread_again(self, client_of, nora, told):
        client = client_of(nora)
        assert client.post(f"/notices/{told[0].pk}/").status_code == 302
        assert nora.notices.unread().count() == 2
        client.post(f"/notices/{told[0].pk}/", {"read": "0"})
        assert nora.notices.unread().count() == 3

    def test_marks_all_read_that_were_shown(self, client_of, nora, told, at):
        client = client_of(nora)
        notices.notify(nora, "handed", key="later", at=at)
        client.post("/notices/reading/", {"newest": max(notice.pk for notice in told)})
        assert list(nora.notices.unread().values_list("key", flat=True)) == ["later"]

    def test_is_nobody_elses(self, client_of, omar, told):
        assert client_of(omar).post(f"/notices/{told[0].pk}/").status_code == 404
        client_of(omar).post("/notices/reading/", {"newest": "999999999"})
        assert Notice.objects.unread().count() == 3

    def test_goes_on_to_older_ones(self, client_of, nora, told, monkeypatch):
        monkeypatch.setattr("core.limits.PAGE_ROWS", 2)
        client = client_of(nora)
        first = client.get("/notices/").content.decode()
        assert "Lead 0 handed" not in first and f"before={told[1].pk}" in first
        rest = client.get(f"/notices/?before={told[1].pk}").content.decode()
        assert "Lead 0 handed" in rest and "Lead 1 handed" not in rest

    @pytest.mark.parametrize(
        "address", ["/notices/?before=x", "/notices/?before=99999999999999999", "/notices/?show=all"]
    )
    def test_takes_any_address(self, client_of, nora, told, address):
        assert client_of(nora).get(address).status_code == 200

    def test_the_bell_names_the_newest(self, client_of, nora, told):
        text = client_of(nora).get("/notices/bell/", headers={"HX-Request": "true"}).content.decode()
        assert f'data-newest="{told[0].pk}"' in text and "Lead 2 handed" in text


class TestWishes:
    def test_are_kept(self, client_of, nora):
        client = client_of(nora)
        assert "Handed" in client.get("/notices/wishes/").content.decode()
        given = {kind.key: kind.default for kind in kinds.in_order()}
        answer = client.post("/notices/wishes/", {**given, "handed": "off", "remind_minutes": 5, "away_minutes": 20})
        assert answer.status_code == 302
        wishes = NoticeWishes.objects.get(person=nora)
        assert (wishes.wish("handed"), wishes.wish("taken"), wishes.remind_minutes, wishes.away_minutes) == (
            "off",
            "mail",
            5,
            20,
        )

    def test_refuse_an_unknown_way(self, client_of, nora):
        given = {kind.key: kind.default for kind in kinds.in_order()}
        answer = client_of(nora).post(
            "/notices/wishes/", {**given, "handed": "sms", "remind_minutes": 5, "away_minutes": 20}
        )
        assert (answer.status_code, NoticeWishes.objects.count()) == (422, 0)


class TestMail:
    @pytest.fixture(autouse=True)
    def nobody_is_there(self, nora, omar):
        for person in (nora, omar):
            cache.delete(presence._key(person.pk))

    def tell(self, person, at, key="a", **more):
        notices.notify(
            person,
            "handed",
            about=more.pop("about", None) or leads.lead(f"Lead {key}", owner=person),
            key=key,
            at=at,
            **more,
        )

    def test_brings_all_that_waits_in_one_message(self, nora, at):
        self.tell(nora, at)
        self.tell(nora, at, "b")
        assert mailing.mail_those_away(at=at + timedelta(minutes=11)) == 1
        mail = OutgoingMail.objects.get()
        assert (mail.to, mail.subject) == (nora.email, "Lead b handed, and 1 more notice")
        assert "Lead a handed" in mail.text and "/leads/" in mail.text and "/notices/wishes/" in mail.text

    def test_is_read_with_and_without_html(self, nora, at):
        lead = leads.lead("<b>Bo</b> & Co", owner=nora)
        self.tell(nora, at, about=lead)
        mailing.mail_those_away(at=at + timedelta(minutes=11))
        mail = OutgoingMail.objects.get()
        assert "<b>Bo</b> & Co handed" in mail.text and lead.get_absolute_url() in mail.text
        assert "&lt;b&gt;Bo&lt;/b&gt; &amp; Co handed" in mail.html and "<b>Bo" not in mail.html
        assert f'href="{settings.PUBLIC_URL}{lead.get_absolute_url()}"' in mail.html and "prefers-color-scheme: dark" in mail.html
        assert mail.html.count('class="em-btn"') == 1 and "<script" not in mail.html and "src=" not in mail.html

    def test_names_what_a_digest_is_about(self, nora, vera, at):
        seen, gone = leads.lead("Hers", owner=nora), leads.lead("Not hers", owner=vera)
        with notices.gathered("many", at_most=1):
            for lead in (seen, gone, *(leads.lead(f"Further {n}", owner=nora) for n in range(11))):
                notices.notify(nora, "handed", about=lead, key=str(lead.pk), at=at)
        mailing.mail_those_away(at=at + timedelta(minutes=11))
        mail = OutgoingMail.objects.get()
        assert mail.subject == "13 handed" and "Not hers" not in mail.text + mail.html
        assert f"- Hers: {settings.PUBLIC_URL}{seen.get_absolute_url()}" in mail.text and "and 2 more" in mail.text
        assert f'{seen.get_absolute_url()}"' in mail.html and "Further 8" in mail.html and "Further 9" not in mail.html

    def test_of_three_digests_is_one_for_each_person(self, nora, omar, at):
        """Three acts for one person in one window: one mail that names all three. For two people: each has their own."""
        for act in range(3):
            for person in (nora, omar) if act == 0 else (nora,):
                with notices.gathered(f"act:{act}"):
                    for n in range(4 + act):
                        self.tell(person, at + timedelta(seconds=act), f"{act}-{n}")
        assert mailing.mail_those_away(at=at + timedelta(minutes=11)) == 2
        texts = {mail.to: mail.text for mail in OutgoingMail.objects.all()}
        assert all(f"{n} handed" in texts[nora.email] for n in (4, 5, 6)) and "4 handed" in texts[omar.email]

    def test_waits_and_reads_as_each_person_wishes(self, nora, omar, at):
        """One is away sooner, in another zone; the other wants this kind in the app alone."""
        NoticeWishes.objects.create(person=nora, away_minutes=2)
        NoticeWishes.objects.create(person=omar, by_kind={"handed": "app"}, away_minutes=2)
        type(nora).objects.filter(pk=nora.pk).update(time_zone="Pacific/Auckland")
        for person in (nora, omar):
            self.tell(person, at, person.email)
        assert mailing.mail_those_away(at=at + timedelta(minutes=3)) == 1
        local = timezone.localtime(at, ZoneInfo("Pacific/Auckland"))
        mail = OutgoingMail.objects.get()
        assert mail.to == nora.email and date_format(local, "TIME_FORMAT") in mail.text and date_format(local, "DATE_FORMAT") in mail.text

    def test_that_cannot_be_written_holds_nobody_else_up(self, nora, omar, at):
        type(nora).objects.filter(pk=nora.pk).update(email="nobody at all")
        for person in (nora, omar):
            self.tell(person, at, person.name)
        assert mailing.mail_those_away(at=at + timedelta(minutes=11)) == 1
        assert OutgoingMail.objects.get().to == omar.email
        assert nora.notices.filter(mailed_at__isnull=True).count() == 1

    def test_counts_what_it_cannot_name(self, nora, at, monkeypatch):
        monkeypatch.setattr("core.notices.verbs.MOST_ROWS", 11)
        monkeypatch.setattr(mailing, "MOST_ROWS", 11)
        with notices.gathered("many"):
            for n in range(30):
                self.tell(nora, at, str(n))
        mailing.mail_those_away(at=at + timedelta(minutes=11))
        assert "and 20 more" in OutgoingMail.objects.get().text

    def test_comes_once(self, nora, at):
        self.tell(nora, at)
        later = at + timedelta(minutes=11)
        assert [mailing.mail_those_away(at=later), mailing.mail_those_away(at=later)] == [1, 0]
        self.tell(nora, later, "b")
        assert mailing.mail_those_away(at=later + timedelta(minutes=11)) == 1
        assert [mail.subject for mail in OutgoingMail.objects.order_by("pk")] == ["Lead a handed", "Lead b handed"]

    def test_waits_for_who_is_there(self, nora, at):
        self.tell(nora, at)
        presence.note(nora.pk, at=at + timedelta(minutes=5))
        assert mailing.mail_those_away(at=at + timedelta(minutes=11)) == 0
        assert mailing.mail_those_away(at=at + timedelta(minutes=16)) == 1

    def test_leaves_out_what_was_read_is_old_or_is_not_wished(self, nora, omar, at):
        NoticeWishes.objects.create(person=omar, by_kind={"handed": "app"})
        self.tell(omar, at)
        self.tell(nora, at - timedelta(hours=25), "old")
        self.tell(nora, at, "read")
        nora.notices.update(read_at=at)
        assert mailing.mail_those_away(at=at + timedelta(minutes=30)) == 0

    def test_says_nothing_of_what_one_may_no_longer_see(self, nora, vera, at):
        self.tell(nora, at, about=leads.lead("Not hers", owner=vera))
        self.tell(nora, at, "b")
        mailing.mail_those_away(at=at + timedelta(minutes=11))
        assert "Not hers" not in OutgoingMail.objects.get().text

    def test_opening_a_page_is_being_there(self, client_of, nora):
        client_of(nora).get("/notices/")
        assert presence.away_since({nora.pk: 1}, at=clock.now()) == set()
        assert presence.away_since({nora.pk: 1}, at=clock.now() + timedelta(minutes=2)) == {nora.pk}
