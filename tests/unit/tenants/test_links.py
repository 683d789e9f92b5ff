"""Tokens of signed links: read with the same error for all that is wrong with them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import Rejected
from shared.tenants.links import FileGrant, StaffGrant

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
GRANT = StaffGrant("hotel", NOW + timedelta(days=1), "h1", "one", "mail")
CLAIMS = {
    "tenant": "hotel",
    "until": int(NOW.timestamp()) + 60,
    "handoff": "h1",
    "staff": "one",
    "way": "mail",
    "purpose": "staff",
}


def claimed(said: bytes) -> str:
    return f"{urlsafe_b64encode(said).decode().rstrip('=')}.signature"


def changed(**fields: object) -> str:
    return claimed(json.dumps({**CLAIMS, **fields}).encode())


def test_a_token_holds_its_grant() -> None:
    token = GRANT.token("key")
    read = StaffGrant.read(token, NOW)
    assert read == GRANT
    read.check(token, "key")
    with pytest.raises(Rejected, match="not valid"):
        read.check(token, "other")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "é.é",
        "\ud800",
        "x" * 4_001,
        claimed(b""),
        claimed(b"null"),
        claimed(b"[]"),
        claimed(b"\xff"),
        claimed(b"[" * 2_900),
        claimed(b'{"a":' * 580),
        claimed(b"{}"),
        changed(purpose="file"),
        changed(purpose=["staff"]),
        changed(until="soon"),
        changed(until=None),
        changed(until=1e300),
        changed(until=float("inf")),
        changed(until=float("nan")),
        changed(until=10**400),
        changed(tenant="Hotel"),
        changed(tenant="../hotel"),
        changed(tenant=7),
        changed(tenant=["hotel"]),
        changed(staff=None),
        changed(handoff={"a": 1}),
        changed(more="x"),
        FileGrant("hotel", NOW + timedelta(days=1), "tenants/hotel/media/x", "image/png").token("key"),
    ],
    ids=range(29),
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Rejected) as refused:
        StaffGrant.read(token, NOW).check(token, "key")
    assert (refused.value.status, refused.value.detail) == (401, "this link is not valid")


def test_a_token_ends_at_its_second() -> None:
    token = GRANT.token("key")
    assert StaffGrant.read(token, GRANT.until - timedelta(seconds=1)) == GRANT
    with pytest.raises(Rejected, match="expired"):
        StaffGrant.read(token, GRANT.until)
