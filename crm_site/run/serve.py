"""`./crm serve PROCESS`: one process alone, in the foreground, so that each can be run and killed by itself."""

import os
from typing import NoReturn

from crm_site.run import attach, commands, config, engines, named, ports, spawn, state
from crm_site.run.config import Config
from crm_site.run.places import ROOT
from crm_site.run.say import Problem


def serve(name: str, settings: Config) -> NoReturn:
    """Become that process. What it needs must run already, here or where the environment says."""
    settings.places.prepare()
    if name in commands.ENGINES:
        _become_engine(name, settings)
    if name == "web":
        config.check_demo(settings)
        if not ports.is_free(settings.bind, settings.port):
            raise Problem(
                f"Port {settings.port} on {settings.bind} is taken.",
                f"Choose another: ./crm serve web --port {settings.port + 1}",
            )
    _require_engines(settings)
    host = f"[{settings.bind}]" if ":" in settings.bind and not settings.bind.startswith("[") else settings.bind
    argv = commands.argv_of(name, settings, bind=f"{host}:{settings.port}")
    os.set_inheritable(attach.hold(settings), True)
    if name in commands.NICENESS:
        spawn.step_back(commands.NICENESS[name])
    state.register_alone(settings.places, name)
    os.chdir(ROOT)
    os.execve(argv[0], argv, commands.env_of(name, settings))


def _require_engines(settings: Config) -> None:
    attach.require(settings)
    if not settings.embeds_database:
        named.check("postgres", settings)
    if not settings.embeds_redis:
        named.check("valkey", settings)


def _become_engine(name: str, settings: Config) -> NoReturn:
    engine = next(engine for engine in engines.embedded(settings.places) if engine.name == name)
    if engine not in settings.embedded() and engine.name not in {own.name for own in settings.embedded()}:
        variable = "CRM_DATABASE_URL" if name == "postgres" else "CRM_REDIS_URL"
        raise Problem(
            f"{variable} names a server, so none is started here.",
            f"Unset {variable} to run one of our own.",
        )
    lock = engines.take_lock(engine, patience=0.5)
    engine.prepare()
    os.set_inheritable(lock, True)
    command = engine.command()
    state.register_alone(settings.places, name)
    spawn.become(command.user)
    os.chdir(ROOT)
    os.execve(command.argv[0], command.argv, command.env)
