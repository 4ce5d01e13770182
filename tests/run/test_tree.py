"""The whole product in one process tree: it serves, survives kill -9 of any part, and stops without a trace."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from crm_site.run import engines, state, tree
from crm_site.run.places import ROOT
from tests.run.conftest import environment, launcher, make_var, remove_var


@pytest.fixture(scope="module")
def crm():
    folder = make_var()
    with tree.start(folder, durable=False) as running:
        yield running
    remove_var(folder)


def get(address: str, path: str) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address + path, timeout=30) as answer:
        return answer.status, answer.read().decode()


def family(pid: int) -> list[psutil.Process]:
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def is_well(crm, process: str) -> bool:
    told = launcher("alive", process, CRM_VAR=str(crm.places.var))
    return (told.returncode, told.stdout, told.stderr) == (0, "", "")


class TestRun:
    def test_serves_the_sign_in_page(self, crm):
        status, page = get(crm.address, "/account/login/")
        assert status == 200
        assert "<form" in page

    def test_writes_down_what_runs(self, crm):
        written = crm.state()
        assert written["phase"] == "serving"
        assert written["address"] == crm.address
        assert written["supervisor"]["pid"] == crm.process.pid
        assert set(written["processes"]) == {"postgres", "valkey", "web", "worker", "bulk", "beat"}
        assert set(crm.pids()) == set(written["processes"])
        for name, entry in written["processes"].items():
            assert Path(entry["log"]).exists(), name

    def test_has_two_web_processes_and_a_patient_bulk_worker(self, crm):
        web = psutil.Process(crm.pids()["web"])
        assert state.wait_for(lambda: len(web.children()) == 2, seconds=60), (
            "the first answers before the second is born"
        )
        assert psutil.Process(crm.pids()["bulk"]).nice() == 10
        assert psutil.Process(crm.pids()["worker"]).nice() == 0
        grouped = Path(f"/proc/{crm.pids()['bulk']}/autogroup")
        assert not grouped.exists() or grouped.read_text().split()[-1] == "3", "a session is patient as a whole"

    def test_keeps_the_owners_password_from_the_web(self, crm):
        for name in ("web", "worker", "bulk", "beat"):
            assert "CRM_DATABASE_OWNER_URL" not in psutil.Process(crm.pids()[name]).environ()

    def test_a_second_start_says_what_runs_and_leaves(self, crm):
        again = launcher("run", CRM_VAR=str(crm.places.var))
        assert again.returncode == 0, again.stderr
        assert crm.address in again.stdout
        for name, pid in crm.pids().items():
            assert f"{name} {pid}" in again.stdout
        assert f"kill {crm.process.pid}" in again.stdout

    def test_commands_attach_to_it(self, crm):
        done = crm.manage("migrate", "--check", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def test_another_web_process_can_be_served_beside_it(self, crm):
        port, log = tree.free_port(), crm.places.log_of("alone")
        with log.open("w") as sink:
            alone = subprocess.Popen(
                [sys.executable, "-m", "crm_site.run", "serve", "web", "--port", str(port)], cwd=ROOT, stdout=sink,
                stderr=sink, env=environment(CRM_VAR=str(crm.places.var), CRM_DEMO="0"),
            )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            assert state.wait_for(lambda: answers(address), seconds=60), log.read_text()[-2000:]
            assert crm.state()["processes"]["web-2"]["pid"] == alone.pid
            assert state.wait_for(lambda: len(family(alone.pid)) == 3, seconds=60), (
                "the first may answer before the second"
            )
            processes = family(alone.pid)
        finally:
            alone.kill()
            alone.wait()
        assert state.wait_for(lambda: are_gone(processes), seconds=60), "kill -9 of it takes its workers along"

    def test_its_health_is_told_by_the_exit_code(self, crm):
        for process in ("worker", "bulk"):
            assert state.wait_for(lambda process=process: is_well(crm, process), seconds=120), "it answers once it has started"
        os.kill(crm.pids()["bulk"], signal.SIGSTOP)
        try:
            stuck = launcher("alive", "bulk", CRM_VAR=str(crm.places.var))
        finally:
            os.kill(crm.pids()["bulk"], signal.SIGCONT)
        assert stuck.returncode == 1
        assert "does not answer" in stuck.stderr

    def test_refuses_a_port_that_is_taken(self, crm):
        port = crm.address.rpartition(":")[2]
        refused = launcher("serve", "web", "--port", port, CRM_VAR=str(crm.places.var), CRM_DEMO="0")
        assert refused.returncode == 1
        assert f"Port {port} on 127.0.0.1 is taken" in refused.stderr


def answers(address: str) -> bool:
    try:
        return get(address, "/healthz")[0] == 200
    except OSError:
        return False


class TestKill:
    @pytest.mark.parametrize("name", ["web", "worker", "bulk", "beat", "valkey", "postgres"])
    def test_of_any_part_is_survived(self, crm, name):
        before = crm.pids()
        processes = family(before[name])
        pid = crm.kill(name)
        assert crm.wait_for_restart(name, pid) != pid
        assert state.wait_for(lambda: answers(crm.address), seconds=60)
        assert state.wait_for(lambda: are_gone(processes), seconds=60), "nothing of the dead one stays"
        after = crm.pids()
        assert {other: after[other] for other in before if other != name} == {
            other: before[other] for other in before if other != name
        }, "the others went on"
        assert crm.state()["processes"][name]["restarts"] == 1

    def test_of_a_web_process_refuses_nobody(self, crm):
        """The supervisor holds the socket: who comes while the web is away waits a moment."""
        pid = crm.kill("web")
        assert get(crm.address, "/healthz")[0] == 200
        crm.wait_for_restart("web", pid)


class TestStop:
    """Runs last: the tree of the tests above is stopped, and started again in other ways."""

    def test_is_clean_within_seconds(self, crm):
        processes = family(crm.process.pid)
        assert crm.stop() == 0
        assert are_gone(processes)
        assert crm.state() == {**state.EMPTY, "phase": "stopped"}
        assert not any(engines.is_running(engine) for engine in engines.embedded(crm.places))
        assert not crm.places.sockets.exists()
        assert crm.places.log_of("supervisor").read_text().rstrip().endswith("Stopped.")

    def test_lets_a_later_start_skip_what_is_done_and_go_round_a_taken_port(self, crm):
        """And its supervisor's kill -9 takes all along, so that the next start works at once."""
        migrated_at = crm.places.log_of("migrate").stat().st_mtime
        with socket.socket() as occupant:
            occupant.bind(("127.0.0.1", 0))
            occupant.listen()
            taken = occupant.getsockname()[1]
            with tree.start(crm.places.var, durable=False, port=taken) as later:
                assert answers(later.address)
                assert not later.address.endswith(f":{taken}")
                said = crm.places.log_of("supervisor").read_text()
                assert f"Port {taken} is taken" in said
                assert later.address in said
                assert crm.places.log_of("migrate").stat().st_mtime == migrated_at, (
                    "nothing to migrate: not asked again"
                )
                processes = family(later.process.pid)
                os.kill(later.process.pid, signal.SIGKILL)
                later.process.wait()
                with tree.start(crm.places.var, durable=False) as next_one:
                    assert answers(next_one.address)
                    assert are_gone(processes)

    def test_of_named_servers_is_left_to_whoever_started_them(self, crm, var):
        with engines.start(crm.places.var, durable=False) as servers:
            named = {name: url for name, url in servers.env.items() if name.endswith("_URL")}
            with tree.start(var, env=named | {"CRM_WEB_WORKERS": "1"}) as product:
                assert answers(product.address)
                assert set(product.pids()) == {"web", "worker", "bulk", "beat"}
                assert not product.places.cluster.exists()
            assert all(child.is_alive() for child in servers.children)
