"""Gives a command running engines: those that run already, or some of its own for as long as it lasts."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from crm_site.run import engines, leftovers, locks, state
from crm_site.run.config import Config
from crm_site.run.say import Problem

RUNNING_WITHIN = 60


def require(settings: Config) -> None:
    """Raise Problem unless every embedded engine runs and answers; one that is just starting is waited for."""
    for engine in settings.embedded():
        if not engines.is_running(engine):
            raise Problem(
                f"{engine.title} is not running for {settings.places.var}.",
                f"Start everything: ./crm run, or this alone: ./crm serve {engine.name}",
            )
        engines.wait_for_answer(engine)


def hold(settings: Config) -> int | None:
    """Say that we use the engines: who started them for a while waits for us before stopping them."""
    return locks.take(settings.places.run / "users.lock", shared=True, wait=True)


@contextmanager
def engines_for(settings: Config, command: str) -> Iterator[bool]:
    """Have the engines running within the block. Yields True when they were started for it, False when found."""
    settings.places.prepare()
    lock = _become_starter(settings)
    if lock is None:
        require(settings)
        yield False
        return
    try:
        leftovers.end(settings.places)
        missing = [engine for engine in settings.embedded() if not engines.is_running(engine)]
        if not missing:
            os.close(lock)
            lock = None
            require(settings)
            yield False
            return
        with state.changing(settings.places) as written:
            written["phase"], written["supervisor"] = "starting", _entry(command)
        with _started(settings, missing):
            yield True
            _wait_for_users(settings)
    finally:
        if lock is not None:
            with state.changing(settings.places) as written:
                written["phase"], written["supervisor"] = "stopped", None
            os.close(lock)


@contextmanager
def _started(settings: Config, missing: list[engines.Engine]) -> Iterator[None]:
    running = engines.Engines(settings.places, env={})
    try:
        for engine in missing:
            child = engines.launch(engine)
            running.children.append(child)
            with state.changing(settings.places) as written:
                written["processes"][engine.name] = state.entry(child.pid, settings.places.log_of(engine.name))
            engines.wait_for_answer(engine, child)
        yield
    finally:
        running.stop()
        with state.changing(settings.places) as written:
            for engine in missing:
                written["processes"].pop(engine.name, None)


def _become_starter(settings: Config) -> int | None:
    """Take the supervisor's lock, or wait until its holder's engines are there and return None."""
    path = settings.places.run / "supervisor.lock"
    lock = None

    def is_decided() -> bool:
        nonlocal lock
        lock = locks.take(path)
        return lock is not None or all(
            engines.is_running(engine) and engine.answers() for engine in settings.embedded()
        )

    if not state.wait_for(is_decided, seconds=RUNNING_WITHIN):
        holder = state.read(settings.places)["supervisor"] or {}
        raise Problem(
            f"{holder.get('command', 'Another command')} (pid {holder.get('pid', '?')}) has been starting the database "
            f"for {RUNNING_WITHIN} s.",
            f"Read {settings.places.log_of('postgres')}.",
        )
    return lock


def _wait_for_users(settings: Config) -> None:
    """Wait until nobody else uses the engines we started; with a word on the terminal when it takes long."""
    path = settings.places.run / "users.lock"
    if (alone := locks.take_within(path, 1)) is None:
        print(
            "crm: other commands still use the database; waiting for them (Ctrl-C stops it now).",
            file=sys.stderr,
        )
        alone = locks.take(path, wait=True)
    os.close(alone)


def _entry(command: str) -> dict:
    pid = os.getpid()
    return {
        "pid": pid,
        "started": state.started(pid),
        "command": command,
        "token": secrets.token_hex(16),
    }
