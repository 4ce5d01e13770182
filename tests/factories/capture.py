"""Submissions as channels store them, valid from as little as a test wants to say."""

from itertools import count
from typing import Any

from capture import intake
from capture.channels import Row, receive
from capture.models import Submission, WebForm

_number = count(1)
FIELDS = [
    {"field": "name", "label": "Name", "required": True},
    {"field": "email", "label": "E-mail", "required": True},
    {"field": "message", "label": "How can we help?", "required": False},
]


def submission(channel: str = "web_form", *, external_id: str | None = None, by=None, team=None, said: dict | None = None, **raw: Any) -> Submission:
    """Store an entry through the front door; nobody is named by default but a new e-mail. `said` is for names used here."""
    raw = {**raw, **(said or {})} or {"email": f"person{next(_number)}@acme.example"}
    return receive(channel, raw, external_id=external_id, by=by, team=team)


def taken_in(channel: str = "web_form", **values: Any) -> Submission:
    """Store an entry and take it in."""
    made = submission(channel, **values)
    intake.take_in(only=[made.pk])
    made.refresh_from_db()
    return made


def rows(count_: int, *, file: str = "file", **raw: Any) -> list[Row]:
    return [
        Row(f"{file}:{n}", {"name": f"Person {n}", "email": f"person{n}@{file}.example", **raw}, line=n + 1)
        for n in range(1, count_ + 1)
    ]


def web_form(name: str = "Contact us", **fields: Any) -> WebForm:
    slug = fields.pop("slug", f"form-{next(_number)}")
    return WebForm.objects.create(name=name, slug=slug, **{"fields": FIELDS, **fields})
