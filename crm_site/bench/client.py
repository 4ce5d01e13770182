"""A signed-in person who uses the product over HTTP and reads the Server-Timing header."""

import re
import time
from dataclasses import dataclass

import httpx

TIMING = re.compile(r'app;dur=([\d.]+), db;dur=([\d.]+);desc="(\d+) queries"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    status: int
    ms: float
    server_ms: float
    queries: int
    kb: float
    text: str
    headers: httpx.Headers


class Person:
    """One browser session. Raises RuntimeError when the sign-in is refused."""

    def __init__(self, base: str, email: str, password: str):
        self.http = httpx.Client(
            base_url=base,
            timeout=60,
            follow_redirects=False,
            headers={"Referer": base, "Accept": "text/html", "Accept-Encoding": "gzip"},
        )
        page = self.get("/account/login/")
        answer = self.http.post(
            "/account/login/", data={"login": email, "password": password, "csrfmiddlewaretoken": token_of(page.text)}
        )
        if answer.status_code != 302 or "login" in answer.headers.get("location", ""):
            raise RuntimeError(f"{email} could not sign in: {answer.status_code}")
        self.token = self.http.cookies.get("csrftoken", "")

    def get(self, path: str, **headers: str) -> Answer:
        return self._timed("GET", path, headers=headers)

    def post(self, path: str, data: dict, *, htmx: bool = False, files=None, headers: dict[str, str] | None = None) -> Answer:
        headers = headers or ({"HX-Request": "true"} if htmx else {})
        return self._timed("POST", path, data={**data, "csrfmiddlewaretoken": self.token}, headers=headers, files=files)

    def _timed(self, method: str, path: str, **options) -> Answer:
        start = time.perf_counter()
        response = self.http.request(method, path, **options)
        ms = (time.perf_counter() - start) * 1000
        found = TIMING.search(response.headers.get("server-timing", ""))
        server_ms, queries = (float(found[1]), int(found[3])) if found else (0.0, 0)
        return Answer(
            response.status_code, ms, server_ms, queries, len(response.content) / 1024, response.text, response.headers
        )


def token_of(html: str) -> str:
    found = TOKEN.search(html)
    if not found:
        raise RuntimeError("The page has no form token.")
    return found[1]
