"""How sentences are put together."""

import json

import pytest
from django.http import HttpResponse

from core import wording
from core.htmx import tell


class TestEnded:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("Handed to Acme Inc..", "Handed to Acme Inc."), ("Next: a long na….", "Next: a long na…"), ("Next: and so on....", "Next: and so on..."),
            ("Moved to Who knows?.", "Moved to Who knows?"), ("Assigned to Nora.", "Assigned to Nora."), ("And then...", "And then..."), ("“Acme Inc.”.", "“Acme Inc.”."),
        ],
    )  # fmt: skip
    def test_puts_one_stop_at_the_end_of_a_sentence(self, text, said):
        assert wording.ended(text) == said

    def test_holds_for_what_toasts_say(self):
        assert json.loads(tell(HttpResponse(), "Converted: Acme Inc..")["HX-Trigger"])["toast"]["text"] == "Converted: Acme Inc."
