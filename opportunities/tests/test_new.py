"""A deal made by hand, and the totals the board keeps of its stages."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from opportunities.models import MonthTotal, Opportunity, StageTotal
from tests.factories import customers as make_customers
from tests.factories import opportunities as make

pytestmark = pytest.mark.django_db


class TestNew:
    def test_begins_in_the_default_team_for_somebody_of_no_team(self, client_of, ada, north, stages):
        type(north).objects.filter(is_default=True).exclude(pk=north.pk).update(is_default=False)
        type(north).objects.filter(pk=north.pk).update(is_default=True)
        page = client_of(ada).get(reverse("opportunities:new")).content.decode()
        assert f'<option value="{north.pk}" selected>' in page and f'<option value="{stages[0].pk}" selected>' in page

    def test_opens_a_deal_and_links_a_known_company(self, client_of, nora, north, stages):
        known = make_customers.company("Nordlys AB", owner=nora)
        data = {"name": "Pods", "customer": "nordlys", "expected": "1.234,50", "currency": "EUR", "stage": stages[1].pk, "team": north.pk,
                "owner": nora.pk}  # fmt: skip
        client_of(nora).post(reverse("opportunities:new"), data)
        deal = Opportunity.objects.get()
        known.refresh_from_db()
        assert (deal.company, deal.expected, deal.stage) == (
            known,
            Decimal("1234.50"),
            stages[1],
        ) and known.status == "prospect"

    def test_from_a_contact_is_one_click_and_a_button(self, client_of, nora):
        contact = make_customers.contact("Maya", company=make_customers.company("Nordlys", owner=nora))
        client = client_of(nora)
        page = client.get(f"{reverse('opportunities:new')}?contact={contact.pk}").content.decode()
        assert 'value="Nordlys"' in page and "Nordlys: new deal" in page
        form = dict(re.findall(r'name="(contact|company)" value="(\d+)"', page))
        client.post(reverse("opportunities:new"), {
            **form, "name": "Booths", "customer": "Nordlys", "stage": make.stages()[0].pk, "team": nora.seats[0].team_id, "owner": nora.pk,
        })  # fmt: skip
        deal = Opportunity.objects.get()
        assert (deal.contact, deal.company) == (contact, contact.company)

    def test_takes_no_foreign_customer(self, client_of, nora, vera, stages, north):
        theirs = make_customers.contact("Secret", owner=vera)
        data = {"name": "x", "contact": theirs.pk, "stage": stages[0].pk, "team": north.pk}
        assert client_of(nora).post(reverse("opportunities:new"), data).status_code == 422
        assert (
            "Secret" not in client_of(nora).get(f"{reverse('opportunities:new')}?contact={theirs.pk}").content.decode()
        )


class TestStageTotals:
    def test_equal_a_recount_after_everything(self, deal, nora, omar, stages, at):
        from opportunities.invariants import CHECKS, _finder

        deal.move_to(stages[2], at=at)
        deal.assign_to(omar, at=at)
        deal.close_part("won", Decimal(10), at=at)
        deal.plan("call", at + timedelta(days=1), at=at, by=nora)
        Opportunity.objects.all().update(currency="SEK")
        deal.refresh_from_db()
        deal.edit({"close_date": at.date() + timedelta(days=70)}, at=at, by=nora)
        make.opportunity("Gone", owner=nora, expected=70, close_date=at.date()).delete()
        for name, sql in CHECKS.items():
            assert list(_finder(sql)()) == [], name
        for kept, name in ((StageTotal, "the board's totals are those of a recount"), (MonthTotal, "the forecast's totals are those of a recount")):
            kept.objects.filter(count__gt=0).update(count=5)
            assert list(_finder(CHECKS[name])())
