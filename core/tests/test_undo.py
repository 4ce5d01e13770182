from datetime import timedelta

import pytest

from core import undo
from core.models import Change, Tag
from tests.factories import leads


@pytest.fixture
def archived(nora, at):
    """A lead Nora archived, and the change that can take it back."""
    lead = leads.lead("Ada Lovelace", owner=nora, at=at)
    with undo.recording("archive", by=nora, at=at) as change:
        change.touching(lead, "archived_at", "archive_reason")
        lead.archive("put away", at=at, by=nora)
    return lead, Change.objects.get(pk=change.pk)


class TestAsk:
    def test_puts_every_touched_column_back(self, archived, nora, at):
        lead, change = archived
        undo.ask(change, by=nora, at=at)
        lead.refresh_from_db()
        assert (lead.archived_at, lead.archive_reason, lead.is_open) == (None, "", True)

    def test_tells_the_story_of_the_undo(self, archived, nora, at):
        lead, change = archived
        undo.ask(change, by=nora, at=at)
        assert lead.events.filter(kind="undone", details__verb="archive", actor=nora).count() == 1

    def test_keeps_and_names_what_was_edited_since(self, archived, nora, at):
        lead, change = archived
        type(lead).objects.filter(pk=lead.pk).update(archive_reason="for another reason")
        change = undo.ask(change, by=nora, at=at)
        lead.refresh_from_db()
        assert lead.archive_reason == "for another reason"
        assert change.undo == Change.Undo.KEPT
        assert [kept["code"] for kept in change.kept] == ["undo_edited_since"]

    def test_twice_is_too_late(self, archived, nora, at):
        _, change = archived
        undo.ask(change, by=nora, at=at)
        with pytest.raises(undo.TooLate):
            undo.ask(change, by=nora, at=at)

    def test_after_thirty_days_is_too_late(self, archived, nora, at):
        lead, change = archived
        with pytest.raises(undo.TooLate):
            undo.ask(change, by=nora, at=at + timedelta(days=30, seconds=1))
        lead.refresh_from_db()
        assert lead.archived_at is not None

    def test_removes_what_the_act_made(self, nora, at):
        with undo.recording("tag", by=nora, at=at) as change:
            change.created(Tag.objects.create(name="Fair"))
        undo.ask(Change.objects.get(pk=change.pk), by=nora, at=at)
        assert not Tag.objects.filter(name="Fair").exists()

    def test_leaves_a_large_change_to_the_bulk_worker(self, nora, at, settings):
        with undo.recording("tags", by=nora, at=at) as change:
            for number in range(101):
                change.created(Tag.objects.create(name=f"Tag {number}"))
        asked = undo.ask(Change.objects.get(pk=change.pk), by=nora, at=at)
        assert asked.undo == Change.Undo.ASKED
        assert Tag.objects.filter(name__startswith="Tag ").count() == 101

        from core.tasks import bulk_undo

        assert (bulk_undo(), bulk_undo()) == (1, 0)
        assert not Tag.objects.filter(name__startswith="Tag ").exists()


class TestTheAddress:
    def test_takes_ones_own_change_back(self, archived, nora, client_of):
        lead, change = archived
        answer = client_of(nora).post(undo.address(change), headers={"HX-Request": "true"})
        lead.refresh_from_db()
        assert answer.status_code == 204
        assert lead.is_open

    def test_does_not_exist_for_anybody_else(self, archived, vera, client_of):
        lead, change = archived
        assert client_of(vera).post(undo.address(change)).status_code == 404
        lead.refresh_from_db()
        assert not lead.is_open

    def test_goes_back_to_the_page_it_came_from_and_never_elsewhere(self, archived, nora, client_of):
        lead, change = archived
        answer = client_of(nora).post(undo.address(change), {"next": "https://evil.example/"})
        assert answer["Location"] == "/"
