"""Invalid posts of a page for its visitor: 400 that names a field of ours, nothing of theirs anywhere."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.security.attempts import attempts
from tests.security.odd import BESIDE, BODIES, BROKEN_BESIDE, CANARY, holds
from tests.security.raw import Answer
from tests.security.run import Run

GOOD: dict[str, Any] = {"id": str(uuid4()), "text": "What time is breakfast?"}
FIELDS = ("id", "text", "name", "choice")
WRONG: list[Any] = [
    True,
    0,
    -1,
    2.5,
    1e308,
    10**400,
    [],
    ["ZEBRA7"],
    {},
    {"ZEBRA7": "ZEBRA7"},
    "ZEBRA7" * 4_000,
]
#: A field of the message → values that it cannot have.
VALUES = {f"{field}-{number}": {field: wrong} for field in FIELDS for number, wrong in enumerate(WRONG)} | {
    "id-null": {"id": None},
    "text-null": {"text": None},
    "text-empty": {"text": ""},
    "text-of-white-space": {"text": " \r\n\t\u00a0\u2028"},
    "id-empty": {"id": ""},
    "id-of-words": {"id": CANARY},
    "id-cut": {"id": GOOD["id"][:-1]},
    "id-in-braces": {"id": "{" + GOOD["id"] + "}"},
    "id-without-hyphens": {"id": GOOD["id"].replace("-", "")},
    "id-as-a-urn": {"id": "urn:uuid:" + GOOD["id"]},
    "id-with-a-line-break": {"id": GOOD["id"] + "\n"},
    "id-with-a-path": {"id": "../" + GOOD["id"]},
    "id-in-other-digits": {"id": "１" + GOOD["id"][1:]},
    "tenant": {"tenant": "diocese"},
    "channel": {"channel": "telegram"},
    "kind": {"kind": "staff"},
    "chat": {"chat": CANARY},
    "identities": {"identities": ["whatsapp:+221770000001"]},
    "at": {"at": "2020-01-01T00:00:00Z"},
    "prototype": {"__proto__": {"text": CANARY}},
    "key-with-escape-sequences": {"\x1b[2J\x1b[31mZEBRA7\r\n": 1},
    "key-of-16-kilobytes": {CANARY * 2_700: 1},
    "key-that-looks-like-a-line": {'x\n{"severity": "CRITICAL", "event": "ZEBRA7"}': 1},
    "key-right-to-left": {"\u202eZEBRA7": 1},
    "key-with-half-an-emoji": {"\ud83dZEBRA7": 1},
    "key-empty": {"": 1},
}


@pytest.fixture(scope="module")
def token(run: Run) -> str:
    return str(run.http.post("/webhook/hotel/webchat/visitor").json()["token"])


def visit(run: Run, token: str, body: bytes) -> Answer:
    headers = [(b"Authorization", b"Bearer " + token.encode()), (b"Content-Type", b"application/json")]
    return run.send("POST", "/webhook/hotel/webchat", headers, body)


@attempts(VALUES)
def test_a_field_that_cannot_be_what_it_is(run: Run, token: str, attempt: dict[str, Any]) -> None:
    before = len(run.lines)
    answer = visit(run, token, json.dumps(GOOD | attempt).encode())
    holds(answer, run, before)
    assert answer.status == 400
    named = answer.json["error"].partition(": ")[0]
    assert named in {"body", *(f"body.{field}" for field in FIELDS)}


@attempts(BODIES)
def test_a_body_that_is_no_message(run: Run, token: str, attempt: bytes) -> None:
    before = len(run.lines)
    answer = visit(run, token, attempt)
    if answer.status != 413:
        holds(answer, run, before)
    assert answer.status in (400, 413)
    assert not answer.holds(CANARY)
    assert run.told(CANARY, before) == []


@attempts(BESIDE | BROKEN_BESIDE)
def test_a_stranger_beside_our_fields(run: Run, token: str, attempt: bytes) -> None:
    before = len(run.lines)
    answer = visit(run, token, b"{" + attempt + b", " + json.dumps(GOOD).encode()[1:])
    assert answer.status in (400, 413)
    assert not answer.holds(CANARY)
    assert len(answer.body) < 2_000
    assert run.told(CANARY, before) == []


def test_nobody_was_answered(run: Run, token: str) -> None:
    run.settle()
    answer = run.http.get("/webhook/hotel/webchat", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["messages"] == []
