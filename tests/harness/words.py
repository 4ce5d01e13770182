"""What a reader sees of an answer."""

import re


def text_of(response) -> str:
    """Return the words of a page or fragment without its tags, one space between them."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
