"""The embedded servers: made once, durable or not, found by others, alive again after kill -9."""

import os
import signal
import subprocess
import sys

import psutil
import psycopg
import pytest
import redis

from crm_site.run import attach, config, engines, locks, manage, state
from crm_site.run.places import ROOT, Places
from crm_site.run.say import Problem
from crm_site.run.tree import free_port
from tests.run.conftest import environment, heed_interrupts, launcher, make_var, remove_var


@pytest.fixture(scope="module")
def servers():
    folder = make_var()
    with engines.start(folder, durable=False) as started:
        yield started
    remove_var(folder)


def ask(url: str, question: str):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()


def tell(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)


class TestStart:
    def test_gives_two_roles_and_only_the_owner_owns(self, servers):
        app, owner = servers.env["CRM_DATABASE_URL"], servers.env["CRM_DATABASE_OWNER_URL"]
        tell(owner, "CREATE TABLE thing (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, "SELECT count(*) FROM thing")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tell(app, "CREATE TABLE other (id int)")
        assert ask(owner, "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user") == (False,)

    def test_has_the_extensions_in_every_new_database(self, servers):
        owner = servers.env["CRM_DATABASE_OWNER_URL"]
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("CREATE DATABASE another")
        found = ask(owner.replace("/crm?", "/another?"), "SELECT array_agg(extname::text) FROM pg_extension")[0]
        assert {"pg_trgm", "unaccent", "citext", "btree_gist", "btree_gin", "fuzzystrmatch"} <= set(found)

    def test_sorts_and_folds_every_alphabet(self, servers):
        assert ask(servers.env["CRM_DATABASE_URL"], "SELECT lower('ÅSA ΣΊΣΥΦΟΣ')") == ("åsa σίσυφος",)

    def test_listens_on_a_private_socket_alone(self, servers):
        assert servers.places.sockets.stat().st_mode & 0o077 == 0
        for child in servers.children:
            assert psutil.Process(child.pid).net_connections("tcp") == []
        assert redis.Redis(unix_socket_path=f"{servers.places.sockets}/valkey.sock").ping()

    def test_refuses_a_second_one_on_the_same_folder(self, servers):
        with pytest.raises(Problem, match="running already"):
            engines.start(servers.places.var, durable=False)

    def test_refuses_a_cluster_of_another_version(self, var):
        cluster = Places(var).cluster
        cluster.mkdir(parents=True)
        (cluster / "PG_VERSION").write_text("15\n")
        with pytest.raises(Problem, match="made by PostgreSQL 15"):
            engines.start(var)

    def test_refuses_a_socket_folder_laid_by_somebody_else(self, var):
        sockets = Places(var).sockets
        sockets.symlink_to(var)
        try:
            with pytest.raises(Problem, match="belongs to somebody else"):
                engines.start(var)
        finally:
            sockets.unlink()


class TestStop:
    def test_leaves_no_process_and_keeps_the_data(self, var):
        half_made = Places(var).cluster.with_name("data.new")
        half_made.mkdir(parents=True)
        (half_made / "PG_VERSION").write_text("18")
        with engines.start(var, durable=False) as servers:
            tell(servers.env["CRM_DATABASE_OWNER_URL"], "CREATE TABLE kept AS SELECT 42 AS n")
            pids = [child.pid for child in servers.children]
            assert not half_made.exists(), "what an interrupted first start left is made anew"
        assert not any(psutil.pid_exists(pid) for pid in pids)
        assert not servers.places.sockets.exists()
        assert not any(engines.is_running(engine) for engine in engines.embedded(servers.places))

        with engines.start(var, durable=False) as servers:
            assert ask(servers.env["CRM_DATABASE_OWNER_URL"], "SELECT n FROM kept") == (42,)
        (var / "secrets" / "postgres_postgres").unlink()
        with pytest.raises(Problem, match="does not know the password"):
            engines.start(var, durable=False)

    def test_comes_with_the_death_of_the_parent(self, var):
        program = (
            "import sys; from crm_site.run import engines; servers = engines.start(sys.argv[1], durable=False);"
            "print(*(child.pid for child in servers.children), flush=True); sys.stdin.read()"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", program, str(var)], env=environment(), cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.kill()
        parent.communicate()
        assert state.wait_for(lambda: not any(psutil.pid_exists(pid) for pid in pids), seconds=60)


class TestCrash:
    def test_loses_nothing_that_was_committed_or_queued(self, var):
        with engines.start(var) as servers:
            assert ask(servers.env["CRM_DATABASE_URL"], "SHOW fsync") == ("on",)
            tell(servers.env["CRM_DATABASE_OWNER_URL"], "CREATE TABLE kept AS SELECT 42 AS n")
            with redis.Redis(unix_socket_path=f"{servers.places.sockets}/valkey.sock") as queue:
                queue.rpush("jobs", "one", "two")
            for child in servers.children:
                os.kill(child.pid, signal.SIGKILL)
                child.process.wait()
        # the killed server's own processes hold its lock until they notice; then a new one may start
        assert state.wait_for(lambda: not locks.is_held(servers.places.run / "postgres.lock"), seconds=60)
        with engines.start(var) as again:
            assert ask(again.env["CRM_DATABASE_OWNER_URL"], "SELECT n FROM kept") == (42,)
            with redis.Redis(unix_socket_path=f"{again.places.sockets}/valkey.sock") as queue:
                assert queue.lrange("jobs", 0, -1) == [b"one", b"two"]


class TestManage:
    def test_starts_the_engines_for_its_duration(self, var):
        done = launcher("manage", "shell", "--no-imports", "--command", PRINT_ROLE, CRM_VAR=str(var))
        assert done.stdout.split() == ["crm_app"], done.stderr
        assert not any(engines.is_running(engine) for engine in engines.embedded(Places(var)))
        assert state.read(Places(var))["supervisor"] is None

    def test_attaches_to_running_ones(self, servers):
        before = [child.pid for child in servers.children]
        done = launcher("manage", "shell", "--no-imports", "--command", PRINT_ROLE, CRM_VAR=str(servers.places.var))
        assert done.stdout.split() == ["crm_app"], done.stderr
        assert all(child.is_alive() for child in servers.children)
        assert [child.pid for child in servers.children] == before

    def test_runs_what_changes_the_schema_as_the_owner(self, servers):
        settings = config.read({"CRM_VAR": str(servers.places.var)})
        for words in (["migrate"], ["flush", "--noinput"], ["dbshell", "--owner"]):
            assert manage.env_of(words, settings)["CRM_DATABASE_URL"] == servers.env["CRM_DATABASE_OWNER_URL"]
        for words in (["shell"], ["dbshell"], ["export_leads", "--json"]):
            assert manage.env_of(words, settings)["CRM_DATABASE_URL"] == servers.env["CRM_DATABASE_URL"]

    def test_makes_a_start_of_the_product_wait_for_its_end(self, var):
        """The one who started the engines stops them, so nobody builds on them for longer."""
        settings = config.read({"CRM_VAR": str(var)})
        with attach.engines_for(settings, "./crm manage shell"):
            starting = subprocess.Popen(
                [sys.executable, "-m", "crm_site.run", "run"], env=environment(CRM_VAR=str(var)), cwd=ROOT,
                stdout=subprocess.PIPE, text=True, preexec_fn=heed_interrupts,
            )  # fmt: skip
            try:
                assert "./crm manage shell (pid" in starting.stdout.readline()
            finally:
                starting.send_signal(signal.SIGINT)
                starting.communicate(timeout=90)
        assert starting.returncode == 130

    def test_hands_on_the_exit_code(self, servers):
        done = launcher("manage", "shell", "--no-imports", "--command", "raise SystemExit(7)",
                        CRM_VAR=str(servers.places.var))  # fmt: skip
        assert done.returncode == 7

    def test_needs_no_engine_to_explain_itself(self, var):
        done = launcher("manage", "help", "migrate", CRM_VAR=str(var))
        assert done.returncode == 0
        assert not Places(var).cluster.exists()

    def test_says_when_a_named_server_is_away(self, var):
        done = launcher("manage", "check", CRM_VAR=str(var), CRM_DATABASE_URL="postgresql://crm@127.0.0.1:1/crm")
        assert done.returncode == 1
        assert "CRM_DATABASE_URL" in done.stderr
        assert "Traceback" not in done.stderr


class TestServe:
    def test_says_when_the_engines_do_not_run(self, var):
        for process in ("web", "worker", "bulk", "beat"):
            done = launcher("serve", process, "--port", str(free_port()), CRM_VAR=str(var))
            assert done.returncode == 1
            assert "PostgreSQL is not running" in done.stderr
            assert "./crm serve postgres" in done.stderr

    def test_runs_each_engine_alone_and_others_attach(self, var):
        alone = {
            name: subprocess.Popen(
                [sys.executable, "-m", "crm_site.run", "serve", name], env=environment(CRM_VAR=str(var)), cwd=ROOT,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            for name in ("postgres", "valkey")
        }  # fmt: skip
        try:
            running = engines.embedded(Places(var))
            assert state.wait_for(lambda: all(map(engines.is_running, running)), seconds=60)
            attach.require(config.read({"CRM_VAR": str(var)}))
            written = state.read(Places(var))["processes"]
            assert {name: entry["pid"] for name, entry in written.items()} == {n: p.pid for n, p in alone.items()}
            assert not any(entry["supervised"] for entry in written.values())
        finally:
            for name, process in alone.items():
                process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
                process.wait(timeout=90)

    def test_refuses_a_second_engine(self, servers):
        done = launcher("serve", "postgres", CRM_VAR=str(servers.places.var))
        assert done.returncode == 1
        assert "PostgreSQL is running already" in done.stderr


PRINT_ROLE = (
    "from django.db import connection as c; u = c.cursor(); u.execute('select current_user'); print(u.fetchone()[0])"
)
