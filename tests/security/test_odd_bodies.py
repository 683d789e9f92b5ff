"""Correctly signed bodies that no gateway posts: 200 with a named drop, or 400 that names a field of ours.

Nothing of them is in the answer or in a log.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.security import raw
from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, new_id, person
from tests.security.odd import BESIDE, BODIES, BROKEN_BESIDE, CANARY, holds
from tests.security.raw import Answer, Headers
from tests.security.run import Run

TEXT = "What time is breakfast?"
every_gateway = pytest.mark.parametrize("kind", GATEWAYS)


def sent(
    run: Run, kind: str, body: bytes, more: Headers | None = None, signed: bytes | None = None
) -> Answer:
    """Sends the body, correctly signed; returns the answer."""
    headers = GATEWAYS[kind].headers(body if signed is None else signed)
    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    return run.send("POST", f"/webhook/hotel/{kind}", given + (more or []), body)


@every_gateway
@attempts(BODIES)
def test_a_body_that_is_not_the_gateway_s(run: Run, kind: str, attempt: bytes) -> None:
    before = len(run.lines)
    answer = sent(run, kind, attempt)
    holds(answer, run, before)
    assert answer.status == 400
    assert not any(line["published"] for line in run.handled(before))


def beside(kind: str, who: str, more: bytes) -> bytes:
    return b"{" + more + b", " + json.dumps(GATEWAYS[kind].message(who, TEXT, new_id())).encode()[1:]


@every_gateway
@attempts(BESIDE)
def test_a_stranger_beside_our_fields_is_passed_over(run: Run, kind: str, attempt: bytes) -> None:
    who, before = person(), len(run.lines)
    answer = sent(run, kind, beside(kind, who, attempt))
    holds(answer, run, before)
    run.settle()
    assert len(run.calls(GATEWAYS[kind].chat(who))) == (
        answer.json["published"] if answer.status == 200 else 0
    )


@every_gateway
@attempts(BROKEN_BESIDE)
def test_what_is_no_json_is_refused_whole(run: Run, kind: str, attempt: bytes) -> None:
    who, before = person(), len(run.lines)
    holds(sent(run, kind, beside(kind, who, attempt)), run, before)
    run.settle()
    assert len(run.calls(GATEWAYS[kind].chat(who))) <= 1


@every_gateway
def test_a_field_that_is_there_twice_is_read_once(run: Run, kind: str) -> None:
    who = person()
    body = json.dumps(GATEWAYS[kind].message(who, TEXT, new_id())).encode()
    answer = sent(run, kind, body[:-1] + b", " + body[1:])
    assert answer.status == 200
    run.settle()
    assert len(run.calls(GATEWAYS[kind].chat(who))) == 1


#: Content encodings and the encoded bytes of a good event.
ENCODED: dict[str, tuple[str, Any]] = {
    "gzip": ("gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "gzip-bomb": ("gzip", lambda body: gzip.compress(body[:-1] + b" " * 50_000_000 + b"}")),
    "gzip-told-of-plain-json": ("gzip", bytes),
    "unknown-told-of-plain-json": ("ZEBRA7", bytes),
}


@every_gateway
@attempts(ENCODED)
def test_nothing_is_decompressed(run: Run, kind: str, attempt: tuple[str, Any]) -> None:
    encoding, encode = attempt
    before = len(run.lines)
    body = encode(json.dumps(GATEWAYS[kind].message(person(), TEXT, new_id())).encode())
    answer = sent(run, kind, body, [(b"Content-Encoding", encoding.encode())])
    holds(answer, run, before)
    assert answer.status == (200 if encode is bytes else 400)


TYPES = {
    "none": "",
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "utf-16": "application/json; charset=utf-16",
    "unknown-charset": "application/json; charset=ZEBRA7",
    "xml": "application/xml",
    "binary": "application/octet-stream",
    "nonsense": "ZEBRA7",
}


@every_gateway
@attempts(TYPES)
def test_a_body_is_what_it_is_whatever_its_type_says(run: Run, kind: str, attempt: str) -> None:
    body = json.dumps(GATEWAYS[kind].message(person(), TEXT, new_id())).encode()
    headers = GATEWAYS[kind].headers(body) | {"content-type": attempt}
    before = len(run.lines)
    answer = run.send(
        "POST",
        f"/webhook/hotel/{kind}",
        [(name.encode(), value.encode()) for name, value in headers.items()],
        body,
    )
    holds(answer, run, before)
    assert (answer.status, answer.json["published"]) == (200, 1)


FRAMINGS: dict[str, tuple[Headers, Any]] = {
    "chunked": ([(b"Transfer-Encoding", b"chunked")], raw.chunked),
    "chunked-byte-by-byte": ([(b"Transfer-Encoding", b"chunked")], lambda body: raw.chunked(body, 1)),
    "chunked-with-extensions": (
        [(b"Transfer-Encoding", b"chunked")],
        lambda body: b"%x;ZEBRA7=1\r\n%s\r\n0\r\n\r\n" % (len(body), body),
    ),
}
BROKEN_FRAMINGS: dict[str, tuple[Headers, Any]] = {
    "chunked-twice": ([(b"Transfer-Encoding", b"chunked, chunked")], raw.chunked),
    "unknown-coding": ([(b"Transfer-Encoding", b"ZEBRA7")], bytes),
    "chunk-of-no-size": ([(b"Transfer-Encoding", b"chunked")], lambda body: b"ZEBRA7\r\n" + body),
    "chunk-of-negative-size": ([(b"Transfer-Encoding", b"chunked")], lambda body: b"-1\r\n" + body),
    "chunk-of-huge-size": ([(b"Transfer-Encoding", b"chunked")], lambda body: b"f" * 30 + b"\r\n" + body),
    "two-lengths": ([(b"Content-Length", b"5"), (b"Content-Length", b"6")], bytes),
    "negative-length": ([(b"Content-Length", b"-5")], bytes),
    "length-in-words": ([(b"Content-Length", b"ZEBRA7")], bytes),
    "huge-length": ([(b"Content-Length", b"9" * 40)], bytes),
}


@every_gateway
@attempts(FRAMINGS | BROKEN_FRAMINGS)
def test_a_body_in_another_framing(run: Run, kind: str, attempt: tuple[Headers, Any]) -> None:
    framing, frame = attempt
    body = json.dumps(GATEWAYS[kind].message(person(), TEXT, new_id())).encode()
    headers = [(name.encode(), value.encode()) for name, value in GATEWAYS[kind].headers(body).items()]
    before = len(run.lines)
    answer = run.send("POST", f"/webhook/hotel/{kind}", headers + framing, frame(body))
    if attempt in FRAMINGS.values():
        assert (answer.status, answer.json["published"]) == (200, 1)
    else:
        assert answer.status in (0, 400, 401, 413, 501)
        assert not any(line["published"] for line in run.handled(before))
    assert not answer.holds(CANARY)
    assert run.told(CANARY, before) == []


@every_gateway
def test_a_length_beside_chunks_is_refused_or_passed_over(run: Run, kind: str) -> None:
    """Either is right (RFC 9112, 6.3); to use the length is not."""
    body = json.dumps(GATEWAYS[kind].message(person(), TEXT, new_id())).encode()
    both: Headers = [(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"5")]
    headers = [(name.encode(), value.encode()) for name, value in GATEWAYS[kind].headers(body).items()]
    answer = run.send("POST", f"/webhook/hotel/{kind}", headers + both, raw.chunked(body))
    assert answer.status == 400 or (answer.status, answer.json["published"]) == (200, 1)
