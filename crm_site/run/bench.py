"""`./crm bench …`: a product of its own under var/bench, measured by `manage bench` and kept for the next time."""

import os
import shutil
import sys
from dataclasses import replace

from crm_site.run import engines, tree
from crm_site.run.config import Config
from crm_site.run.places import Places
from crm_site.run.say import Problem

HANDED = ("CRM_OPEN_DATA",)  # of the variables of whoever asks; the rest is this product's own


def bench(words: list[str], settings: Config) -> int:
    """Start the product on var/bench, measure, stop it; `--fresh` empties the folder first. Returns the exit code.

    Standard output belongs to the figures: one JSON object a line.
    """
    places = Places(settings.places.var / "bench")
    if "--help" in words or "-h" in words:
        return _measure_help(words, settings)
    if all(word.startswith("-") for word in words):
        raise Problem("Say what to measure first.", "./crm bench --help lists the items.")
    if "--fresh" in words:
        _wipe(places)
    print("Starting a product of its own for the measurements …", file=sys.stderr, flush=True)
    with tree.start(places.var, profile="bench", env={"CRM_LOG_LEVEL": "WARNING", "CRM_REQUIRE_MFA": "0"}) as product:
        handed = {"CRM_BENCH": "1"} | {name: os.environ[name] for name in HANDED if name in os.environ}
        measured = product.manage("bench", *(word for word in words if word != "--fresh"), env=handed)
    return measured.returncode


def _wipe(places: Places) -> None:
    if any(engines.is_running(engine) for engine in engines.embedded(places)):
        raise Problem(f"A measurement is running in {places.var}.", "Wait for its end, or stop it, then try again.")
    shutil.rmtree(places.var, ignore_errors=True)


def _measure_help(words: list[str], settings: Config) -> int:
    from crm_site.run import manage

    return manage.manage(["bench", *words], replace(settings, demo=False))
