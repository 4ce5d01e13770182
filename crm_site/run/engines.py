"""PostgreSQL and Valkey together: started for a while, or found running."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from crm_site.run import keys, locks, spawn, state
from crm_site.run.places import Places
from crm_site.run.postgres import Postgres
from crm_site.run.say import Problem, shown
from crm_site.run.valkey import Valkey

STOP_WITHIN = 20
ANSWER_WITHIN = 60
Engine = Postgres | Valkey


@dataclass
class Engines:
    """Running engines. `env` names them; `stop()` ends those that were started here."""

    places: Places
    env: dict[str, str]
    children: list[spawn.Child] = field(default_factory=list)

    def stop(self) -> None:
        spawn.stop_all(self.children, within=STOP_WITHIN)
        self.children = []
        self.places.remove_sockets()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.stop()


def start(var: Path | str, durable: bool = True, *, profile: str | None = None) -> Engines:
    """Start PostgreSQL and Valkey in that folder and wait until both answer; they end with this process.

    durable=False trades safety from power failures for speed; kill -9 of any process still loses nothing committed.
    Not supervised: what dies stays dead.
    Raises Problem when they run already, or can't run.
    """
    places = Places(Path(var).resolve())
    places.prepare()
    profile = profile or ("run" if durable else "throwaway")
    started = Engines(places, env_of(places))
    try:
        for engine in embedded(places, profile):
            started.children.append(launch(engine))
        for engine, child in zip(embedded(places, profile), started.children, strict=True):
            wait_for_answer(engine, child)
    except BaseException:
        started.stop()
        raise
    return started


def embedded(places: Places, profile: str = "run") -> list[Engine]:
    return [Postgres(places, profile), Valkey(places, profile)]


def env_of(places: Places) -> dict[str, str]:
    """Return what children have to know to reach the embedded engines of this folder."""
    env = {}
    for engine in embedded(places):
        env |= engine.env
    return env | {
        "CRM_VAR": str(places.var),
        "CRM_SECRET_KEY": keys.secret_key(places),
        "CRM_FIELD_KEY": keys.field_key(places),
    }


def is_running(engine: Engine) -> bool:
    """Tell whether the engine lives. It holds its lock itself, so this is true of any way it was started."""
    return locks.is_held(engine.lock)


def launch(engine: Engine, *, patience: float = 2) -> spawn.Child:
    """Start one engine as a child; it holds its lock as long as any of its processes lives.

    Raises Problem when another one still holds it after `patience` seconds.
    """
    lock = take_lock(engine, patience)
    try:
        engine.places.prepare()
        engine.places.rotate(engine.name)
        engine.prepare()
        os.set_inheritable(lock, True)
        process = spawn.start(engine.command((lock,)))
    finally:
        os.close(lock)
    return spawn.Child(engine.command(), process, started=state.started(process.pid))


def take_lock(engine: Engine, patience: float = 2) -> int:
    lock = locks.take_within(engine.lock, patience)
    if lock is None:
        raise Problem(
            f"{engine.title} is running already for {engine.places.var}.",
            "./crm manage and ./crm serve use it as it is; ./crm run says what else runs.",
        )
    return lock


def wait_for_answer(engine: Engine, child: spawn.Child | None = None) -> None:
    """Wait until the engine answers; raise Problem when it ended instead, or needs too long."""

    def is_decided() -> bool:
        return engine.answers() or (child is not None and not child.is_alive())

    if not state.wait_for(is_decided, seconds=ANSWER_WITHIN, pause=0.03) or not engine.answers():
        raise Problem(
            f"{engine.title} does not answer" + (f" ({child.how_it_ended()})" if child else "") + ".",
            *last_words(engine.places, engine.name),
        )


def last_words(places: Places, name: str, lines: int = 3) -> list[str]:
    """Return the end of a process's log, to go with a message about it."""
    path = places.log_of(name)
    try:
        said = path.read_text(errors="replace")[-4000:].strip().splitlines()[-lines:]
    except FileNotFoundError:
        said = []
    return [*(line[:200] for line in said), f"Read more in {shown(path)}."]
