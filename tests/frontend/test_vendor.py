"""What static/vendor carries is what its list says."""

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
ENTRIES = json.loads((VENDOR / "VENDOR.json").read_text())


class TestVendor:
    def test_every_file_has_the_digest_of_the_list(self):
        for entry in ENTRIES:
            digest = hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest()
            assert digest == entry["sha256"], entry["file"]

    def test_lists_every_script(self):
        assert {path.name for path in VENDOR.glob("*.js")} == {entry["file"] for entry in ENTRIES}

    def test_carries_each_licence(self):
        for entry in ENTRIES:
            assert "Permission" in (VENDOR / f"{entry['package']}-LICENSE.txt").read_text(), entry["package"]

    def test_names_no_source_map(self):
        for path in VENDOR.glob("*.js"):
            assert "sourceMappingURL" not in path.read_text(), path.name

    def test_has_the_version_that_is_asked_for(self):
        asked = json.loads((ROOT / "frontend" / "package.json").read_text())["dependencies"]
        locked = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
        for entry in ENTRIES:
            assert asked[entry["package"]] == entry["version"] == locked[f"node_modules/{entry['package']}"]["version"]

    def test_the_lock_names_no_host(self):
        assert "resolved" not in (ROOT / "frontend" / "package-lock.json").read_text()

    def test_the_fonts_come_with_their_licence(self):
        assert "SIL OPEN FONT LICENSE" in (ROOT / "static" / "fonts" / "INTER-LICENSE.txt").read_text()
