import json
import logging

from core.logs import JsonFormatter, request_id, scrub


class TestScrub:
    def test_hides_addresses_and_numbers(self):
        assert scrub("mail to maya@nordlys.example or +46 40 555 01 42") == "mail to [address] or [number]"


class TestALine:
    def test_is_json_with_the_request_and_without_personal_data(self):
        token = request_id.set("0f8b-1")
        try:
            record = logging.makeLogRecord(
                {"msg": "taken in %s", "args": ("ada@b.example",), "levelname": "INFO", "lead": 7}
            )
            line = json.loads(JsonFormatter().format(record))
        finally:
            request_id.reset(token)
        assert line["message"] == "taken in [address]"
        assert (line["request_id"], line["lead"]) == ("0f8b-1", 7)
