"""What the tests of the launcher share: a folder with spaces in its name, and the launcher as a command."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from crm_site.run.places import ROOT, Places


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what the test engines put there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "DJANGO_", "PYTEST_"))}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def launcher(*words: str, timeout: float = 90, **more: str) -> subprocess.CompletedProcess:
    """Run the launcher to its end."""
    return subprocess.run(
        [sys.executable, "-m", "crm_site.run", *words], env=environment(**more), cwd=ROOT, capture_output=True,
        text=True, timeout=timeout, check=False,
    )  # fmt: skip


def heed_interrupts() -> None:
    """Let a child hear SIGINT: the workers of a parallel run ignore it, and what is ignored is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def make_var() -> Path:
    return Path(tempfile.mkdtemp(prefix="a crm with spaces ")).resolve()


def remove_var(folder: Path) -> None:
    shutil.rmtree(Places(folder).sockets, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def var():
    folder = make_var()
    yield folder
    remove_var(folder)
