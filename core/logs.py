"""Log lines as JSON, with the request's id and without personal data."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")

_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")
_DIGITS = re.compile(r"\+?\d[\d\s()/-]{7,}\d")
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def scrub(text: str) -> str:
    """Replace what looks like an e-mail address or a phone number."""
    return _DIGITS.sub("[number]", _ADDRESS.sub("[address]", text))


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrub(record.getMessage()),
        }
        if identifier := request_id.get():
            line["request_id"] = identifier
        for key, value in vars(record).items():
            if key not in _STANDARD and isinstance(value, str | int | float | bool):
                line[key] = scrub(value) if isinstance(value, str) else value
        if record.exc_info and record.exc_info[0]:
            # the traceback names code, the exception's text may quote a row: scrub it too
            line["error"] = scrub(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
