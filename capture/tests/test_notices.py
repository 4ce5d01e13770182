"""Whom imports and the front door tell, and of what."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from capture.imports import uploads
from capture.imports.leases import Held
from capture.models import ImportRun
from capture.notices import tell, tell_of_pairs
from core.models import Notice
from tests.factories import leads

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def run(tess, north):
    made = uploads.keep([b"name,email\nAda,ada@lovelace.example\n"], by=tess, name="fair.csv", team=north)
    return ImportRun.objects.get(pk=made.pk)


class TestImports:
    def test_tell_who_began_them_that_they_are_through(self, run, tess):
        ImportRun.objects.filter(pk=run.pk).update(created_count=7, joined_count=2, rejected_count=1)
        for _time in range(2):
            tell(run, at=AT)
        [notice] = tess.notices.all()
        assert str(notice) == "The import of fair.csv is through: 7 created, 2 joined, 1 rejected."
        assert notice.url == f"/import/{run.pk}/"

    def test_tell_that_a_file_can_not_be_read(self, run, tess):
        ImportRun.objects.filter(pk=run.pk).update(step="failed")
        tell(run, at=AT)
        assert str(tess.notices.get()) == "The import of fair.csv stopped: it can’t be read."

    def test_that_lost_its_lease_tells_nobody(self, run):
        from capture.imports.leases import Lost
        from capture.imports.refusals import Refused

        run.token = uuid4()
        with pytest.raises(Lost):
            Held(run, 1).refuse(Refused("import_empty"))
        assert not Notice.objects.exists()


class TestPairs:
    def test_tell_the_managers_of_both_teams_once(self, nora, vera, tess, south):
        ours, theirs = leads.lead("Ada", owner=nora), leads.lead("Ada", owner=vera)
        for _time in range(2):
            tell_of_pairs([(ours.pk, theirs.pk)], at=AT)
        assert [str(notice) for notice in tess.notices.all()] == [
            "1 new lead may be the same as one that is there. Look at the pair."
        ]
        assert not nora.notices.exists()

    def test_without_a_pair_tell_nobody(self, nora):
        tell_of_pairs([], at=AT)
        assert not Notice.objects.exists()
