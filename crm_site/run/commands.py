"""How each process of the product is started."""

import signal
import sys
from pathlib import Path

from crm_site.run import spawn
from crm_site.run.config import Config

GUNICORN_CONFIG = Path(__file__).with_name("gunicorn_config.py")
PROCESSES = ("web", "worker", "bulk", "beat")
ENGINES = ("postgres", "valkey")
NICENESS = {"bulk": 10}  # what may take long goes behind what somebody waits for
# A stop asks a worker to hand its tasks back within its own limit. As root it would warn of pickle, which is off.
SOFT_STOP = {"REMAP_SIGTERM": "SIGQUIT", "C_FORCE_ROOT": "1"}


def argv_of(name: str, config: Config, *, bind: str | None = None) -> list[str]:
    """Return the command line of web, worker, bulk or beat. `bind`: an address, or fd://N of an open socket."""
    celery = [sys.executable, "-m", "celery", "--app", "crm_site", "--quiet"]
    worker = [
        *celery,
        "worker",
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "INFO",
    ]
    if name == "web":
        return [
            sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_CONFIG), "--bind", bind or "",
            "--workers", str(config.web_workers), "crm_site.asgi:application",
        ]  # fmt: skip
    if name == "worker":
        return [
            *worker,
            "--queues",
            "interactive",
            "--concurrency",
            "2",
            "--hostname",
            "interactive@%h",
        ]
    if name == "bulk":
        return [
            *worker,
            "--queues",
            "bulk",
            "--concurrency",
            "1",
            "--hostname",
            "bulk@%h",
        ]
    schedule = config.places.run / "beat-schedule"
    return [
        *celery,
        "beat",
        "--schedule",
        str(schedule),
        "--pidfile",
        "",
        "--loglevel",
        "INFO",
    ]


def command_of(name: str, config: Config, *, port: int, listener: int | None = None) -> spawn.Command:
    """Return the supervised form of web, worker, bulk or beat."""
    return spawn.Command(
        name=name,
        argv=argv_of(name, config, bind=f"fd://{listener}"),
        env=env_of(name, config, port=port),
        log=config.places.log_of(name),
        stop_signal=signal.SIGTERM,
        niceness=NICENESS.get(name, 0),
        descriptors=(listener,) if name == "web" and listener is not None else (),
    )


def env_of(name: str, config: Config, *, port: int | None = None) -> dict[str, str]:
    env = config.env(name, port=port)
    return env | SOFT_STOP if name in {"worker", "bulk"} else env


def manage_argv(*words: str) -> list[str]:
    return [sys.executable, "manage.py", *words]
