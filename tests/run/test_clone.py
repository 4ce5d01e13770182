"""A fresh clone in a folder with spaces starts with one command: as root, as a normal user, and offline from then on."""

import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from crm_site.run import state
from crm_site.run.places import ROOT, Places
from crm_site.run.spawn import NOBODY
from crm_site.run.tree import free_port
from tests.run.conftest import make_var, remove_var

pytestmark = pytest.mark.slow
PATIENCE = 300  # seconds for the first start: packages may have to be fetched


@pytest.fixture
def clone():
    folder = make_var()
    subprocess.run(["git", "clone", "--quiet", ROOT, folder / "catch ment"], check=True)
    yield folder / "catch ment"
    remove_var(folder)


@pytest.fixture
def python():
    """A Python that any user may run."""
    installed = Path(sys.base_prefix)
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o005 == 0o005 for folder in installed.parents):
        yield Path(sys.executable).resolve()
        return
    folder = make_var()
    folder.chmod(0o755)
    shutil.copytree(installed, folder / "python", symlinks=True)
    yield folder / "python" / "bin" / "python3"
    remove_var(folder)


def environment(python: Path, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "DJANGO_", "PYTHON"))}
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return kept | {
        "HOME": str(home), "PATH": path, "CRM_PYTHON": str(python), "LD_LIBRARY_PATH": str(python.parents[1] / "lib"),
    }  # fmt: skip


def start(clone: Path, env: dict[str, str], port: int, *, before: tuple[str, ...] = (), **options) -> subprocess.Popen:
    with (clone.parent / "said").open("w") as said:
        return subprocess.Popen(
            [*before, "./crm", "run", "--port", str(port)], cwd=clone, env=env, stdout=said, stderr=subprocess.STDOUT,
            start_new_session=True, **options,
        )  # fmt: skip


def wait_for_sign_in(clone: Path, process: subprocess.Popen, port: int) -> str:
    address = f"http://127.0.0.1:{port}/account/login/"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    pages = []

    def is_there() -> bool:
        assert process.poll() is None, (clone.parent / "said").read_text()
        try:
            with opener.open(address, timeout=10) as answer:
                pages.append(answer.read().decode())
        except OSError:
            return False
        return True

    assert state.wait_for(is_there, seconds=PATIENCE, pause=0.3), (clone.parent / "said").read_text()
    return pages[-1]


def stop(process: subprocess.Popen, clone: Path) -> str:
    top = psutil.Process(process.pid)
    everything = [top, *top.children(recursive=True)]
    os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C sends
    assert process.wait(timeout=60) == 0
    assert not [each for each in everything if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    return (clone.parent / "said").read_text()


def serves_demo(clone: Path) -> bool:
    written = state.read(Places(clone / "var"))
    return written["phase"] == "serving" and set(written["processes"]) >= {"web", "worker", "bulk", "beat"}


class TestClone:
    def test_walks_in_as_whoever_runs_the_tests(self, clone, python):
        port = free_port()
        env = environment(python, Path.home())
        crm = start(clone, env, port)
        try:
            assert "<form" in wait_for_sign_in(clone, crm, port)
            assert state.wait_for(lambda: serves_demo(clone), seconds=PATIENCE)
        finally:
            said = stop(crm, clone)
        assert f"http://127.0.0.1:{port}" in said
        assert "one click" in said
        assert "Ctrl-C" in said
        assert (
            subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, check=True).stdout == b""
        )

        again = start(clone, env, port)
        try:
            wait_for_sign_in(clone, again, port)
        finally:
            stop(again, clone)

    def test_walks_in_as_a_normal_user_and_offline_the_second_time(self, clone, python):
        stranger, offline = {}, ()
        if os.geteuid() == 0:
            for path in (clone.parent, *clone.parent.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
            stranger = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            alone = 'ip link set lo up; exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"'
            offline = ("unshare", "--net", "sh", "-c", alone, "sh")
        env = environment(python, clone.parent / "no home")
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        port = free_port()
        crm = start(clone, env, port, **stranger)
        try:
            wait_for_sign_in(clone, crm, port)
            if stranger:
                for entry in state.read(Places(clone / "var"))["processes"].values():
                    assert psutil.Process(entry["pid"]).uids().real == NOBODY
        finally:
            stop(crm, clone)

        again = start(clone, env, port, before=offline)
        try:
            assert state.wait_for(lambda: serves_demo(clone) or again.poll() is not None, seconds=PATIENCE)
        finally:
            said = stop(again, clone)
        assert "Catchment is running" in said
        assert "Installing" not in said
