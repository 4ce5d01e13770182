"""`./crm run`: engines, schema, processes, in that order; then watches over them until asked to stop."""

import os
import secrets
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from crm_site.run import commands, config, engines, leftovers, locks, named, ports, say, schema, spawn, state
from crm_site.run.config import Config
from crm_site.run.demo import DemoLoading
from crm_site.run.logwatch import Logwatch
from crm_site.run.say import Problem, Terminal
from crm_site.run.supervisor import Stopped, Supervisor

WEB_WITHIN = 240
LOCK_WITHIN = 5


def run(settings: Config, terminal: Terminal, *, profile: str = "run") -> int:
    """Run the whole product in the foreground; return the exit code."""
    config.check_demo(settings)
    settings.places.prepare()
    lock = _become_supervisor(settings, terminal)
    if lock is None:
        return 0
    supervisor = Supervisor(settings.places, terminal)
    try:
        return Product(settings, terminal, supervisor, profile).run()
    finally:
        os.close(lock)


@dataclass
class Product:
    """One run of the product."""

    settings: Config
    terminal: Terminal
    supervisor: Supervisor
    profile: str = "run"

    def run(self) -> int:
        self.began = time.monotonic()
        self.supervisor.listen()
        os.environ[leftovers.TREE] = token = secrets.token_hex(16)
        if ended := leftovers.end(self.settings.places):
            self.terminal.line(f"  Ended what an interrupted run had left: {', '.join(ended)}.")
        self._write(phase="starting", address=None, demo=self.settings.is_demo, supervisor={
            "pid": os.getpid(), "started": state.started(os.getpid()), "command": "./crm run", "token": token,
        })  # fmt: skip
        try:
            self._start_engines()
            self._migrate()
            self._start_processes()
            self._announce()
            self._load_demo()
            self.supervisor.watch(until=lambda: False)
        except Stopped:
            self._stop()
            self.terminal.line("  Stopped.")
        except BaseException:
            self._stop()
            raise
        return 0

    # -- the order of a start

    def _start_engines(self) -> None:
        self.terminal.step("Starting the database and the queue")
        mine = self.settings.embedded(self.profile)
        for engine in mine:
            if engines.is_running(engine):
                self.supervisor.attach(engine, lambda engine=engine: engines.launch(engine, patience=0.5))
            else:
                self.supervisor.keep(
                    engine.name,
                    lambda engine=engine: engines.launch(engine, patience=0.5),
                )
        for engine in mine:
            self._wait_for_engine(engine)
        elsewhere = [
            engine for engine in engines.embedded(self.settings.places) if engine.name not in {e.name for e in mine}
        ]
        for engine in elsewhere:
            named.check(engine.name, self.settings)

    def _migrate(self) -> None:
        if schema.is_empty(self.settings):
            self._mark_demo_wanted()
        if schema.is_current(self.settings):
            return
        self.terminal.step("Preparing the database")
        self._manage("migrate", "migrate", "--noinput", as_owner=True)
        schema.remember(self.settings)

    def _start_processes(self) -> None:
        self.terminal.step("Starting the web and the workers")
        self.listener, self.port = ports.listen(self.settings.bind, self.settings.port)
        os.set_inheritable(self.listener.fileno(), False)
        people = None
        if self.demo_wanted.exists():
            people = self.supervisor.run_once(self._manage_command("people", "ensure_demo_people"))
        self._keep("web")
        if people and self.supervisor.finish(people):
            raise self._failed("people", "The demo people could not be made")
        self._wait_for_web()
        for name in commands.PROCESSES[1:]:  # after the web: all at once would make its first page late
            self._keep(name)

    def _announce(self) -> None:
        self._write(phase="serving", address=self._address)
        watched = (*commands.PROCESSES, "demo")
        self.supervisor.on_tick.append(Logwatch(self.settings.places, self.terminal, watched).tick)
        if self.port != self.settings.port and self.settings.port:
            self.terminal.line(f"  Port {self.settings.port} is taken, so this runs on {self.port}.")
        facts = {"Address": self.terminal.bold(self._address), "Sign_in": self._how_to_sign_in()}
        if config.is_everywhere(self.settings.bind) and not self.settings.public_url:
            facts["Others"] = "reach it by this name only; CRM_PUBLIC_URL=https://… names another"
        facts |= {"Logs": say.shown(self.settings.places.log), "Stop": "Ctrl-C"}
        self.terminal.facts("Catchment is running", **facts)

    def _load_demo(self) -> None:
        if not self.demo_wanted.exists():
            return
        self.terminal.line("  Demo data are loading; the pages fill up while you look around.")
        command = self._manage_command("demo", "load_demo", niceness=5)
        DemoLoading(self.supervisor, command, self.demo_wanted).begin()

    def _stop(self) -> None:
        self.terminal.step("Stopping")
        if hasattr(self, "listener"):
            self.listener.close()  # new visitors are turned away, those inside are served
        self._write(phase="stopping")
        self.supervisor.stop()
        self.settings.places.remove_sockets()
        self._write(phase="stopped", address=None, supervisor=None, processes={})

    # -- parts

    @property
    def _address(self) -> str:
        return self.settings.address(self.port)

    @property
    def demo_wanted(self) -> Path:
        """Exists from the first start on an empty database until the demo data are whole."""
        return self.settings.places.run / "demo-wanted"

    def _mark_demo_wanted(self) -> None:
        if self.settings.is_demo:
            self.demo_wanted.touch()
        else:
            self.demo_wanted.unlink(missing_ok=True)

    def _how_to_sign_in(self) -> str:
        if self.settings.is_demo:
            return "choose a person on the sign-in page: one click, no password"
        return "with e-mail and password; add people with ./crm manage add_person (see --help)"

    def _keep(self, name: str) -> None:
        self.supervisor.keep(name, lambda: self._start_one(name))

    def _start_one(self, name: str) -> spawn.Child:
        self.settings.places.rotate(name)
        command = commands.command_of(name, self.settings, port=self.port, listener=self.listener.fileno())
        process = spawn.start(command)
        return spawn.Child(command, process, started=state.started(process.pid))

    def _manage_command(self, log: str, *words: str, as_owner: bool = False, niceness: int = 0) -> spawn.Command:
        env = self.settings.env("manage", port=getattr(self, "port", None), as_owner=as_owner)
        path = self.settings.places.log_of(log)
        return spawn.Command(log, commands.manage_argv(*words), env, path, niceness=niceness)

    def _manage(self, log: str, *words: str, as_owner: bool = False) -> None:
        child = self.supervisor.run_once(self._manage_command(log, *words, as_owner=as_owner))
        if self.supervisor.finish(child):
            raise self._failed(log, f"./crm manage {' '.join(words)} failed")

    def _failed(self, log: str, what: str) -> Problem:
        return Problem(f"{what}.", *engines.last_words(self.settings.places, log, lines=6))

    def _wait_for_engine(self, engine: engines.Engine) -> None:
        kept = self.supervisor.kept[engine.name]
        is_decided = lambda: kept.restarts > 2 or engine.answers()  # noqa: E731
        if not self.supervisor.watch(until=is_decided, within=engines.ANSWER_WITHIN) or kept.restarts > 2:
            raise self._failed(engine.name, f"{engine.title} does not answer")

    def _wait_for_web(self) -> None:
        web = self.supervisor.kept["web"]

        def is_decided() -> bool:
            return web.restarts > 2 or _answers(self.settings.bind, self.port)

        if not self.supervisor.watch(until=is_decided, within=WEB_WITHIN) or web.restarts > 2:
            raise self._failed("web", "The web processes do not answer")

    def _write(self, **changes) -> None:
        with state.changing(self.settings.places) as written:
            written.update(changes)


def _become_supervisor(settings: Config, terminal: Terminal) -> int | None:
    """Take the lock; None when the product runs already, which is said."""
    path = settings.places.run / "supervisor.lock"
    lock = locks.take_within(path, 0.3)
    if lock is not None:
        return lock
    until = time.monotonic() + LOCK_WITHIN
    told = False
    while lock is None:
        running = state.read(settings.places)
        holder = running["supervisor"]
        if state.is_ours(holder) and holder["command"] == "./crm run" and running["phase"] == "serving":
            _say_what_runs(running, terminal)
            return None
        if state.is_ours(holder) and not told and time.monotonic() > until:
            terminal.line(
                f"  {holder['command']} (pid {holder['pid']}) is busy with {settings.places.var}; waiting for it."
            )
            told = True
        lock = locks.take_within(path, 0.5)
    return lock


def _say_what_runs(running: dict, terminal: Terminal) -> None:
    supervisor = running["supervisor"]
    since = time.strftime("%d %b, %H:%M", time.localtime(supervisor["started"]))
    processes = ", ".join(f"{name} {process['pid']}" for name, process in running["processes"].items())
    terminal.facts(
        "Catchment is running already",
        Address=terminal.bold(running["address"]), Since=since, Processes=processes,
        Stop=f"Ctrl-C where it was started, or: kill {supervisor['pid']}",
    )  # fmt: skip


def _answers(bind: str, port: int) -> bool:
    host = {
        "0.0.0.0": "127.0.0.1",
        "": "127.0.0.1",
        "::": "[::1]",
        "[::]": "[::1]",
    }.get(bind, bind)
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"http://{host}:{port}/healthz", timeout=2).close()
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, ValueError):
        return False
    return True
