"""`./crm test`: style, the direction of imports, and the tests, on engines that are thrown away."""

import os
import subprocess
import sys
import time

from crm_site.run import chromium
from crm_site.run.places import ROOT

LINTERS = {
    "ruff": ["-m", "ruff", "check", "--quiet", "."],
    "import directions": ["-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
}

ALONE = {"-n", "--pdb", "-s", "--lf", "--ff"}


def run(words: list[str]) -> int:
    """Check everything, or only run pytest on what is named; return the exit code.

    Without --all the tests marked slow wait for another day. Further words are pytest's.
    """
    wants_all = "--all" in words
    words = [word for word in words if word != "--all"]
    os.environ["CRM_CHROMIUM"] = chromium.ensure()
    failed = [] if any(_names_tests(word) for word in words) else [name for name in LINTERS if not _passes(name)]
    code = _pytest(words, wants_all)
    if failed:
        print(f"crm: {' and '.join(failed)} found something; see the beginning.", file=sys.stderr)
    return code or (1 if failed else 0)


def _names_tests(word: str) -> bool:
    return not word.startswith("-") and (ROOT / word.split("::")[0]).exists()


def _passes(name: str) -> bool:
    began = time.monotonic()
    argv = [sys.executable, *LINTERS[name]]
    done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print(done.stdout.rstrip())
    print(f"{name}: {'fails' if done.returncode else 'good'} ({time.monotonic() - began:.1f} s)", flush=True)
    return done.returncode == 0


def _pytest(words: list[str], wants_all: bool) -> int:
    tier = [] if "-m" in words else ["-m", "" if wants_all else "not slow"]
    # two at a time, each with a database and a cache of its own; what names its tests starts faster alone
    is_alone = any(_names_tests(word) or word in ALONE for word in words)
    workers = [] if is_alone else ["-n", "2", "--dist", "loadfile", "-rR"]
    return subprocess.run([sys.executable, "-m", "pytest", *workers, *tier, *words], cwd=ROOT, check=False).returncode
