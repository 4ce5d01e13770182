"""A malformed value stops the start with a sentence that names the variable and the next step."""

import pytest

from crm_site.run import config, named
from crm_site.run.config import Config
from crm_site.run.say import Problem
from tests.run.conftest import launcher

MALFORMED = [
    ("CRM_PORT", "eighty"),
    ("CRM_PORT", "70000"),
    ("CRM_PORT", "-1"),
    ("CRM_DEMO", "maybe"),
    ("CRM_WEB_WORKERS", "0"),
    ("CRM_PUBLIC_URL", "crm.example.com"),
    ("CRM_PUBLIC_URL", "https://crm.example.com/below/a/path"),
    ("CRM_DATABASE_URL", "mysql://root:hunter2@localhost/crm"),
    ("CRM_DATABASE_URL", "postgresql://crm:hunter2@localhost:54x2/crm"),
    ("CRM_DATABASE_URL", "postgresql://crm:hunter2@localhost"),
    ("CRM_DATABASE_OWNER_URL", "hunter2"),
    ("CRM_REDIS_URL", "localhost:6379"),
    ("CRM_SECRET_KEY", "short"),
    ("CRM_FIELD_KEY", "bm90IDMyIGJ5dGVz"),
    ("CRM_FIELD_KEY", "not base64 at all"),
]


class TestRead:
    @pytest.mark.parametrize(("name", "text"), MALFORMED)
    def test_refuses_a_malformed_value_by_its_name(self, name, text):
        with pytest.raises(Problem, match=f"^{name} ") as refusal:
            config.read({name: text})
        assert "hunter2" not in str(refusal.value), "a password must not be repeated"

    def test_takes_an_empty_value_for_none(self):
        settings = config.read({"CRM_DATABASE_URL": " ", "CRM_PORT": ""})
        assert settings.embeds_database
        assert settings.port == 8000

    def test_starts_nothing_of_its_own_for_named_servers(self):
        settings = config.read(
            {"CRM_DATABASE_URL": "postgresql://crm@db/crm", "CRM_REDIS_URL": "redis://queue:6379/0"}
        )  # fmt: skip
        assert settings.embedded() == []
        assert not settings.is_demo, "demo mode is for the embedded database only, unless asked for"

    def test_starts_only_the_engine_that_is_not_named(self):
        settings = config.read({"CRM_REDIS_URL": "redis://queue:6379"})
        assert [engine.name for engine in settings.embedded()] == ["postgres"]

    def test_tells_only_commands_by_hand_the_owners_password(self, var):
        settings = config.read({"CRM_VAR": str(var)})
        assert "CRM_DATABASE_OWNER_URL" in settings.env("manage")
        for process in ("web", "worker", "bulk", "beat"):
            assert "CRM_DATABASE_OWNER_URL" not in settings.env(process)
            assert "//crm_app:" in settings.env(process)["CRM_DATABASE_URL"]

    def test_keeps_its_keys(self, var):
        first = config.read({"CRM_VAR": str(var)}).env("web")
        second = config.read({"CRM_VAR": str(var)}).env("web")
        for name in ("CRM_SECRET_KEY", "CRM_FIELD_KEY", "CRM_DATABASE_URL"):
            assert first[name] == second[name]
        for path in (var / "secrets").iterdir():
            assert path.stat().st_mode & 0o077 == 0, f"{path.name} can be read by others"


class TestDemoMode:
    @pytest.mark.parametrize("bind", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
    def test_runs_where_only_this_machine_reaches_it(self, bind):
        config.check_demo(config.read({"CRM_BIND": bind}))

    @pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.168.1.5", "10.0.0.1"])
    def test_refuses_where_others_reach_it(self, bind):
        with pytest.raises(Problem) as refusal:
            config.check_demo(config.read({"CRM_BIND": bind}))
        assert "--no-demo" in " ".join(refusal.value.next_steps)

    @pytest.mark.parametrize("bind", ["0.0.0.0", "192.168.1.5"])
    def test_may_be_switched_off_there(self, bind):
        config.check_demo(config.read({"CRM_BIND": bind}).with_options(demo=False))

    def test_stops_the_start_before_anything_is_made(self, var):
        refused = launcher("run", "--bind", "0.0.0.0", CRM_VAR=str(var))
        assert refused.returncode == 1
        assert "one click" in refused.stderr
        assert "./crm run --bind 0.0.0.0 --no-demo" in refused.stderr
        assert list(var.iterdir()) == []


class TestCommandLine:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["fly"], "There is no command 'fly'"),
            (["run", "--port", "http"], "--port must be a port"),
            (["run", "--fast"], "--fast"),
            (["serve"], "process"),
            (["serve", "everything"], "invalid choice: 'everything'"),
        ],
    )
    def test_says_what_it_did_not_understand(self, words, said):
        refused = launcher(*words)
        assert refused.returncode == 1
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr

    def test_does_not_load_django_to_find_that_out(self):
        import subprocess
        import sys

        from tests.run.conftest import environment

        program = (
            "import sys, crm_site.run.cli, crm_site.run.product, crm_site.run.tree; print('django' in sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "False"


class TestNamedServers:
    def test_that_do_not_answer_are_named_with_the_reason(self):
        settings = config.read({"CRM_DATABASE_URL": "postgresql://owner:secret@127.0.0.1:1/crm"})
        with pytest.raises(Problem) as refusal:
            named.check("postgres", settings)
        assert "CRM_DATABASE_URL" in refusal.value.cause and "port 1 failed" in refusal.value.cause
        assert "secret" not in refusal.value.cause


class TestAddress:
    @pytest.mark.parametrize(
        ("bind", "address"),
        [("127.0.0.1", "http://127.0.0.1:81"), ("::1", "http://[::1]:81"), ("10.1.2.3", "http://10.1.2.3:81")],
    )
    def test_can_be_opened_in_a_browser(self, bind, address):
        settings: Config = config.read({"CRM_BIND": bind})
        assert settings.address(81) == address

    def test_is_the_public_one_when_there_is_one(self):
        settings = config.read({"CRM_PUBLIC_URL": "https://crm.example.com/"})
        assert settings.address(81) == "https://crm.example.com"


class TestBench:
    def test_asks_what_to_measure_before_it_starts_or_empties_anything(self, var):
        kept = var / "bench" / "kept"
        kept.parent.mkdir()
        kept.touch()
        refused = launcher("bench", "--fresh", "--json", CRM_VAR=str(var))
        assert refused.returncode == 1
        assert "Say what to measure" in refused.stderr
        assert refused.stdout == "", "standard output belongs to the figures"
        assert kept.exists()
