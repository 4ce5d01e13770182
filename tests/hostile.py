"""What scanners and pranksters send: markup, SQL, templates, formulas, paths, broken bytes, floods of signs.

    texts()         several hundred hostile texts, each with the word «pwned» where it would take effect
    live_parts(html, marker)   what of a page a browser would take for markup of theirs
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

MARK = "pwned"
_MARKUP = [
    "<script>{m}()</script>", "<img src=x onerror={m}()>", "<svg/onload={m}()>", "<iframe srcdoc='<script>{m}()</script>'>",
    "<a href='javascript:{m}()'>x</a>", "<details open ontoggle={m}()>", "<body onload={m}()>", "<math><mi//xlink:href='data:x,{m}'>",
    "<div hx-get='/{m}' hx-trigger='load'></div>", "<div hx-on:load='{m}()'></div>", "<form action='//{m}.example'><input name=x>",
    "<input autofocus onfocus={m}()>", "<style>@import '//{m}.example'</style>", "<link rel=stylesheet href=//{m}.example>",
    "<meta http-equiv=refresh content='0;url=//{m}.example'>", "<base href=//{m}.example>", "<object data=//{m}.example>",
    "<template><script>{m}()</script></template>", "<!--><script>{m}()</script>", "<![CDATA[<script>{m}()</script>]]>",
]  # fmt: skip
_BREAKOUTS = ["", "'", '"', "`", "'>", '">', "'/>", "</textarea>", "</title>", "</pre>", "</script>", "-->", "]]>", "\\", "%00", "\x00"]
_QUERIES = [
    "' OR 1=1 --", "'; DROP TABLE leads_lead; --", "\" OR \"\"=\"", "1; SELECT pg_sleep(10)", "%' AND 1=0 UNION SELECT '{m}", "\\'; --",
    "${{jndi:ldap://{m}.example/a}}", "{{{{7*7}}}}{m}", "{{% load {m} %}}", "{{{{ settings.SECRET_KEY }}}}{m}", "<%= {m} %>", "#{{{m}}}",
    "%({m})s", "%s%s%s%n{m}", "{{0.__class__}}{m}", "$({m})", "`{m}`", "| {m}", "; {m} &", "\n{m}", "\r\nBcc: {m}@x.example", "\r\nSet-Cookie: {m}=1",
    "=cmd|'/c {m}'!A1", "+1+cmd|' /C {m}'!A0", "-2+3+{m}", "@SUM({m})", "\t={m}", "＝{m}", "../../../../etc/{m}", "..\\..\\{m}", "file:///{m}",
    "http://169.254.169.254/{m}", "gopher://{m}", "<?xml version='1.0'?><!DOCTYPE {m} [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
    "{{\"__proto__\": {{\"{m}\": 1}}}}", "[]{m}", "null{m}", "NaN{m}", "1e400{m}", "-0{m}", "0x{m}", "True{m}", "\\u0000{m}", "\\x00{m}",
]  # fmt: skip
_ODD = [
    "\u202e{m}", "\u2066{m}\u2069", "{m}\u0000", "\ud83d{m}", "\udcff{m}", "\ufeff{m}", "\u200b{m}\u200b", "Z̸̢͇͝a̷l̴g̶o̵ {m}", "𝓹𝔀𝓷 {m}", "🏳️‍🌈👨‍👩‍👧‍👦 {m}",
    "ﷺ" * 40 + "{m}", "İı{m}", "ß{m}", "Ω≈ç√∫{m}", "､･ヾ(￣{m}￣)ノ", "\u2028{m}\u2029", "\x0b\x0c{m}\x85", "\x1b[31m{m}", "\x7f{m}", "{m}" * 60,
    " " * 200 + "{m}", "\n" * 100 + "{m}", "a" * 299 + "{m}", ",;|\t\"{m}\"", "\\.\n\\N{m}", "NULL{m}", "(select {m})", "̀" * 100 + "{m}",
]  # fmt: skip


def texts() -> Iterator[str]:
    """Yield every hostile text once."""
    seen = set()
    for breakout in _BREAKOUTS:
        for form in _MARKUP:
            seen.add(breakout + form.format(m=MARK))
    for form in (*_QUERIES, *_ODD):
        seen.add(form.format(m=MARK))
        seen.add(quote(form.format(m=MARK), safe="", errors="ignore"))
    yield from sorted(seen)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        for name, value in attrs:
            value = value or ""
            acts = name.startswith(("on", "hx-on")) or name == "style" or value.strip().lower().startswith(("javascript:", "data:"))
            leads_there = name in {"href", "src", "action", "data", "hx-get", "hx-post"} and value.startswith((f"//{MARK}", f"/{MARK}"))
            if acts or leads_there:
                self.found.append(f"<{tag} {name}={value[:60]}>")
        if tag in {"iframe", "object", "base", "math", "embed"}:
            self.found.append(f"<{tag}>")
        if tag == "script" and not any(name == "src" and (value or "").startswith("/static/") for name, value in attrs):
            self.found.append(f"<{tag}> without a file of ours")


def live_parts(html: str) -> list[str]:
    """Return what of a page acts or leads away because of a hostile text; a clean page has none."""
    reader = _Reader()
    reader.feed(html)
    return reader.found
