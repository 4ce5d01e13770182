"""Telling people: one by one, or gathered into a digest; stored in the caller's transaction, never twice."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, models

from core.addresses import address_of
from core.notices import kinds
from core.notices.models import Notice

LONGEST_SUBJECT = 300
MOST_ROWS = 1000  # of a digest, by their keys


@dataclass
class Draft:
    """A notice before it is stored."""

    person: int
    kind: str
    key: str
    at: datetime
    subject: str = ""
    row: int | None = None
    url: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    n: int = 1
    about: models.Model | None = None

    def name(self) -> None:
        """Say what it is about: the record's name, and its page unless it is no longer theirs. A digest names no record."""
        if self.about is None:
            return
        self.values.setdefault("subject", str(self.about)[:LONGEST_SUBJECT])
        known = kinds.KINDS.get(self.kind)
        self.url = self.url or ("" if known and known.tells_of_loss else self.about.get_absolute_url())


@dataclass
class Gathering:
    """What is said inside one `gathered` block."""

    key: str
    at_most: int
    grows: bool
    drafts: list[Draft] = field(default_factory=list)


_gathering: ContextVar[Gathering | None] = ContextVar("gathering", default=None)
_muted: ContextVar[bool] = ContextVar("muted", default=False)


def notify(
    person, kind: str, *, key: str, at: datetime, about: models.Model | None = None, by=None, url: str = "", n: int = 1,
    **values: Any,
) -> None:  # fmt: skip
    """Tell a person (or the person of that key) something, in the caller's transaction; the same key again says nothing.

    `about` is the record it is about: its name becomes the value "subject", its page the link. `by` is who did it: that is
    no news to themselves. `values` are JSON primitives, enough to word it later.
    """
    pk = getattr(person, "pk", person)
    if pk is None or _muted.get() or (by is not None and by.pk == pk):
        return
    draft = Draft(pk, kind, key, at, url=url, n=n, values={**({"by": str(by)} if by is not None else {}), **values})
    if about is not None:
        draft.subject, draft.row, draft.about = about._meta.label_lower, about.pk, about
    gathering = _gathering.get()
    if gathering is not None:
        gathering.drafts.append(draft)
    else:
        _store([draft])


@contextmanager
def gathered(key: str, *, at_most: int = 1, grows: bool = False) -> Iterator[None]:
    """Tell what is said inside the block when it ends well, in the caller's transaction: more than `at_most` of a kind to one person become one digest.

    With `grows`, the same key again adds to the digest already there. A block inside a block belongs to the outer one.
    """
    if _gathering.get() is not None:
        yield
        return
    gathering = Gathering(key, at_most, grows)
    token = _gathering.set(gathering)
    try:
        yield
        _gathering.set(None)
        _tell(gathering)
    finally:
        _gathering.reset(token)


@contextmanager
def muted() -> Iterator[None]:
    """Tell nobody of what happens inside the block: history that is written down later is no news."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


def _tell(gathering: Gathering) -> None:
    piles: dict[tuple[int, str], list[Draft]] = defaultdict(list)
    for draft in gathering.drafts:
        piles[draft.person, draft.kind].append(draft)
    pages = {kind: _page(kind) for kind in {kind for _person, kind in piles}}
    single, digests = [], []
    for (_person, kind), drafts in piles.items():
        if len(drafts) <= gathering.at_most:
            single += drafts
        else:
            digests.append(_digest(drafts, f"{kind}:{gathering.key}", pages[kind]))
    _store(single)
    _store(digests, grows=gathering.grows)


def _digest(drafts: list[Draft], key: str, page: str) -> Draft:
    last = drafts[-1]
    values = (
        {"by": last.values["by"]}
        if "by" in last.values and len({draft.values.get("by") for draft in drafts}) == 1
        else {}
    )
    values["rows"] = [draft.row for draft in drafts if draft.row is not None][:MOST_ROWS]
    if len(models := {draft.subject for draft in drafts}) == 1:
        values["of"] = models.pop()
    return Draft(
        last.person, last.kind, key, max(draft.at for draft in drafts), url=page, values=values,
        n=sum(draft.n for draft in drafts),
    )  # fmt: skip


def _page(kind: str) -> str:
    """Return the page that shows all that a digest of this kind is about."""
    known = kinds.KINDS.get(kind)
    return address_of(known.many_url) if known and known.many_url else ""


_INSERT = """
INSERT INTO core_notice (person_id, kind, key, subject, "row", url, "values", n, at, by_mail)
SELECT told.person, told.kind, told.key, told.subject, told."row", told.url, told.said, told.n, told.at, way.chosen = 'mail'
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::jsonb[], %s::int[],
            %s::timestamptz[], %s::text[]) AS told(person, kind, key, subject, "row", url, said, n, at, usual)
JOIN {people} AS person ON person.id = told.person AND person.is_active
LEFT JOIN core_noticewishes AS wishes ON wishes.person_id = told.person
CROSS JOIN LATERAL (SELECT coalesce(wishes.by_kind ->> told.kind, told.usual) AS chosen) AS way
WHERE way.chosen <> 'off'
ON CONFLICT (person_id, key) DO """
_GROW = f"""UPDATE SET n = core_notice.n + EXCLUDED.n, at = EXCLUDED.at, read_at = NULL,
"values" = EXCLUDED."values" || CASE WHEN EXCLUDED."values" ? 'rows' THEN jsonb_build_object('rows', jsonb_path_query_array(
    coalesce(core_notice."values" -> 'rows', '[]') || (EXCLUDED."values" -> 'rows'), '$[0 to {MOST_ROWS - 1}]')) ELSE '{{}}' END"""


def _store(drafts: list[Draft], *, grows: bool = False) -> None:
    """Write notices as each person wishes them, settle older ones they replace, and say so to open pages after the commit.

    Somebody who left is told nothing.
    """
    if not drafts:
        return
    drafts = sorted(drafts, key=lambda draft: (draft.person, draft.key))
    for draft in drafts:
        draft.name()
    columns = [
        (draft.person, draft.kind, draft.key[:150], draft.subject, draft.row, draft.url[:500], _json(draft.values), draft.n,
         draft.at, _usual(draft.kind))
        for draft in drafts
    ]  # fmt: skip
    sql = _INSERT.replace("{people}", connection.ops.quote_name(get_user_model()._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(sql + (_GROW if grows else "NOTHING"), [list(column) for column in zip(*columns, strict=True)])
        is_news = cursor.rowcount > 0
    if is_news:
        _settle_older(drafts)
        _say_so({draft.person for draft in drafts})


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False).replace("\\u0000", "")


def _usual(kind: str) -> str:
    return kinds.KINDS[kind].default if kind in kinds.KINDS else kinds.APP


def _settle_older(drafts: list[Draft]) -> None:
    """Mark unread notices as read that newer ones of their topic about the same subject replace; locked ones stay."""
    about = [draft for draft in drafts if draft.row is not None and kinds.siblings(draft.kind)]
    if not about:
        return
    same = models.Q(pk__in=[])
    for draft in about:
        same |= models.Q(
            person=draft.person,
            subject=draft.subject,
            row=draft.row,
            kind__in=kinds.siblings(draft.kind),
            at__lte=draft.at,
        )
    older = Notice.objects.unread().filter(same).exclude(key__in=[draft.key for draft in about])
    keys = list(older.order_by().select_for_update(skip_locked=True).values_list("pk", flat=True))
    if keys:
        Notice.objects.filter(pk__in=keys).update(read_at=max(draft.at for draft in about))


def _say_so(people: Iterable[int]) -> None:
    from core import live

    live.tell_people(*people)
