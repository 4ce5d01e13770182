"""R1, R2 and R20 in small: 300 leads and 6 kills in the default tier, a longer seed in the slow one."""

import json

import pytest

from crm_site.run import tree
from tests.harness.schema import prepare
from tests.storm import storm

pytestmark = pytest.mark.usefixtures("django_db_setup")  # which remembers the migrated database


def weather(folder, *, leads: int, kills: int, seed: int, seconds: float) -> None:
    prepare(folder)
    with tree.start(folder, durable=True) as crm:
        form = storm.prepare(crm)
        log = storm.rage(crm, form, leads=leads, kills=kills, seed=seed, seconds=seconds)
        assert len(log.killed) == kills, log.killed
        assert len(log.acknowledged) >= leads * 0.95, f"{len(log.unanswered)} had no answer for {storm.PATIENCE} s; killed {log.killed}; refused {log.refused[:3]}"
        found = storm.losses(log, storm.wait_until_owned(crm, log.acknowledged, seconds=240))
        assert found == {}
        report = crm.manage("check_invariants", "--json", capture_output=True, text=True)
        assert report.returncode == 0, report.stdout[-2000:] + report.stderr[-2000:]
        assert json.loads(report.stdout.splitlines()[-1])["findings"] == []


def test_a_storm_loses_and_doubles_nothing(tmp_path):
    weather(tmp_path, leads=300, kills=6, seed=1, seconds=30)


@pytest.mark.slow
def test_a_longer_storm_loses_and_doubles_nothing(tmp_path):
    weather(tmp_path, leads=3000, kills=24, seed=2, seconds=240)
