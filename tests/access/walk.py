"""Every address of the project, as the resolver knows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver


@dataclass(frozen=True)
class Address:
    """One URL pattern: its name with namespaces, and the pattern as text for those without a name."""

    name: str
    pattern: str

    @property
    def key(self) -> str:
        return self.name if not self.name.endswith(":") and self.name else f"unnamed {self.pattern}"


def addresses(patterns=None, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Address]:
    for each in get_resolver().url_patterns if patterns is None else patterns:
        pattern = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from addresses(each.url_patterns, pattern, inner)
        elif isinstance(each, URLPattern):
            yield Address(":".join((*spaces, each.name or "")), pattern)
