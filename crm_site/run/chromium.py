"""Finds the browser of the tests, and installs it where it is missing."""

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

from crm_site.run.say import Problem

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOADED = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")


def ensure() -> str:
    """Return the path of a Chromium, installing one first if there is none. Raises Problem when that fails."""
    if found := find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install("apt-get", ["apt-get", "update", "-q"],
                 ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"])  # fmt: skip
    else:
        _install("playwright", [sys.executable, "-m", "playwright", "install", "chromium"])
    if found := find():
        return found
    raise Problem(
        "The browser tests need Chromium, and it was not found after its installation.",
        "Install it, or name one that is installed: CRM_CHROMIUM=/path/to/chromium ./crm test",
    )


def find() -> str | None:
    """Return the Chromium that is named, installed, or was once downloaded for the tests."""
    if named := os.environ.get("CRM_CHROMIUM"):
        if not os.access(named, os.X_OK):
            raise Problem(f"CRM_CHROMIUM names {named}, which is not a program.", "Correct it, or unset it.")
        return named
    return next(filter(None, map(shutil.which, NAMES)), None) or _downloaded()


def _downloaded() -> str | None:
    home = Path.home()
    folders = [os.environ.get("PLAYWRIGHT_BROWSERS_PATH"), home / ".cache/ms-playwright",
               home / "Library/Caches/ms-playwright"]  # fmt: skip
    for folder in filter(None, folders):
        for pattern in DOWNLOADED:
            if found := sorted(glob.glob(str(Path(folder) / pattern))):
                return found[-1]
    return None


def _install(tool: str, *steps: list[str]) -> None:
    print("Installing Chromium for the browser tests (once) …", flush=True)
    for step in steps:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(step, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(
                f"The browser tests need Chromium, and {tool} could not install it:",
                *(done.stderr or done.stdout).strip().splitlines()[-4:],
                "Install it yourself, or name one: CRM_CHROMIUM=/path/to/chromium ./crm test",
            )
