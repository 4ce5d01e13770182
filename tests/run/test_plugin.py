"""The pytest plugin, `./crm test` and the browser's finder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crm_site.run import checks, chromium, logwatch, testing
from crm_site.run.places import ROOT, Places
from crm_site.run.say import Problem, Terminal
from tests.run.conftest import environment

WHERE = "import os, crm_site.run.testing; print(os.environ['CRM_VAR'], os.environ['CRM_DATABASE_URL'])"


class TestEngines:
    def test_are_thrown_away_with_the_run(self):
        done = subprocess.run(
            [sys.executable, "-c", WHERE], env=environment(CRM_DEMO="1", CRM_SMTP_HOST="mail.example.com"), cwd=ROOT,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        folder, url = done.stdout.split()
        assert "//crm:" in url, "the owner's role makes the test database"
        assert not Path(folder).exists()
        assert not Places(Path(folder)).sockets.exists()

    def test_are_not_started_when_a_server_is_named(self):
        named = environment(CRM_DATABASE_URL="postgresql://crm@db/crm", CRM_VAR="untouched")
        done = subprocess.run(
            [sys.executable, "-c", WHERE], env=named, cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == ["untouched", "postgresql://crm@db/crm"]

    def test_of_a_killed_run_are_swept_by_the_next(self):
        program = f"{WHERE.replace('print(', 'print(os.getpid(), ')}; import sys; sys.stdout.flush(); sys.stdin.read()"
        killed = subprocess.Popen(
            [sys.executable, "-c", program], env=environment(), cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        folder = Path(killed.stdout.readline().split()[1])
        testing.sweep()
        assert folder.exists(), "it is still in use"
        killed.kill()
        killed.communicate()
        assert folder.exists()
        testing.sweep()
        assert not folder.exists()

    def test_serve_this_very_run(self, db):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('fsync')")
            assert cursor.fetchone() == ("crm", "off")


@pytest.fixture
def asked(monkeypatch):
    """What `./crm test` would have run, instead of running it; each passes."""
    commands = []

    def run(argv, **options):
        commands.append(argv[1:])
        return subprocess.CompletedProcess(argv, 0, stdout="", stderr="")

    monkeypatch.setattr(checks.subprocess, "run", run)
    monkeypatch.setattr(checks.chromium, "ensure", lambda: "/usr/bin/chromium")
    monkeypatch.setenv("CRM_CHROMIUM", "")
    return commands


TWO_AT_A_TIME = ["-n", "2", "--dist", "loadfile", "-rR"]


class TestChecks:
    def test_look_at_everything_but_the_slow(self, asked):
        assert checks.run([]) == 0
        assert [command[:2] for command in asked] == [
            ["-m", "ruff"], ["-c", checks.LINTERS["import directions"][1]], ["-m", "pytest"],
        ]  # fmt: skip
        assert asked[-1][2:] == [*TWO_AT_A_TIME, "-m", "not slow"]

    def test_look_at_the_slow_too_when_asked_for_all(self, asked):
        checks.run(["--all"])
        assert asked[-1][2:] == [*TWO_AT_A_TIME, "-m", ""]

    def test_only_run_what_is_named(self, asked):
        checks.run(["tests/run/test_plugin.py::TestChecks", "-k", "named"])
        assert len(asked) == 1
        assert asked[0][-3:] == ["tests/run/test_plugin.py::TestChecks", "-k", "named"]

    @pytest.mark.parametrize(("failing", "code"), [("ruff", 1), ("pytest", 1), (None, 0)])
    def test_tell_by_the_exit_code(self, asked, monkeypatch, capsys, failing, code):
        passing = checks.subprocess.run

        def run(argv, **options):
            passing(argv, **options)
            return subprocess.CompletedProcess(argv, 1 if failing in argv else 0, stdout="found something", stderr="")

        monkeypatch.setattr(checks.subprocess, "run", run)
        assert checks.run([]) == code
        assert len(asked) == 3, "one that fails does not hide what the others find"


class TestChromium:
    def test_takes_the_one_that_is_named(self, monkeypatch):
        monkeypatch.setenv("CRM_CHROMIUM", sys.executable)
        assert chromium.ensure() == sys.executable

    def test_refuses_a_name_without_a_program(self, monkeypatch, tmp_path):
        monkeypatch.setenv("CRM_CHROMIUM", str(tmp_path / "chromium"))
        with pytest.raises(Problem, match="CRM_CHROMIUM names"):
            chromium.ensure()

    @pytest.mark.parametrize(("user", "tool"), [(0, "apt-get"), (1000, "playwright")])
    def test_says_why_it_could_not_be_installed(self, monkeypatch, user, tool):
        monkeypatch.delenv("CRM_CHROMIUM", raising=False)
        monkeypatch.setattr(chromium, "find", lambda: None)
        monkeypatch.setattr(chromium.os, "geteuid", lambda: user)
        monkeypatch.setattr(chromium.shutil, "which", lambda name: f"/usr/bin/{name}")
        asked = []

        def run(argv, **options):
            asked.append(argv)
            return subprocess.CompletedProcess(argv, 100, stdout="", stderr="E: no network\n")

        monkeypatch.setattr(chromium.subprocess, "run", run)
        with pytest.raises(Problem) as failure:
            chromium.ensure()
        assert tool in str(failure.value)
        assert "E: no network" in failure.value.next_steps
        assert tool in asked[0]

    def test_is_there_for_the_browser_tests_of_this_run(self):
        assert os.access(chromium.ensure(), os.X_OK)


class TestLogwatch:
    def test_says_once_what_went_wrong_and_where(self, var, capsys, monkeypatch):
        monkeypatch.setattr(logwatch, "EVERY", -1.0)
        places = Places(var)
        places.log.mkdir()
        log = places.log_of("web")
        log.write_text('{"level": "error", "message": "long ago"}\n')
        watch = logwatch.Logwatch(places, Terminal(), ("web", "beat"))
        watch.tick()
        assert capsys.readouterr().out == "", "what stood there before the start is not news"
        with log.open("a") as file:
            file.write('{"level": "info", "message": "an ERROR page was looked at"}\n'.replace("ERROR", "error"))
            file.write('{"level": "error", "message": "The disk is full"}\n')
            file.write('{"level": "critical", "message": "The disk is still full"}\n')
        watch.tick()
        said = capsys.readouterr().out
        assert "web: 2 errors, last: The disk is still full" in said
        assert str(log) in said
        with log.open("a") as file:
            file.write("CRITICAL once more\n")
        watch.tick()
        assert capsys.readouterr().out == "", "not again within a minute"

    def test_puts_a_long_log_aside(self, var, monkeypatch):
        monkeypatch.setattr("crm_site.run.places.ROTATE_ABOVE", 10)
        places = Places(var)
        places.log.mkdir()
        places.log_of("web").write_text("eleven bytes")
        places.rotate("web")
        assert not places.log_of("web").exists()
        assert (var / "log" / "web.log.1").read_text() == "eleven bytes"
