"""Imports point one way (decision 1); the contract stands in pyproject.toml."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)


class TestImportDirection:
    def test_holds(self):
        done = lint(ROOT)
        assert done.returncode == 0, done.stdout[-3000:]

    def test_knows_every_app(self):
        """A new app has to take its place in the layers."""
        contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
        named = {name.strip() for layer in contract["contracts"][0]["layers"] for name in layer.split("|")}
        apps = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"crm_site"}
        assert named == apps == set(contract["root_packages"])

    def test_sees_an_import_that_points_upwards(self, tmp_path):
        """The check itself: the same contract breaks on a small tree with one wrong import."""
        text = (ROOT / "pyproject.toml").read_text()
        (tmp_path / "pyproject.toml").write_text(text[text.index("[tool.importlinter]"):])
        contract = tomllib.loads(text)["tool"]["importlinter"]
        for package in contract["root_packages"]:
            (tmp_path / package).mkdir()
            (tmp_path / package / "__init__.py").touch()
        assert lint(tmp_path).returncode == 0
        (tmp_path / "core" / "wrong.py").write_text("import leads\n")
        assert lint(tmp_path).returncode == 1
