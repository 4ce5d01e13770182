"""Won and lost deals of the past become closed opportunities."""

from decimal import Decimal

import pytest

from capture.imports.tests import made
from capture.models import ImportRow
from core.models import CustomField
from opportunities.models import Closing, Opportunity, OpportunityEvent, StageTotal

pytestmark = pytest.mark.django_db


class TestDeals:
    def test_are_told_by_the_words_of_a_column(self, read_file):
        run = read_file(made.deals())
        assert run.kind == "deals"
        assert run.columns[-1]["target"] == "outcome"

    def test_become_closed_opportunities_with_their_columns(self, import_file):
        run = import_file(made.deals(60))
        assert (run.step, run.created_count, run.rejected_count) == ("finished", 60, 0)
        assert (Opportunity.objects.won().count(), Opportunity.objects.lost().count()) == (20, 40)
        won = Opportunity.objects.won().order_by("pk").first()
        assert won.custom == {"product": "Product A", "authority": "Low", "company_size": "Small", "competitors": False}
        assert won.source.name == "Referral"
        assert {one.type for one in CustomField.objects.filter(record="opportunity")} == {"choice", "flag"}
        assert Opportunity.objects.lost().first().lost_reason.name == "Imported"

    def test_close_with_an_event_and_a_row_each(self, import_file):
        import_file(made.deals(6))
        assert sorted(OpportunityEvent.objects.values_list("kind", flat=True)) == ["lost"] * 4 + ["opened"] * 6 + ["won"] * 2
        assert Closing.objects.count() == 6
        assert not StageTotal.objects.exclude(count=0).exists()

    def test_again_create_nothing(self, import_file):
        import_file(made.deals(6))
        run = import_file(made.deals(6))
        assert (run.created_count, run.skipped_count, Opportunity.objects.count()) == (0, 6, 6)

    def test_read_amounts_and_days(self, import_file):
        rows = [["Deal", "Amount", "Close date", "Stage", "Lost reason"], ["Desks", "1.234,50", "03.11.26", "Closed Won", ""],
                ["Booths", "80.000", "13.11.26", "Closed Lost", "Price"], ["Lamps", "viel", "14.11.26", "Closed Won", ""]]  # fmt: skip
        run = import_file(made.table(rows, delimiter=";"))
        assert (run.created_count, run.rejected_count) == (2, 1)
        desks = Opportunity.objects.get(name="Desks")
        assert (desks.expected, desks.amount_won, desks.state) == (Decimal("1234.50"), Decimal("1234.50"), "won")
        assert desks.closed_at.date().isoformat() == "2026-11-03"
        assert Opportunity.objects.get(name="Booths").lost_reason.name == "Price"
        assert ImportRow.objects.get(import_run=run, fate="rejected").why[0]["code"] == "no_amount"

    def test_without_won_or_lost_are_rejected(self, import_file):
        rows = [["Deal", "Status"], *([f"Deal {n}", "won" if n % 2 else "lost"] for n in range(8)), ["Open one", "negotiating"], ["None", ""]]
        run = import_file(made.table(rows))
        codes = [row.why[0]["code"] for row in ImportRow.objects.filter(import_run=run, fate="rejected").order_by("number")]
        assert codes == ["row_outcome_unknown", "row_no_outcome"]
