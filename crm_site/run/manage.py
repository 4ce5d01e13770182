"""`./crm manage …`: Django's commands with this installation's environment and running engines."""

import os
import signal
import subprocess

from crm_site.run import attach, commands, named, schema
from crm_site.run.config import Config
from crm_site.run.places import ROOT
from crm_site.run.postgres import Postgres

# These change the schema, so they run as the database's owner.
AS_OWNER = {
    "migrate", "sqlmigrate", "sqlflush", "sqlsequencereset", "flush", "pgtrigger", "createcachetable",
    "makemigrations", "squashmigrations", "optimizemigration", "remove_stale_contenttypes",
}  # fmt: skip
CHANGES_SCHEMA = {"migrate", "flush", "pgtrigger", "dbshell"}
NEEDS_NOTHING = {
    "help", "version", "--help", "-h", "--version", "collectstatic", "compilemessages", "diffsettings", "findstatic",
    "makemessages", "score_table", "startapp",
}  # fmt: skip


def manage(words: list[str], settings: Config) -> int:
    """Run one of Django's commands; return its exit code."""
    name = words[0] if words else "help"
    env = env_of(words, settings)
    argv = commands.manage_argv(*(word for word in words if not (name == "dbshell" and word == "--owner")))
    if name in NEEDS_NOTHING or {"--help", "-h"} & set(words):
        settings.places.prepare()
        os.chdir(ROOT)
        os.execve(argv[0], argv, env)
    if CHANGES_SCHEMA & {name} and settings.embeds_database:
        settings.places.prepare()
        schema.forget(settings)
    with attach.engines_for(settings, f"./crm manage {name}") as started_here:
        _check_named(settings)
        if not started_here:
            os.set_inheritable(attach.hold(settings), True)
            os.chdir(ROOT)
            os.execve(argv[0], argv, env)
        return _run_inside(argv, env)


def env_of(words: list[str], settings: Config) -> dict[str, str]:
    name = words[0] if words else "help"
    env = settings.env(
        "manage",
        as_owner=name in AS_OWNER or (name == "dbshell" and "--owner" in words),
    )
    if settings.embeds_database and name == "dbshell":  # psql lies beside the server
        env["PATH"] = f"{Postgres(settings.places).binaries}{os.pathsep}{env.get('PATH', '')}"
    return env


def _check_named(settings: Config) -> None:
    if not settings.embeds_database:
        named.check("postgres", settings)


def _run_inside(argv: list[str], env: dict[str, str]) -> int:
    """Run it at this terminal. Ctrl-C is the command's own business; the engines stop after it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            argv,
            env=env,
            cwd=ROOT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # safe: there is one thread
        )
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code
