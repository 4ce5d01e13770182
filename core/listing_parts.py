"""What a list shows beside its rows (core.listing): chips of filters, the form for one, heads to sort by, a page of rows."""

from dataclasses import dataclass, field
from typing import Any

from core import limits
from core.conditions.fields import Field
from core.counting import Count

type Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Chip:
    label: str
    operator: str
    value: str
    remove_url: str
    change_url: str


@dataclass(frozen=True)
class SortLink:
    key: str
    label: Any
    url: str
    direction: str  # "", "ascending" or "descending", as aria-sort wants it

    @property
    def is_current(self) -> bool:
        return bool(self.direction)


@dataclass(frozen=True)
class Editor:
    """The form that adds or changes one filter."""

    field: Field
    operators: list[tuple[str, Any, bool]]
    options: list[tuple[str, Any, bool]]
    values: list[str]
    was: str
    carried: Pairs
    cancel_url: str

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def texts(self) -> list[str]:
        """Return what the text controls hold: any of several texts may be looked for, so one more stands free."""
        if self.field.type not in {"text", "code", "language"} or not self.values:
            return [self.value]
        return [*self.values, ""]

    @property
    def input(self) -> str:
        """Return which control asks for the value: few, many, number, date or text."""
        if self.field.type in {"number", "date", "text"}:
            return self.field.type
        if self.field.type in {"code", "act", "language"}:
            return "text"
        return "few" if len(self.options) <= 12 else "many"


@dataclass
class Page:
    """One page of rows; reads like Django's, so that {% pager %} draws it too."""

    shown: Any = field(repr=False)  # the core.listing.Shown it is a page of
    rows: list
    number: int
    has_next: bool

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_next or self.has_previous

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def previous_page_number(self) -> int:
        return self.number - 1

    @property
    def next_url(self) -> str:
        return self.shown.url(page=str(self.number + 1))

    @property
    def previous_url(self) -> str:
        return self.shown.url(page=str(self.number - 1) if self.number > 2 else None)

    @property
    def start_index(self) -> int:
        return (self.number - 1) * limits.PAGE_ROWS + 1 if self.rows else 0

    @property
    def end_index(self) -> int:
        return (self.number - 1) * limits.PAGE_ROWS + len(self.rows)

    @property
    def paginator(self) -> "Page":
        return self

    @property
    def count(self) -> Count:
        return self.shown.total
