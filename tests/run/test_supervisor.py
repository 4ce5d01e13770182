"""The supervisor itself, on small processes: starts again, leaves no orphan, stops what does not want to."""

import itertools
import os
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest

from crm_site.run import locks, state
from crm_site.run.places import ROOT, Places
from tests.run.conftest import environment

PROGRAM = """
import sys
from pathlib import Path
from crm_site.run import spawn, state
from crm_site.run.places import Places
from crm_site.run.say import Terminal
from crm_site.run.supervisor import Stopped, Supervisor

places = Places(Path(sys.argv[1]))
places.prepare()
keeper = Supervisor(places, Terminal())
keeper.listen()

def start(name):
    command = spawn.Command(name, [sys.executable, "-c", sys.argv[2]], {}, places.log_of(name))
    return spawn.Child(command, spawn.start(command))

keeper.keep("web", lambda: start("web"))
try:
    keeper.watch(until=lambda: False)
except Stopped:
    keeper.stop()
print("stopped")
"""

SLEEPS = "import time; time.sleep(600)"
ENDS = """
import time
with open({told!r}, "a") as told:
    print(time.monotonic(), file=told)
raise SystemExit(3)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
PARENT = """
import subprocess, sys, time
for new_session in (False, sys.platform == 'linux'):  # elsewhere only the process group is ended
    subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"],
                     start_new_session=new_session)
time.sleep(600)
"""


@pytest.fixture
def keep(var):
    started = []

    def run(program: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(var), textwrap.dedent(program)], env=environment(), cwd=ROOT,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def entry(var) -> dict:
    return state.read(Places(var))["processes"].get("web", {})


class TestKeep:
    def test_starts_again_what_dies(self, keep, var):
        keeper = keep(SLEEPS)
        assert state.wait_for(lambda: state.is_ours(entry(var)), seconds=60)
        first = entry(var)["pid"]
        os.kill(first, signal.SIGKILL)
        assert state.wait_for(lambda: state.is_ours(entry(var)) and entry(var)["pid"] != first, seconds=60)
        assert entry(var)["restarts"] == 1
        keeper.send_signal(signal.SIGINT)
        said, _ = keeper.communicate(timeout=60)
        assert "web ended (killed by SIGKILL) and is started again" in said

    def test_waits_longer_each_time_for_what_ends_at_once(self, keep, var):
        told = var / "starts"
        keep(ENDS.format(told=str(told)))
        assert state.wait_for(lambda: told.exists() and len(told.read_text().splitlines()) >= 5, seconds=120)
        starts = [float(line) for line in told.read_text().splitlines()]
        pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
        assert all(pause >= least for pause, least in zip(pauses, (0.2, 0.4, 0.8, 1.6), strict=False)), pauses

    def test_ends_the_grandchildren_of_what_was_killed(self, keep, var):
        keep(PARENT)
        assert state.wait_for(lambda: state.is_ours(entry(var)), seconds=60)
        parent = psutil.Process(entry(var)["pid"])
        assert state.wait_for(lambda: len(parent.children()) == 2, seconds=60)
        orphans = parent.children()
        parent.kill()
        assert state.wait_for(lambda: not any(orphan.is_running() for orphan in orphans), seconds=60)
        assert state.wait_for(lambda: state.is_ours(entry(var)) and entry(var)["pid"] != parent.pid, seconds=60)


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_follows_a_signal(self, keep, var, number):
        keeper = keep(SLEEPS)
        assert state.wait_for(lambda: state.is_ours(entry(var)), seconds=60)
        child = psutil.Process(entry(var)["pid"])
        keeper.send_signal(number)
        assert keeper.communicate(timeout=60)[0].endswith("stopped\n")
        assert keeper.returncode == 0
        assert not child.is_running()

    def test_is_forced_by_asking_twice(self, keep, var):
        keeper = keep(STUBBORN)
        log = Places(var).log_of("web")
        assert state.wait_for(lambda: log.exists() and "deaf" in log.read_text(), seconds=60)
        child = psutil.Process(entry(var)["pid"])
        keeper.send_signal(signal.SIGINT)
        assert not state.wait_for(lambda: keeper.poll() is not None, seconds=1), "it is given time"
        keeper.send_signal(signal.SIGINT)
        keeper.communicate(timeout=60)
        assert not child.is_running()


class TestLocks:
    def test_end_with_their_holder_however_it_dies(self, var):
        path = var / "lock"
        holder = subprocess.Popen(
            [sys.executable, "-c", "import sys; from pathlib import Path; from crm_site.run import locks;"
             "locks.take(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()", str(path)],
            env=environment(), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert holder.stdout.readline() == "held\n"
        assert locks.is_held(path)
        assert locks.take(path) is None
        holder.kill()
        holder.communicate()
        assert not locks.is_held(path)

    def test_looking_does_not_disturb_others_who_look(self, var):
        path = var / "lock"
        first = locks.take(path, shared=True)
        assert not locks.is_held(path)
        os.close(first)
