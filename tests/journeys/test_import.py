"""Operations bring in a trade-show file as people really send it, and take it back."""

import pytest
from playwright.sync_api import Page, expect

from capture.imports.tests import made
from leads.models import Lead
from tests.journeys import steps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def bring_in(page: Page, work) -> None:
    """Take the visitors' list through all pages, up to its result."""
    steps.upload(page, "besucher.csv", made.trade_show())
    work()
    page.goto(page.url)
    main = page.get_by_role("main")
    expect(main).to_contain_text("11 of 11 columns were recognised.")
    main.get_by_label("Team").select_option(label="North")
    page.get_by_role("button", name="Check rows").first.click()
    work()
    page.goto(page.url)
    expect(main).to_contain_text("12 rows cannot be imported")
    page.get_by_role("button", name="Import 3 rows").click()
    work()
    expect(page.get_by_text("Import finished")).to_be_visible()


class TestATradeShowFile:
    def test_is_brought_in_and_taken_back(self, page_as, olga, nora, work):
        page = page_as(olga)
        bring_in(page, work)
        assert Lead.objects.filter(owner=nora).count() == 3
        expect(page.get_by_role("region", name="Went to")).to_contain_text("Nora Bakke")
        page.get_by_role("link", name="Not imported").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the 12 rows").click()
        rejected = download.value.path().read_bytes().decode("utf-8-sig")
        assert "kai@brandt" in rejected and "Atlantis" in rejected
        assert rejected.count("04.11.") >= 9

        page.get_by_role("link", name="Back").click()
        page.get_by_role("button", name="Undo import").click()
        work()
        expect(page.get_by_text("This import was taken back")).to_be_visible()
        assert not Lead.objects.exists()

    @pytest.mark.slow
    def test_is_brought_in_without_javascript(self, page_as, olga, nora, work):
        page = page_as(olga, javascript=False)
        bring_in(page, work)
        assert Lead.objects.filter(owner=nora).count() == 3

    @pytest.mark.slow  # capture/imports mends a row on its way through the same pages
    def test_has_its_rows_mended_on_the_page(self, page_as, olga, nora, work):
        page = page_as(olga)
        steps.upload(page, "two.csv", b"Name,E-mail\nMaya Lindqvist,maya@nordlys.example\nKai Brandt,kai@brandt\n")
        work()
        page.goto(page.url)
        page.get_by_role("main").get_by_label("Team").select_option(label="North")
        page.get_by_role("button", name="Check rows").first.click()
        work()
        page.goto(page.url)
        page.get_by_role("link", name="All cells of line 3").click()
        page.get_by_label("E-mail").fill("kai@brandt.example")
        page.get_by_role("button", name="Check again").click()
        page.get_by_role("button", name="Import 2 rows").click()
        work()
        expect(page.get_by_text("Import finished")).to_be_visible()
        assert set(Lead.objects.values_list("email", flat=True)) == {"maya@nordlys.example", "kai@brandt.example"}
