"""Unknown paths and methods: refused without a read of the store, and never a bug."""

from __future__ import annotations

import json

import pytest

from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, new_id, person
from tests.security.raw import Headers
from tests.security.refused import nobody_was_answered, refused
from tests.security.run import Run

CANARY = "ZEBRA7"
#: Names in a path that are no slugs; RFC 3986's unreserved characters alone do not make one.
NAMES = {
    "dot": ".",
    "dots": "..",
    "dot-escaped": "%2e",
    "dots-escaped": "%2e%2e",
    "dots-half-escaped": ".%2E",
    "dots-escaped-twice": "%252e%252e",
    "three-dots": "...",
    "of-the-store-s-own": "__x__",
    "python-s-own": "__class__",
    "nul": "%00",
    "nul-after": "hotel%00",
    "line-break-inside": "hot%0ael",
    "header-after": "hotel%0d%0aX-Forged:%20ZEBRA7",
    "escape-sequence": "%1b%5b31mZEBRA7",
    "space": "%20",
    "space-after": "hotel%20",
    "tab-before": "%09hotel",
    "upper-case": "HOTEL",
    "capital": "Hotel",
    "accent": "h%C3%B4tel",
    "full-width": "%EF%BD%88otel",
    "emoji": "%F0%9F%8F%A8",
    "right-to-left": "%E2%80%AEletoh",
    "zero-width": "ho%E2%80%8Btel",
    "no-utf-8": "%ff%fe",
    "half-surrogate": "%ed%a0%80",
    "overlong-slash": "%c0%af",
    "hyphen-before": "-hotel",
    "underscore-before": "_hotel",
    "dot-after": "hotel.",
    "extension": "hotel.json",
    "wildcard": "*",
    "tilde": "~hotel",
    "at": "hotel@evil.example",
    "colon": "hotel:443",
    "semicolon": "hotel;x=1",
    "comma": "hotel,diocese",
    "quote": "hotel'--",
    "double-quote": "hotel%22",
    "sql": "hotel'%20OR%20'1'='1",
    "angle": "%3Cscript%3EZEBRA7",
    "template": "%7B%7B7*7%7D%7D",
    "format": "%7Btenant%7D",
    "dollar": "$ne",
    "brackets": "hotel[]",
    "backslash": "..%5C..%5Chotel",
    "question-mark": "hotel%3Fx",
    "hash": "hotel%23x",
    "percent": "%25",
    "percent-alone": "%",
    "percent-cut": "%2",
    "percent-wrong": "%zz",
    "64-characters": "a" * 64,
    "1500-characters": "a" * 1_500,
    "30-kilobytes": "ZEBRA7" * 5_000,
    "30-kilobytes-escaped": "%5a" * 10_000,
}
#: Whole targets other than hotel's channel `waha`.
TARGETS = {
    "nothing": "/webhook",
    "slash": "/webhook/",
    "slashes": "/webhook///",
    "tenant-alone": "/webhook/hotel",
    "tenant-and-slash": "/webhook/hotel/",
    "empty-tenant": "/webhook//waha",
    "empty-between": "/webhook/hotel//waha",
    "only-escaped-slashes": "/webhook/%2f%2f",
    "one-segment-more": "/webhook/hotel/waha/x",
    "two-segments-more": "/webhook/hotel/waha/visitor/x",
    "visitor-of-no-page": "/webhook/hotel/waha/visitor",
    "dots-after": "/webhook/hotel/waha/..",
    "dots-after-escaped": "/webhook/hotel/waha/%2e%2e",
    "dots-between": "/webhook/hotel/x/../waha",
    "through-another-tenant": "/webhook/diocese/../hotel/waha",
    "through-another-tenant-escaped": "/webhook/diocese%2f..%2fhotel/waha",
    "out-of-the-function": "/webhook/../webhook/hotel/waha",
    "another-function-by-dots": "/webhook/../gateways/hotel/waha",
    "document-path": "/webhook/tenants%2fhotel%2fchannels/waha",
    "parameters": "/webhook/hotel;a=b/waha;c=d",
    "method-override": "/webhook/hotel/webchat?_method=DELETE",
    "absolute": "http://evil.example/webhook/hotel/x",
    "double-slash-host": "//evil.example/webhook/hotel/waha",
    "asterisk": "*",
    "case": "/WEBHOOK/hotel/waha",
    "query-of-30-kilobytes": "/webhook/hotel/nobody?" + "ZEBRA7=1&" * 3_500,
    "query-of-5000-names": "/webhook/hotel/nobody?" + "&".join(f"a{n}" for n in range(5_000)),
    "topic": "/reply/ZEBRA7",
    "topic-of-30-kilobytes": "/reply/" + "ZEBRA7" * 5_000,
    "topic-with-control-characters": "/deliver/%1b%5b2JZEBRA7%0a%0d",
    "robots": "/webhook/robots.txt",
    "git": "/webhook/.git/config",
    "environment": "/webhook/.env/x",
    "php": "/webhook/wp-admin/setup-config.php",
    "pages": "/pages/hotel/ZEBRA7",
    "pages-dots": "/pages/hotel/..%2f..%2f..%2fetc%2fpasswd/document.pdf",
    "pairing": "/pairing/ZEBRA7",
    "pairing-dots": "/pairing/..%2f..%2f..%2fetc%2fpasswd",
    "phone-file": "/phone/..%2f..%2f..%2fpyproject.toml",
    "phone-file-dots": "/phone/../run.py",
    "health": "/health/ZEBRA7",
}
METHODS = "PUT DELETE PATCH HEAD TRACE TRACK CONNECT OPTIONS get post Post PROPFIND FOO ZEBRA7 A* M-SEARCH"
OVERRIDES: dict[str, Headers] = {
    "method": [(b"X-HTTP-Method-Override", b"POST")],
    "url": [(b"X-Original-URL", b"/webhook/hotel/waha"), (b"X-Rewrite-URL", b"/webhook/hotel/waha")],
    "host": [(b"X-Forwarded-Host", b"evil.example"), (b"Forwarded", b"host=evil.example")],
    "prefix": [(b"X-Forwarded-Prefix", b"/webhook/hotel")],
    "two-hosts": [(b"Host", b"evil.example")],
    "trace": [(b"Traceparent", b"00-ZEBRA7\x1b[31m-1-01")],
    "long-trace": [(b"Traceparent", b"00-" + b"0" * 30_000)],
    "cloud-trace": [(b"X-Cloud-Trace-Context", b"ZEBRA7/1;o=1"), (b"Tracestate", b"ZEBRA7=1")],
    "execution-id": [(b"Function-Execution-Id", b"ZEBRA7\x1b[31m")],
}
PLACES = {"tenant": "/webhook/{}/waha", "channel": "/webhook/hotel/{}", "operator": "/gateways/{}/waha"}
every_place = pytest.mark.parametrize("place", PLACES)


def body() -> tuple[Headers, bytes]:
    """Returns a valid request's headers and body for hotel's channel `waha`."""
    said = json.dumps(GATEWAYS["waha"].message(person(), "What time is breakfast?", new_id())).encode()
    return [(name.encode(), value.encode()) for name, value in GATEWAYS["waha"].headers(said).items()], said


@every_place
@attempts(NAMES)
def test_a_name_that_is_no_slug_is_not_even_looked_up(run: Run, place: str, attempt: str) -> None:
    before = len(run.lines)
    headers, said = body()
    for method in ("POST", "GET", "OPTIONS"):
        target, origin = PLACES[place].format(attempt), (b"Origin", b"http://localhost:8080")
        statuses = (400, 404, 405, 414, *([204] if method == "OPTIONS" else []))
        answer = refused(run, target, [*headers, origin], said, method=method, statuses=statuses)
        assert not answer.holds(CANARY)
    assert run.told(CANARY, before) == []
    for function in ("webhook", "gateways"):
        assert [line["reads"] for line in run.handled(before, function) if line["reads"]] == []


@attempts(TARGETS)
def test_an_address_that_is_none(run: Run, attempt: str) -> None:
    before = len(run.lines)
    headers, said = body()
    for method in ("POST", "GET"):
        statuses = (400, 401, 403, 404, 405, 414)
        answer = refused(run, attempt, headers, said, method=method, statuses=statuses)
        assert not answer.holds(CANARY)
    assert run.told(CANARY, before) == []


@attempts({method: method for method in METHODS.split()})
def test_a_method_that_is_not_understood(run: Run, attempt: str) -> None:
    before = len(run.lines)
    headers, said = body()
    for target in ("/webhook/hotel/waha", "/webhook/hotel/webchat", "/webhook/hotel/webchat/visitor"):
        statuses = (204,) if attempt == "OPTIONS" else (400, 404, 405, 501)
        answer = refused(run, target, headers, said, method=attempt, statuses=statuses)
        assert not answer.holds(CANARY)
    assert run.told(CANARY, before) == []


@attempts(OVERRIDES)
def test_a_header_that_would_lead_elsewhere(run: Run, attempt: Headers) -> None:
    before = len(run.lines)
    headers, said = body()
    for target in ("/webhook/hotel/nobody", "/webhook/nobody/waha"):
        answer = refused(run, target, [*headers, *attempt], said, statuses=(400, 404))
        assert not answer.holds(CANARY)
    assert run.told(CANARY, before) == []


def test_nobody_was_answered(run: Run) -> None:
    nobody_was_answered(run)


@pytest.mark.parametrize(
    "target",
    ["/webhook/hotel/waha/", "/webhook/hotel/waha//", "//webhook/hotel/waha", "/webhook/hot%65l/waha"],
)
def test_another_spelling_of_an_address_is_the_same_place_or_none(run: Run, target: str) -> None:
    headers, said = body()
    answer = run.send("POST", target, headers, said)
    assert answer.status in (200, 404)


def test_made_up_names_cost_at_most_a_read_each(run: Run) -> None:
    """Repeated requests cost no further read."""
    headers, said = body()
    before = len(run.lines)
    for _ in range(5):
        refused(run, "/webhook/made-up/waha", headers, said, statuses=(404,))
    assert sum(line["reads"] for line in run.handled(before)) <= 1
