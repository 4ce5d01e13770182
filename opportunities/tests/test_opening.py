"""What a deal is called that nobody named."""

import pytest

from leads.models import Lead
from opportunities.opening import name_of


class TestNameOfADeal:
    @pytest.mark.parametrize(
        ("said", "name"),
        [
            ({"title": "24 phone booths", "message": "By March."}, "24 phone booths"),
            ({"message": "We need 24 booths by March. Can you install?\nMaya"}, "Nordlys – We need 24 booths by March"),
            ({"message": "\n  Hello,\n\nA price list, please"}, "Nordlys – A price list, please"),
            ({"message": "Hello!"}, "Nordlys – Hello!"),
            ({"message": "word " * 40}, "Nordlys – " + " ".join(["word"] * 12) + "…"),
            ({"message": "x" * 500}, "Nordlys – " + "x" * 60 + "…"),
            ({"message": "Nordlys"}, "Nordlys"),
            ({}, "Nordlys"),
            ({"company_name": "", "message": "A price, please"}, "Maya – A price, please"),
        ],
    )
    def test_is_what_the_lead_wants_else_who_it_is(self, said, name):
        assert name_of(Lead(**{"name": "Maya", "company_name": "Nordlys"} | said)) == name
