"""Requests to gateways that repeat a token instead of signing, without it or with another.

Likewise Meta's check of an address, and requests for the details of our health.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, new_id, person
from tests.security.raw import Headers
from tests.security.refused import nobody_was_answered, refused
from tests.security.run import Run, key

TEXT = "What time is breakfast?"
HEADERS = {"green_api": (b"Authorization", b"Bearer "), "telegram": (b"X-Telegram-Bot-Api-Secret-Token", b"")}
every_token = pytest.mark.parametrize("kind", HEADERS)

#: The header's prefix and the right token → the header's value.
VALUES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "empty": lambda prefix, token: b"",
    "prefix-alone": lambda prefix, token: prefix,
    "one-short": lambda prefix, token: prefix + token[:-1],
    "one-more": lambda prefix, token: prefix + token + b"x",
    "first-half": lambda prefix, token: prefix + token[: len(token) // 2],
    "twice": lambda prefix, token: prefix + token + token,
    "reversed": lambda prefix, token: prefix + token[::-1],
    "upper-case": lambda prefix, token: prefix + token.upper(),
    "quoted": lambda prefix, token: prefix + b'"' + token + b'"',
    "comma-separated": lambda prefix, token: prefix + b"x, " + prefix + token,
    "space-inside": lambda prefix, token: prefix + token[:3] + b" " + token[3:],
    "two-spaces": lambda prefix, token: (prefix or b"x ") + b" " + token,
    "tab": lambda prefix, token: prefix.strip() + b"\t" + token + b"\t.",
    "base64": lambda prefix, token: prefix + base64.b64encode(token),
    "percent-encoded": lambda prefix, token: prefix + b"%6b" + token[1:],
    "basic": lambda prefix, token: b"Basic " + base64.b64encode(b"x:" + token),
    "digest": lambda prefix, token: b"Digest " + token,
    "token-scheme": lambda prefix, token: b"Token " + token,
    "no-scheme-but-a-colon": lambda prefix, token: b"Bearer:" + token,
    "wildcard": lambda prefix, token: prefix + b"*",
    "null": lambda prefix, token: prefix + b"null",
    "true": lambda prefix, token: prefix + b"true",
    "non-ascii": lambda prefix, token: prefix + b"\xff" * len(token),
    "non-ascii-after": lambda prefix, token: prefix + token + b"\xe9",
    "look-alike": lambda prefix, token: prefix + token.replace(b"e", "е".encode(), 1),
    "half-surrogate": lambda prefix, token: prefix + token + b"\xed\xa0\x80",
    "eight-kilobytes": lambda prefix, token: prefix + token * 300,
    "well-known": lambda prefix, token: prefix + b"local-secret",
    "jwt-without-algorithm": lambda prefix, token: prefix + b"eyJhbGciOiJub25lIn0.e30.",
}
OTHER_TOKENS = {
    "of-another-tenant": lambda kind: key("diocese", kind, GATEWAYS[kind].role),
    "of-the-signatures": lambda kind: key("hotel", "waha", "hmac_key"),
    "of-the-visitors": lambda kind: key("hotel", "webchat", "signing_key"),
    "of-the-api": lambda kind: f"hotel-{kind}-api-key".replace("_", "-"),
    "of-the-pairing-links": lambda kind: key("hotel", kind, "link_key"),
    "name-of-the-secret": lambda kind: f"hotel-{kind}-{GATEWAYS[kind].role}".replace("_", "-"),
}
#: Where else the right token may stand: the query, and the headers.
ELSEWHERE: dict[str, Callable[[bytes], tuple[str, Headers]]] = {
    "nowhere": lambda token: ("", []),
    "query-token": lambda token: (f"?token={token.decode()}", []),
    "query-authorization": lambda token: (f"?authorization=Bearer%20{token.decode()}", []),
    "query-header": lambda token: (f"?x-telegram-bot-api-secret-token={token.decode()}", []),
    "cookie": lambda token: ("", [(b"Cookie", b"token=" + token)]),
    "x-authorization": lambda token: ("", [(b"X-Authorization", b"Bearer " + token)]),
    "proxy-authorization": lambda token: ("", [(b"Proxy-Authorization", b"Bearer " + token)]),
    "forwarded": lambda token: ("", [(b"X-Forwarded-Authorization", b"Bearer " + token)]),
    "underscores": lambda token: ("", [(b"X_Telegram_Bot_Api_Secret_Token", token)]),
    "webhook-hmac": lambda token: ("", [(b"X-Webhook-Hmac", token)]),
}

TOKEN = quote(key("hotel", "cloud_api", "verify_token"))
GOOD = f"hub.mode=subscribe&hub.verify_token={TOKEN}&hub.challenge=1158201444"
CHALLENGES = {
    "no-query": "",
    "no-token": "hub.mode=subscribe&hub.challenge=1158201444",
    "empty-token": "hub.mode=subscribe&hub.verify_token=&hub.challenge=1158201444",
    "no-mode": f"hub.verify_token={TOKEN}&hub.challenge=1",
    "empty-mode": f"hub.mode=&hub.verify_token={TOKEN}&hub.challenge=1",
    "unsubscribe": GOOD.replace("subscribe", "unsubscribe"),
    "mode-upper-case": GOOD.replace("subscribe", "SUBSCRIBE"),
    "mode-with-a-space": GOOD.replace("subscribe", "subscribe%20"),
    "token-cut": GOOD.replace(TOKEN, TOKEN[:-1]),
    "token-longer": GOOD.replace(TOKEN, TOKEN + "x"),
    "token-upper-case": GOOD.replace(TOKEN, TOKEN.upper()),
    "token-with-a-space": GOOD.replace(TOKEN, TOKEN + "+"),
    "token-with-a-nul": GOOD.replace(TOKEN, TOKEN + "%00"),
    "token-non-ascii": GOOD.replace(TOKEN, "%ff%fe"),
    "token-half-surrogate": GOOD.replace(TOKEN, "%ed%a0%80"),
    "token-well-known": GOOD.replace(TOKEN, "local-secret"),
    "token-of-another-tenant": GOOD.replace(TOKEN, key("diocese", "cloud_api", "verify_token")),
    "token-is-the-app-secret": GOOD.replace(TOKEN, key("hotel", "cloud_api", "app_secret")),
    "token-under-php-s-name": GOOD.replace("hub.verify_token", "hub_verify_token"),
    "token-in-brackets": GOOD.replace("hub.verify_token", "hub.verify_token[]"),
    "repeated-and-the-last-is-wrong": GOOD + "&hub.verify_token=x",
    "mode-repeated-and-the-last-is-wrong": GOOD + "&hub.mode=x",
    "separated-by-semicolons": GOOD.replace("&", ";"),
    "names-upper-case": GOOD.replace("hub.", "HUB."),
}
HEALTH: dict[str, Headers] = {
    "nothing": [],
    "empty": [(b"Authorization", b"")],
    "bearer-alone": [(b"Authorization", b"Bearer ")],
    "cut": [(b"Authorization", b"Bearer local-secre")],
    "longer": [(b"Authorization", b"Bearer local-secretx")],
    "upper-case": [(b"Authorization", b"Bearer LOCAL-SECRET")],
    "basic": [(b"Authorization", b"Basic " + base64.b64encode(b"x:local-secret"))],
    "non-ascii": [(b"Authorization", b"Bearer \xff\xff")],
    "another-secret": [(b"Authorization", b"Bearer " + key("hotel", "waha", "link_key").encode())],
    "repeated": [(b"Authorization", b"Bearer x"), (b"Authorization", b"Bearer y")],
}


def good(kind: str) -> tuple[bytes, bytes]:
    """Returns the right token, and a body that would be answered."""
    body = json.dumps(GATEWAYS[kind].message(person(), TEXT, new_id())).encode()
    return key("hotel", kind, GATEWAYS[kind].role).encode(), body


@every_token
@attempts(VALUES)
def test_a_header_with_another_value(run: Run, kind: str, attempt: Callable[[bytes, bytes], bytes]) -> None:
    token, body = good(kind)
    name, prefix = HEADERS[kind]
    refused(run, f"/webhook/hotel/{kind}", [(name, attempt(prefix, token))], body)


@every_token
@attempts(OTHER_TOKENS)
def test_a_token_that_is_good_for_something_else(run: Run, kind: str, attempt: Callable[[str], str]) -> None:
    name, prefix = HEADERS[kind]
    refused(run, f"/webhook/hotel/{kind}", [(name, prefix + attempt(kind).encode())], good(kind)[1])


@every_token
@attempts(ELSEWHERE)
def test_the_right_token_in_another_place(
    run: Run, kind: str, attempt: Callable[[bytes], tuple[str, Headers]]
) -> None:
    token, body = good(kind)
    query, headers = attempt(token)
    refused(run, f"/webhook/hotel/{kind}{query}", headers, body)


def test_nobody_was_answered(run: Run) -> None:
    nobody_was_answered(run)


@every_token
def test_the_right_token_is_answered(run: Run, kind: str) -> None:
    """Shows that each attempt would have been answered but for its token."""
    token, body = good(kind)
    name, prefix = HEADERS[kind]
    answer = run.send("POST", f"/webhook/hotel/{kind}", [(name, prefix + token)], body)
    assert (answer.status, answer.json["published"]) == (200, 1)


@attempts(CHALLENGES)
def test_an_address_that_somebody_else_checks(run: Run, attempt: str) -> None:
    target = f"/webhook/hotel/cloud_api?{attempt}"
    answer = refused(run, target, [], method="GET", statuses=(403,))
    assert not answer.holds("1158201444")


def test_the_address_is_meta_s_to_check(run: Run) -> None:
    answer = run.send("GET", f"/webhook/hotel/cloud_api?{GOOD}")
    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


@attempts(HEALTH)
def test_who_is_not_the_operator_is_told_no_details(run: Run, attempt: Headers) -> None:
    answer = run.send("GET", "/health/", attempt)
    assert set(answer.json) == {"status"}
