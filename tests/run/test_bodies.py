"""What somebody sends is taken up to a limit: no more than that is ever read into the product."""

import asyncio

import pytest

from core import limits
from crm_site import bodies
from crm_site.bodies import bounded
from tests.run.test_disconnects import SCOPE, run

PIECE = {"type": "http.request", "body": b"x" * 1000, "more_body": True}


def send(path: str, *, said: int | None = None, pieces: int = 1) -> tuple[int, int, bytes]:
    """Send `pieces` of 1,000 bytes; return the status, how much the product was given and the page."""
    given, told, left = 0, [], [PIECE] * (pieces - 1) + [PIECE | {"more_body": False}]

    async def receive() -> dict:
        return left.pop(0) if left else await asyncio.Future()

    async def application(scope, receive, send) -> None:
        nonlocal given
        while (message := await receive()).get("more_body"):
            given += len(message["body"])
        given += len(message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def tell(message: dict) -> None:
        told.append(message)

    headers = [(b"content-length", str(said).encode())] if said is not None else []
    run(bounded(application)({**SCOPE, "method": "POST", "path": path, "headers": headers}, receive, tell))
    assert not left
    return told[0]["status"], given, told[-1].get("body", b"")


class TestABody:
    def test_that_says_it_is_too_large_is_not_given_to_the_product_at_all(self):
        status, given, page = send("/leads/", said=limits.UPLOAD_FILE * 2, pieces=3)
        assert (status, given) == (413, 0)
        assert b"At most 20 MB are taken here" in page and b'href="/leads/"' in page

    def test_that_grows_too_large_is_given_no_further(self, monkeypatch):
        monkeypatch.setattr(bodies, "_most", lambda path: 2500)
        status, given, _page = send("/leads/", pieces=40)
        assert (status, given) == (413, 2000)

    @pytest.mark.parametrize(("path", "status"), [("/import/", 200), ("/import/uploads/", 413), ("/f/contact-us/", 413)])
    def test_may_be_as_large_as_a_file_only_where_files_are_brought_in(self, path, status):
        assert send(path, said=limits.IMPORT_FILE + 500)[0] == status

    def test_that_lies_about_its_length_is_none_the_less_taken(self):
        assert send("/leads/", said=7)[0] == 200
