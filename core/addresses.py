"""Addresses of pages by their names."""

from typing import Any

from django.urls import NoReverseMatch, reverse


def address_of(url_name: str, *args: Any) -> str:
    """Return the address of a page, or nothing while there is none: what is not built is not offered."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""
