"""The import in a real browser: uploaded in parts, matched, mended, watched; no barriers and no console errors."""

import os
import re

import pytest
from playwright.sync_api import expect

from capture.imports import running
from capture.imports.tests import made
from capture.models import ImportRun, ImportUpload
from core import limits
from leads.models import Lead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [{}, pytest.param({"dark": True, "phone": True}, marks=pytest.mark.slow)]


def shot(page, name: str) -> None:
    """Keep a picture where CRM_TEST_SHOTS says, to look at beside the design."""
    if folder := os.environ.get("CRM_TEST_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")



@pytest.mark.parametrize("look", LOOKS, ids=["light desktop", "dark phone"])
def test_a_trade_show_is_brought_in(page_as, accessible, olga, north, tmp_path, look):
    name = "phone" if look else "light"
    file = tmp_path / "besucher-köln.csv"
    file.write_bytes(made.trade_show())
    page = page_as(olga, **look)
    page.goto("/import/")
    accessible(page)
    shot(page, f"import-1-{name}")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("11 of 11 columns were recognised.")).to_be_visible()
    accessible(page)
    shot(page, f"import-2-{name}")
    page.get_by_role("button", name="Check rows").first.click()
    expect(page.get_by_text("12 rows cannot be imported")).to_be_visible()
    accessible(page)
    shot(page, f"import-3-{name}")
    page.get_by_role("link", name="Cannot import").click()
    expect(page).to_have_url(re.compile(r"show=rejected$"))
    expect(page.get_by_label("Cell in line 7")).to_be_visible()
    accessible(page)
    shot(page, f"import-3-rejected-{name}")
    page.get_by_label("Cell in line 7").fill("kai@brandt.example")
    page.get_by_role("button", name="Check again line 7").click()
    expect(page.get_by_text("11 rows cannot be imported")).to_be_visible()
    page.get_by_role("button", name="Import 4 rows").click()
    expect(page.get_by_role("heading", name="Importing 18 rows")).to_be_visible()
    accessible(page)
    shot(page, f"import-4-{name}")
    running.advance()
    expect(page.get_by_text("Import finished")).to_be_visible()
    accessible(page)
    shot(page, f"import-5-{name}")
    assert Lead.objects.count() == 4
    page.get_by_role("button", name="Undo import").click()
    expect(page.get_by_role("heading", name="Taking the import back")).to_be_visible()
    running.advance()
    expect(page.get_by_text("This import was taken back")).to_be_visible()
    shot(page, f"import-undone-{name}")
    assert not Lead.objects.exists()


def test_a_file_goes_up_in_parts(page_as, olga, tmp_path):
    file = tmp_path / "many.csv"
    file.write_bytes(made.leads(40_000))
    page = page_as(olga)
    page.goto("/import/")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Reading the file")).to_be_visible()
    upload = ImportUpload.objects.get()
    assert (upload.received, upload.import_run.size) == (file.stat().st_size, file.stat().st_size)
    assert upload.received > 2 * 2**20


def test_a_picture_and_what_is_too_large_are_refused_in_words(page_as, olga, tmp_path, complaints):
    file, large = tmp_path / "leads.csv", tmp_path / "all.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with large.open("wb") as hollow:
        hollow.truncate(limits.IMPORT_FILE + 1)
    page = page_as(olga)
    complaints.allow("422")
    page.goto("/import/")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("This is a picture. Please choose a CSV or Excel file.")).to_be_visible()
    page.locator("input[type=file]").set_input_files(str(large))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("This file is larger than 200 MB. Please split it.")).to_be_visible()
    assert not ImportUpload.objects.filter(name="all.csv").exists()
    assert not ImportRun.objects.exists()


def test_the_walk_needs_no_scripts(page_as, olga, tmp_path):
    file = tmp_path / "leads.csv"
    file.write_bytes(made.leads(3))
    page = page_as(olga, javascript=False)
    page.goto("/import/")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check rows").first.click()
    page.get_by_role("button", name="Import 3 rows").click()
    running.advance()
    page.reload()
    expect(page.get_by_text("Import finished")).to_be_visible()
