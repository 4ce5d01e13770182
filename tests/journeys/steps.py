"""What people do on the way, by the words and roles they find on the page."""

import re

from playwright.sync_api import Locator, Page, expect

LEAD = re.compile(r"/leads/\d+/")
DEAL = re.compile(r"/opportunities/\d+/$")


def send_enquiry(page: Page, form, *, visit: str = "?utm_source=google&utm_medium=cpc&utm_campaign=booths", **answers: str) -> None:
    """Fill in the public form and read the thanks."""
    page.goto(f"{form.get_absolute_url()}{visit}")
    for label, text in answers.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def log_call(page: Page, said: str) -> None:
    """Log a call on the lead's page."""
    page.get_by_role("link", name="Log call").first.click()
    page.get_by_label("What was said").fill(said)
    page.get_by_role("button", name="Log call").click()
    expect(page.locator(".tl")).to_contain_text(said)


def plan(page: Page, what: str, day: str) -> None:
    """Plan an activity on the lead's page."""
    page.get_by_role("link", name="Activity", exact=True).click()
    page.get_by_label("Day", exact=True).fill(day)
    page.get_by_label("What for").fill(what)
    page.get_by_role("button", name="Plan").click()
    expect(page.locator(".next-act").filter(has_text=what)).to_be_visible()


def column_of(page: Page, stage) -> Locator:
    return page.get_by_role("region", name="Pipeline board").locator(f'[data-stage="{stage.pk}"]')


def upload(page: Page, name: str, content: bytes) -> None:
    """Choose a file on the import page and send it."""
    page.goto("/import/")
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/import/\d+/"))
