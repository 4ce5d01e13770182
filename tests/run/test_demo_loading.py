"""Demo data go on loading after a failure, on a small process in their place."""

import sys

import pytest

from crm_site.run import spawn, state
from crm_site.run.demo import DemoLoading
from crm_site.run.places import Places
from crm_site.run.say import Terminal
from crm_site.run.supervisor import Supervisor

FAILS_TWICE = """
import pathlib, sys
told = pathlib.Path(sys.argv[1])
told.write_text((told.read_text() if told.exists() else "") + "x")
raise SystemExit(0 if len(told.read_text()) == 3 else 1)
"""


@pytest.fixture
def load(var, capsys):
    """Run the loading to its end; return (times it ran, whether it is still wanted, what was said)."""
    places = Places(var)
    places.prepare()
    wanted, told = places.run / "demo-wanted", var / "told"

    def run(program: str, **options) -> tuple[int, bool, str]:
        wanted.touch()
        supervisor = Supervisor(places, Terminal())
        command = spawn.Command("demo", [sys.executable, "-c", program, str(told)], {}, places.log_of("demo"))
        DemoLoading(supervisor, command, wanted, pause=0, **options).begin()

        def is_over() -> bool:
            supervisor.tend()
            return not supervisor.on_tick

        assert state.wait_for(is_over, seconds=120)
        assert "demo" not in state.read(places)["processes"]
        return len(told.read_text()), wanted.exists(), capsys.readouterr().out

    return run


class TestDemoLoading:
    def test_goes_on_after_a_failure_until_the_data_are_whole(self, load):
        ran, is_wanted, said = load(FAILS_TWICE)
        assert (ran, is_wanted) == (3, False)
        assert said.count("It goes on in a moment.") == 2
        assert "Demo data are in" in said

    def test_leaves_the_rest_to_the_next_start_after_some_tries(self, load):
        ran, is_wanted, said = load(FAILS_TWICE, tries=2)
        assert (ran, is_wanted) == (2, True)
        assert "The next start tries again." in said
