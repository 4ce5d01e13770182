"""The shell script ./crm: finds a Python that runs, installs what is locked, and says what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crm_site.run.places import ROOT
from crm_site.run.spawn import NOBODY
from tests.run.conftest import environment

PYTHON = Path(sys.executable).resolve()


@pytest.fixture
def checkout(var):
    """A checkout with nothing installed, in a folder with spaces."""
    folder = var / "check out"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy2(ROOT / "crm", folder / "crm")
    for name in ("run.txt", "test.txt"):
        (folder / "requirements" / name).write_text("")
    package = folder / "crm_site" / "run"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("import sys; print('arrived', *sys.argv[1:])")
    return folder


def tool(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def crm(checkout: Path, *words: str, path: str = "/usr/bin:/bin", **more: str) -> subprocess.CompletedProcess:
    env = {
        "PATH": path,
        "HOME": str(checkout / "no home"),
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": f"{PYTHON.parents[1]}/lib",
    }
    return subprocess.run(
        ["sh", str(checkout / "crm"), *words], env=env | more, cwd="/", capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


FAKE_UV = f"""
case "$1" in
  --version) echo 'uv 0.9' ;;
  venv) for last; do :; done; mkdir -p "$last/bin"; ln -sf '{PYTHON}' "$last/bin/python"; echo venv >>"$CALLS" ;;
  pip) echo "$@" >>"$CALLS" ;;
esac
"""


@pytest.fixture
def tools(checkout):
    folder = checkout.parent / "tools"
    tool(folder, "uv", FAKE_UV)
    return folder


def calls(checkout: Path) -> list[str]:
    path = checkout.parent / "calls"
    return path.read_text().splitlines() if path.exists() else []


class TestInstall:
    def run(self, checkout, tools, *words, **more):
        more = {"CRM_PYTHON": str(PYTHON), "CALLS": str(checkout.parent / "calls")} | more
        return crm(checkout, *words, path=f"{tools}:/usr/bin:/bin", **more)

    def test_installs_once_by_hashes_and_then_asks_nobody(self, checkout, tools):
        first = self.run(checkout, tools, "run", "--port", "81")
        assert first.stdout == "arrived run --port 81\n", first.stderr
        assert calls(checkout)[0] == "venv"
        assert "sync --quiet --require-hashes" in calls(checkout)[1]
        assert calls(checkout)[1].endswith("requirements/run.txt")
        tool(tools, "uv", "echo 'must not be called' >&2; exit 9")
        again = self.run(checkout, tools, "manage", "check")
        assert again.stdout == "arrived manage check\n", again.stderr
        assert again.stderr == ""

    def test_installs_again_when_the_lock_changes(self, checkout, tools):
        self.run(checkout, tools, "run")
        (checkout / "requirements" / "run.txt").write_text("# something newer\n")
        self.run(checkout, tools, "run")
        assert [call.split("/")[-1] for call in calls(checkout)] == ["venv", "run.txt", "run.txt"]

    def test_keeps_what_the_tests_need_once_it_is_there(self, checkout, tools):
        for words in (["run"], ["test"], ["run"], ["serve", "web"]):
            assert self.run(checkout, tools, *words).returncode == 0
        assert [call.split("/")[-1] for call in calls(checkout)] == ["venv", "run.txt", "test.txt"]
        (checkout / "requirements" / "run.txt").write_text("# something newer\n")
        self.run(checkout, tools, "run")
        assert calls(checkout)[-1].endswith("requirements/test.txt")

    def test_compiles_once_where_nothing_may_be_written_beside_the_sources(self, checkout, tools):
        script = "import os, core; print([os.environ.get(name) for name in ('PYTHONDONTWRITEBYTECODE', 'PYTHONPYCACHEPREFIX')])"
        (checkout / "crm_site" / "run" / "__main__.py").write_text(script)
        (checkout / "core").mkdir()
        (checkout / "core" / "__init__.py").write_text("")
        assert self.run(checkout, tools, "run").stdout == "[None, None]\n"
        elsewhere = str(checkout / "elsewhere")
        assert elsewhere in self.run(checkout, tools, "run", PYTHONDONTWRITEBYTECODE="1", PYTHONPYCACHEPREFIX=elsewhere).stdout
        kept = checkout / "var" / "bytecode"
        assert self.run(checkout, tools, "run", PYTHONDONTWRITEBYTECODE="1").stdout == f"[None, {str(kept)!r}]\n"
        assert list(kept.rglob("core/__init__.*.pyc"))

    def test_says_why_packages_could_not_be_installed(self, checkout, tools):
        tool(tools, "uv", FAKE_UV.replace("pip) echo", "pip) echo 'no route to the index' >&2; exit 2; echo"))
        failed = self.run(checkout, tools, "run")
        assert failed.returncode == 1
        assert "no route to the index" in failed.stderr
        assert "The first start needs the network" in failed.stderr
        assert not (checkout / ".venv" / ".catchment").exists()


class TestFindPython:
    def test_passes_over_a_shim_that_does_not_run(self, checkout, tools):
        for name in ("python3.13", "python3.14", "python3.12", "python3", "python"):
            tool(tools, name, "echo 'pyenv: command not found' >&2; exit 127")
        pyenv = checkout.parent / "pyenv" / "versions" / "3.13.99" / "bin"
        pyenv.mkdir(parents=True)
        tool(pyenv, "python3", f'exec "{PYTHON}" "$@"')
        done = crm(
            checkout, "run", path=f"{tools}:/usr/bin:/bin", CALLS=str(checkout.parent / "calls"),
            PYENV_ROOT=str(checkout.parent / "pyenv"),
        )  # fmt: skip
        assert done.stdout == "arrived run\n", done.stderr

    def test_says_when_there_is_none(self, checkout):
        bare = checkout.parent / "bare"
        bare.mkdir()
        for name in ("sh", "cat", "cksum", "tr", "id", "mkdir", "rm", "tail", "dirname", "env"):
            (bare / name).symlink_to(shutil.which(name))
        failed = crm(checkout, "run", path=str(bare))
        assert failed.returncode == 1
        assert "Python 3.12 or newer was not found" in failed.stderr
        assert "CRM_PYTHON=" in failed.stderr

    def test_refuses_the_one_that_is_named_when_it_is_too_old(self, checkout):
        old = checkout.parent / "old"
        tool(old, "python3", "exit 1")
        failed = crm(checkout, "run", CRM_PYTHON=str(old / "python3"))
        assert failed.returncode == 1
        assert f"CRM_PYTHON names {old}/python3" in failed.stderr

    def test_says_when_the_checkout_is_somebody_elses(self, checkout):
        checkout.parent.chmod(0o755)
        checkout.chmod(0o555)
        stranger = {"user": NOBODY} if os.geteuid() == 0 else {}  # root may write everywhere
        failed = subprocess.run(
            ["sh", checkout / "crm", "run"], capture_output=True, text=True, check=False, **stranger
        )
        checkout.chmod(0o700)
        assert failed.returncode == 1
        assert "is not writable for" in failed.stderr


class TestHelp:
    @pytest.mark.parametrize("words", [[], ["help"], ["--help"], ["-h"]])
    def test_needs_nothing_installed(self, checkout, words):
        shown = crm(checkout, *words)
        assert shown.returncode == 0
        for command in ("run", "test", "manage", "serve", "bench"):
            assert f"./crm {command}" in shown.stdout
        assert not (checkout / ".venv").exists()

    def test_is_what_the_real_one_says(self):
        shown = subprocess.run([ROOT / "crm", "help"], capture_output=True, text=True, check=True, env=dict(os.environ))
        assert "./crm run" in shown.stdout


class TestManage:
    def test_stops_without_a_fuss_when_its_reader_leaves(self):
        named = {"CRM_DATABASE_URL": "postgresql://x/x", "CRM_REDIS_URL": "redis://x", "CRM_SECRET_KEY": "x" * 60, "CRM_FIELD_KEY": "x"}
        with subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "diffsettings", "--all"], cwd=ROOT, env=environment(**named),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as command:  # fmt: skip
            command.stdout.close()
            assert command.stderr.read() == b""
            assert command.wait(timeout=120) == 141
