"""The deployment check finds nothing to warn of under a production environment (S20)."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

PRODUCTION = {
    "CRM_PUBLIC_URL": "https://crm.example.com",
    "CRM_BIND": "0.0.0.0",  # behind a proxy
    "CRM_BEHIND_PROXY": "1",
    "CRM_PROCESS": "web",
    "CRM_SMTP_HOST": "mail.example.com",
}
FOR_THE_DESK = ["DEBUG", "DEMO", "TESTING", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"]


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "DJANGO_"))}
    env |= {"CRM_DATABASE_URL": os.environ["CRM_DATABASE_URL"], "CRM_REDIS_URL": os.environ["CRM_REDIS_URL"],
            "CRM_SECRET_KEY": secrets.token_urlsafe(64), "CRM_FIELD_KEY": Fernet.generate_key().decode(),
            "CRM_VAR": os.environ["CRM_VAR"], **environment}  # fmt: skip
    command = [sys.executable, "-W", "error", "manage.py", *words]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True)


@pytest.fixture(scope="module")
def production() -> dict:
    """The settings of a production environment, as one process of it reads them."""
    asked = [*FOR_THE_DESK, "REQUIRE_MFA"]
    words = f"import json; from django.conf import settings; print(json.dumps({{n: getattr(settings, n) for n in {asked}}}))"
    done = manage("shell", "-v0", "-c", words, **PRODUCTION)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestDeployment:
    def test_the_check_is_clean(self):
        done = manage("check", "--deploy", "--fail-level", "INFO", **PRODUCTION)
        assert done.returncode == 0, done.stderr
        assert "no issues" in done.stdout + done.stderr

    @pytest.mark.parametrize("setting", FOR_THE_DESK)
    def test_what_is_for_the_desk_only_is_off(self, production, setting):
        assert production[setting] is False

    def test_a_second_factor_is_required(self, production):
        assert production["REQUIRE_MFA"] is True

    def test_demo_mode_refuses_other_addresses(self):
        done = manage("check", **PRODUCTION, CRM_DEMO="1")
        assert done.returncode != 0 and "loopback" in done.stderr

    @pytest.mark.parametrize("variable", ["CRM_DATABASE_URL", "CRM_REDIS_URL", "CRM_DEMO", "CRM_SMTP_PORT"])
    def test_a_malformed_value_is_named(self, variable):
        done = manage("check", **{**PRODUCTION, variable: "no such thing"})
        assert done.returncode != 0 and variable in done.stderr
