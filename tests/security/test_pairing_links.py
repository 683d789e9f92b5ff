"""Links to pair a phone, altered, expired, misplaced or of another channel or tenant: always a 401."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.upkeep.links import Grant
from tests.security.attempts import attempts
from tests.security.elsewhere import ELSEWHERE
from tests.security.raw import Headers
from tests.security.refused import refused
from tests.security.run import Run, key

LINK_KEY = key("hotel", "waha", "link_key")


@pytest.fixture(scope="module")
def token(run: Run) -> str:
    """Returns the token of a link that an operator requested."""
    link = run.http.post("/gateways/hotel/waha/pair").json()["link"]
    return str(link.partition("#")[2])


def until(minutes: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)


def grant(tenant: str, channel: str, signing: str, minutes: float = 15) -> str:
    return Grant(tenant, channel, "pair", until(minutes)).token(signing)


def part(token: str, place: int, value: str) -> str:
    """Returns the token with one of its parts exchanged."""
    parts = token.split(".")
    return ".".join([*parts[:place], value, *parts[place + 1 :]])


#: The token that was issued → another one.
TOKENS: dict[str, Callable[[str], str]] = {
    "empty": lambda good: "",
    "cut": lambda good: good[:-1],
    "longer": lambda good: good + "A",
    "twice": lambda good: good + good,
    "padded": lambda good: good + "=",
    "one-character": lambda good: good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1],
    "signature-empty": lambda good: part(good, 4, ""),
    "signature-of-zeros": lambda good: part(good, 4, "0" * 43),
    "signature-reversed": lambda good: part(good, 4, good.split(".")[4][::-1]),
    "another-tenant": lambda good: part(good, 0, "diocese"),
    "another-channel": lambda good: part(good, 1, "green_api"),
    "another-purpose": lambda good: part(good, 2, "register"),
    "no-purpose": lambda good: part(good, 2, ""),
    "a-minute-later": lambda good: part(good, 3, str(int(good.split(".")[3]) + 60)),
    "for-ever": lambda good: part(good, 3, "99999999999"),
    "time-with-a-zero": lambda good: part(good, 3, "0" + good.split(".")[3]),
    "time-negative": lambda good: part(good, 3, "-1"),
    "time-in-other-digits": lambda good: part(good, 3, "１" + good.split(".")[3][1:]),
    "upper-case": str.upper,
    "tenant-upper-case": lambda good: part(good, 0, "HOTEL"),
    "tenant-with-a-path": lambda good: part(good, 0, "x/../hotel"),
    "tenant-with-dots": lambda good: part(good, 0, ".."),
    "parts-joined": lambda good: good.replace(".", "-"),
    "expired": lambda good: grant("hotel", "waha", LINK_KEY, -1),
    "expired-years-ago": lambda good: grant("hotel", "waha", LINK_KEY, -1_000_000),
    "by-another-tenant": lambda good: grant("hotel", "waha", key("diocese", "waha", "link_key")),
    "by-another-channel": lambda good: grant("hotel", "waha", key("hotel", "green_api", "link_key")),
    "for-another-tenant": lambda good: grant("diocese", "waha", LINK_KEY),
    "for-another-channel": lambda good: grant("hotel", "green_api", LINK_KEY),
    "for-a-channel-without-links": lambda good: grant("hotel", "telegram", LINK_KEY),
    "for-a-channel-without-a-gateway": lambda good: grant("hotel", "webchat", LINK_KEY),
    "for-nobody": lambda good: grant("nobody", "waha", LINK_KEY),
    "by-the-webhook-s-key": lambda good: grant("hotel", "waha", key("hotel", "waha", "hmac_key")),
    "by-the-well-known-key": lambda good: grant("hotel", "waha", "local-secret"),
    "by-the-empty-key": lambda good: grant("hotel", "waha", ""),
    "non-ascii": lambda good: good[:-1] + "é",
    "sixty-kilobytes": lambda good: good * 600,
}
every_act = pytest.mark.parametrize(("method", "path"), [("GET", "state"), ("POST", "restart")])


def test_the_link_itself_works(run: Run, token: str) -> None:
    answer = run.send("GET", "/pairing/state", [(b"Authorization", b"Bearer " + token.encode())])
    assert answer.status == 200


@every_act
@attempts(TOKENS)
def test_a_link_that_we_did_not_make(
    run: Run, token: str, method: str, path: str, attempt: Callable[[str], str]
) -> None:
    before = len(run.lines)
    value = attempt(token).encode()
    answer = refused(run, f"/pairing/{path}", [(b"Authorization", b"Bearer " + value)], method=method)
    expired = attempt is TOKENS["expired"] or attempt is TOKENS["expired-years-ago"]
    assert ("expired" if expired else "expected Bearer") in answer.json["error"]
    assert run.told("gateway_restarted", before) == []


@every_act
@attempts(ELSEWHERE)
def test_a_link_s_token_in_another_place(
    run: Run, token: str, method: str, path: str, attempt: Callable[[str], tuple[str, Headers]]
) -> None:
    before = len(run.lines)
    query, headers = attempt(token)
    refused(run, f"/pairing/{path}{query}", headers, method=method)
    assert run.told(token.rpartition(".")[2], before) == [], "the token is in the log"
