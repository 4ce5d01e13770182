"""Today in a real browser: it draws itself anew without taking the focus away."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core import clock
from tests.factories import customers, leads

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_keeps_the_focus_where_it_was(page_as, nora):
    now = clock.now()
    for name in ("Ada", "Grace"):
        lead = leads.lead(name, owner=nora, at=now)
        lead.plan("call", now - timedelta(days=1), at=now, by=nora, summary=f"Ring {name}")
    page = page_as(nora)
    page.goto("/")
    snooze = page.get_by_role("link", name="Snooze Ring Grace")
    snooze.focus()
    page.evaluate("document.querySelector('.day-head').dataset.old = 'yes'; htmx.trigger('#work', 'poll')")
    expect(page.locator(".day-head[data-old]")).to_have_count(0)
    expect(snooze).to_be_focused()


def test_a_long_name_without_spaces_stays_on_the_screen(page_as, nora):
    name = "W" * 300
    company = customers.company(name, owner=nora)
    customers.contact(name, company=company)
    leads.lead(name, owner=nora, company_name=name, at=clock.now())
    page = page_as(nora, viewport={"width": 320, "height": 700})
    for address in ("/", company.get_absolute_url()):
        page.goto(address)
        expect(page.get_by_role("link", name=name).first).to_be_visible()
        widest = "Math.max(...[...document.querySelectorAll('main .wait *, main .rec-head *, main .tl *, main .side-in *')].map(each => each.getBoundingClientRect().right))"
        assert page.evaluate(widest) <= 320
