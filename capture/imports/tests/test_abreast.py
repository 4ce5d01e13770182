"""Two chunks at once come to the same as one after the other, and never wait for each other for good."""

import threading
from datetime import UTC, datetime

import pytest

from capture import joining
from capture.arrivals import Arrival, Entry
from capture.imports import abreast, checking, entering, running
from capture.imports.tests import made
from capture.models import ImportRow, ImportRun
from leads.cleaning import Cleaned
from leads.models import Channel, Lead, LeadEvent, PossibleDuplicate
from tests.factories import leads as make

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 60  # seconds a lane has to come, on a busy machine


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(entering, "CHUNK", 10)
    monkeypatch.setattr(checking, "CHUNK", 10)


def neighbours(mark: int, count: int = 60) -> bytes:
    """Sixty people of whom some share a number with one of the chunk before, and some are new names for a source."""
    rows = [[*row, ""] for row in made.people(count)]
    for number, row in enumerate(rows):
        row[3] = f"p{number}@m{mark}.example"
        row[4] = f"+4930{mark}{number - 9 if number % 7 == 0 and number > 9 else number:06}"
        row[-1] = f"Fair {number // 15}"
    return made.table([[*made.HEADER, "Source"], *rows])


def story(mark: int) -> dict[str, object]:
    mine = Lead.objects.filter(email_domain=f"m{mark}.example").order_by("email_key")
    number = {lead.pk: n for n, lead in enumerate(mine)}
    pairs = PossibleDuplicate.objects.filter(lead__in=mine, other__in=mine)
    return {
        "leads": [(lead.name, lead.source.name, lead.phones.count(), lead.emails.count()) for lead in mine.select_related("source")],
        "pairs": sorted(tuple(sorted((number[pair.lead_id], number[pair.other_id]))) for pair in pairs),
        "events": LeadEvent.objects.filter(lead__in=mine, kind="created").count(),
    }


class TestAbreast:
    def test_comes_to_the_same_as_one_after_the_other(self, import_file, monkeypatch):
        together = import_file(neighbours(1), name="a.csv")
        monkeypatch.setattr(abreast, "are_possible", lambda: False)
        alone = import_file(neighbours(2), name="b.csv")
        for run in (together, alone):
            assert (run.step, run.created_count, run.joined_count, run.next_line) == ("finished", 60, 0, 60), run.last_error
        assert story(1) == story(2) and story(1)["pairs"]
        fates = [list(run.import_rows.order_by("number").values_list("number", "fate")) for run in (together, alone)]
        assert fates[0] == fates[1]

    def test_really_has_two_under_way(self, check_file, at, monkeypatch):
        run = check_file(made.leads(40))
        barrier, claim = threading.Barrier(2), abreast.Place.claim

        def meet(place, *args):
            barrier.wait(WAIT)
            claim(place, *args)

        monkeypatch.setattr(abreast.Place, "claim", meet)
        running.start(run, at=at)
        running.advance()
        run.refresh_from_db()
        assert (run.step, run.created_count) == ("finished", 40), run.last_error

    def test_that_want_one_lead_the_wrong_way_round_go_one_by_one(self, check_file, at, north, monkeypatch):
        """The second chunk has the lead first, the first one wants it: only patience ends that."""
        rows = [*made.people(20)]
        rows[0][3], rows[10][3] = "known@aalto.example", ""
        rows[10][0], rows[10][1], rows[10][4] = "Known Person", "", "+49304440000"
        run = check_file(made.table([made.HEADER, *rows]))
        known = make.lead("Known Person", team=north, email="known@aalto.example", phone="+49304440000", at=at)
        lock, second_has_it = joining.lock, threading.Event()

        def in_the_wrong_order(keys):
            if "lane-0" in threading.current_thread().name and known.pk in keys:
                assert second_has_it.wait(WAIT)
            found = lock(keys)
            if known.pk in keys:
                second_has_it.set()
            return found

        monkeypatch.setattr(joining, "lock", in_the_wrong_order)
        monkeypatch.setattr(abreast, "PATIENCE_MS", 300)
        running.start(run, at=at)
        running.advance()
        run.refresh_from_db()
        assert (run.step, run.created_count, run.joined_count) == ("finished", 18, 2), run.last_error
        assert set(ImportRow.objects.filter(import_run=run, fate="joined").values_list("lead", flat=True)) == {known.pk}

    def test_one_that_fails_lets_none_after_it_in(self, check_file, at, monkeypatch):
        run, settle = check_file(made.leads(50)), entering.settle

        def fail(held, after, last, fates):
            if after == 20:
                raise ValueError("the disk is full of sand")
            settle(held, after, last, fates)

        monkeypatch.setattr(entering, "settle", fail)
        running.start(run, at=at)
        running.advance(seconds=600)
        run.refresh_from_db()
        assert (run.next_line, run.created_count, Lead.objects.count()) == (20, 20, 20)
        assert "sand" in run.last_error
        monkeypatch.setattr(entering, "settle", settle)
        ImportRun.objects.filter(pk=run.pk).update(due_at=at)
        running.advance()
        run.refresh_from_db()
        assert (run.step, run.created_count, Lead.objects.filter(channel=Channel.IMPORT).count()) == ("finished", 50, 50)


def entry(email: str = "", phone: str = "", tags: tuple = (), **origins: str) -> Entry:
    cleaned = Cleaned(emails=[(email, email)] if email else [], phones=[(phone, phone, "")] if phone else [], tags=list(tags), origins=origins)
    return Entry(Arrival(1, Channel.IMPORT, {}, datetime(2026, 11, 3, tzinfo=UTC)), cleaned)


ADA = {"email": "ada@one.example", "phone": "+4930123"}
KNOWN = {("source", "Fair"): 1, ("tag", "Booths"): 2}


class TestClaim:
    """Whether a chunk waits for the one before it to be in, decided without any clock or thread."""

    @pytest.fixture(autouse=True)
    def waits(self, monkeypatch):
        waited: list[abreast.Place] = []
        monkeypatch.setattr(abreast.Place, "wait", lambda place: waited.append(place))
        return waited

    def second(self, *entries: Entry, before: tuple[Entry, ...] = (entry(**ADA),)) -> abreast.Place:
        first = abreast.Place(None)
        first.claim(before, KNOWN)
        place = abreast.Place(first)
        place.claim(entries, KNOWN)
        return place

    @pytest.mark.parametrize(
        "met",
        [{"email": "ada@one.example"}, {"phone": "+4930123"}, {"email": "bo@two.example", "phone": "+4930123"}, {"source": "Fair 2"},
         {"tags": ("Lockers",)}, {"tags": ("Booths", "Lockers")}, {"campaign": "Fair"}],
    )  # fmt: skip
    def test_waits_for_whom_it_shares_and_for_names_to_be_added(self, met, waits):
        place = self.second(entry("cleo@three.example"), entry(**met))
        assert waits == [place]

    @pytest.mark.parametrize(
        "apart",
        [{}, {"email": "bo@two.example"}, {"phone": "+4930124"}, {"email": "bo@two.example", "source": "Fair", "tags": ("Booths",)}, {"source": ""}],
    )
    def test_goes_on_at_once_otherwise(self, apart, waits):
        self.second(entry(**apart))
        assert waits == []

    def test_goes_on_when_only_the_one_before_adds_a_name(self, waits):
        self.second(entry("bo@two.example"), before=(entry(source="Fair 3"),))
        assert waits == []

    def test_never_waits_as_the_first_one(self, waits):
        first = abreast.Place(None)
        first.claim([entry(**ADA), entry(source="Fair 4")], KNOWN)
        assert waits == [] and first.is_named.is_set() and first.named == {"ada@one.example", "+4930123"}

    def test_an_address_several_share_within_a_chunk_is_no_reason(self, waits):
        self.second(entry("bo@two.example"), entry("bo@two.example"))
        assert waits == []


class TestWait:
    def test_ends_when_the_chunk_before_is_in(self):
        first = abreast.Place(None)
        first.end(None)
        abreast.Place(first).wait()
        first.wait()
        assert first.done.done()

    def test_is_given_up_when_the_chunk_before_fell(self):
        first = abreast.Place(None)
        first.end(ValueError("a bad row"))
        with pytest.raises(abreast.Fallen):
            abreast.Place(first).wait()
