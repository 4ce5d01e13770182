"""Real data from CRM_OPEN_DATA go in through the import page; without the folder the same walk goes over files of our own."""

import gzip
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from capture.imports.tests import made
from capture.models import ImportRun
from leads.models import Lead
from opportunities.models import Opportunity
from scoring import tasks as scoring
from scoring.models import ScoringModel
from tests.journeys import steps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
FOLDER = os.environ.get("CRM_OPEN_DATA", "")
NEWEST, UNDECIDED = 2_000, 500


def salvirt() -> bytes:
    return next(Path(FOLDER).glob("salvirt/*.csv")).read_bytes()


def bank() -> bytes:
    """The newest calls of the campaign: the file is in order of time. How the very newest ended, its last column, is left empty."""
    lines = gzip.decompress(next(Path(FOLDER).glob("bank_additional/*.csv.gz")).read_bytes()).splitlines()
    undecided = [line.rpartition(b";")[0] + b";" for line in lines[-UNDECIDED:]]
    return b"\r\n".join([lines[0], *lines[-NEWEST:-UNDECIDED], *undecided])


def people(count: int, undecided: int) -> bytes:
    """Leads of the past, of whom those from the first countries became customers, and after them some that are still open."""
    rows = [[*person, ("yes" if n % 16 < 5 else "no") if n < count - undecided else ""] for n, person in enumerate(made.people(count))]
    return made.table([[*made.HEADER, "Converted"], *rows])


def bring_in(page: Page, work, name: str, content: bytes, *, each_row: str) -> ImportRun:
    """Take a file through the pages as it is proposed, unknown columns becoming fields of their own."""
    steps.upload(page, name, content)
    work()
    page.goto(page.url)
    main = page.get_by_role("main")
    main.get_by_role("radiogroup", name="What the rows are").get_by_text(each_row).click()
    main.get_by_role("button", name="Apply").click()
    main.get_by_label("Team").select_option(label="North")
    page.get_by_role("button", name="Check rows").first.click()
    work()
    page.goto(page.url)
    page.get_by_role("button", name=re.compile(r"Import [\d,]+ rows")).click()
    work()
    expect(page.get_by_text("Import finished")).to_be_visible(timeout=120_000)
    return ImportRun.objects.latest("pk")


def train(said) -> None:
    assert scoring.bulk_train() is not None
    while scoring.bulk_rescore():
        pass
    model = ScoringModel.objects.latest("pk")
    said(f"model: learnt from {model.closed_count}, {model.measures}")


def grades_of_open_leads(said) -> None:
    """Open leads differ in their scores, and each says why by what it is itself."""
    grades = [lead.scores.latest("scored_at", "pk") for lead in Lead.objects.open()]
    values = {grade.value for grade in grades}
    said(f"open leads: {len(grades)}, {len(values)} different scores from {min(values)} to {max(values)}")
    assert len(values) >= 5
    assert all(grade.reasons["up"] or grade.reasons["down"] for grade in grades)
    assert all(grade.model_id for grade in grades)


def win_the_best(page: Page, said, *, has_past: bool = False) -> None:
    """Sort by score, open the best lead, read its reasons and, with a past, leads like it; convert it and win it."""
    page.goto("/leads/?view=open")
    page.get_by_role("link", name=re.compile("^Score")).click()
    page.wait_for_url(re.compile("sort="))
    values = [int(text) for text in re.findall(r"(?m)^\s*(\d+)\b", "\n".join(page.locator(".c-score").all_inner_texts()))]
    assert values and (values == sorted(values) or values == sorted(values, reverse=True))
    best = Lead.objects.open().order_by("-score", "pk").first()
    said(f"scores {min(values)} to {max(values)} on the page, best {best.score}: {best}")
    page.goto(best.get_absolute_url())
    why = page.get_by_role("region", name=f"Why the score is {best.score}")
    expect(why).to_contain_text("Learnt from")
    said("reasons: " + " | ".join(why.locator("li").all_inner_texts()).replace("\n", " "))
    said("note: " + why.locator("p").first.inner_text())
    if has_past:
        expect(why.get_by_role("heading", name="Like these past leads")).to_be_visible()
        said("alike: " + " | ".join(why.locator("#why-more li").all_inner_texts()).replace("\n", " "))
    page.get_by_role("link", name="Convert").click()
    page.get_by_role("dialog").get_by_role("button", name="Convert").click()
    page.wait_for_url(steps.DEAL)
    page.get_by_role("link", name="Won", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Mark as won").click()
    expect(page.get_by_role("link", name="Reopen")).to_be_visible(timeout=60_000)


@pytest.fixture
def said(record_property):
    """said("…") is told at the end of the run with -rA, and kept in its report."""

    def tell(words: str) -> None:
        print(words)
        record_property("figures", words)

    return tell


class TestPastDeals:
    def test_teach_the_scores_of_our_own_leads(self, page_as, ada, nora, work, said):
        page = page_as(ada)
        bring_in(page, work, "deals.csv", made.deals(60), each_row="deal")
        bring_in(page, work, "leads.csv", made.leads(30), each_row="lead")
        train(said)
        win_the_best(page, said)
        assert (Opportunity.objects.won().count(), Opportunity.objects.lost().count()) == (21, 40)


class TestPastLeads:
    def test_teach_the_scores_of_those_still_open(self, page_as, ada, nora, work, said):
        page = page_as(ada)
        leads = bring_in(page, work, "leads.csv", people(120, 30), each_row="lead")
        assert {column["header"]: column["target"] for column in leads.columns}["Converted"] == "outcome"
        assert (Lead.objects.filter(converted_at__isnull=False).count(), Lead.objects.open().count()) == (30, 30)
        train(said)
        grades_of_open_leads(said)
        page.goto("/settings/scores/")
        model = ScoringModel.objects.latest("pk")
        expect(page.get_by_role("region", name="Are the scores true?")).to_contain_text(
            f"Learnt from {model.closed_count} closed leads, {model.won_count} of them converted."
        )
        win_the_best(page, said, has_past=True)


if FOLDER:

    class TestRealData:
        def test_goes_from_files_to_a_won_deal(self, page_as, ada, nora, work, said):
            nora.memberships.update(capacity=2 * NEWEST)
            page = page_as(ada)
            deals = bring_in(page, work, "Salvirt_B2B_ML_dataset.csv", salvirt(), each_row="deal")
            said(f"salvirt: {deals.rows} rows, {deals.created_count} created, {deals.skipped_count} skipped, {deals.rejected_count} rejected")
            leads = bring_in(page, work, "bank-additional.csv", bank(), each_row="lead")
            said(f"bank: {leads.rows} rows, {leads.created_count} created, {leads.skipped_count} skipped, {leads.rejected_count} rejected")
            assert deals.created_count == 448
            assert leads.created_count == NEWEST
            said("fields: " + ", ".join(f"{column['header']} → {column['target']}" for column in leads.columns))
            assert Lead.objects.count() == NEWEST
            assert Lead.objects.open().count() == UNDECIDED
            assert not Lead.objects.open().exclude(owner=nora).exists()
            train(said)
            grades_of_open_leads(said)
            win_the_best(page, said, has_past=True)
