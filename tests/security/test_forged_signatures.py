"""Requests without a signature, with another key or algorithm than the gateway's, or over other bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, new_id, person
from tests.security.raw import Headers
from tests.security.refused import nobody_was_answered, refused
from tests.security.run import Run, key

TEXT = "What time is breakfast?"


@dataclass(frozen=True)
class Scheme:
    """A gateway's signature: its header, the prefix of the hex digits, its hash."""

    header: bytes
    prefix: bytes
    algorithm: str

    def value(self, key: bytes, body: bytes, algorithm: str = "") -> bytes:
        return self.prefix + hmac.new(key, body, algorithm or self.algorithm).hexdigest().encode()

    def plain(self, digest: bytes) -> Headers:
        return [(self.header, self.prefix + digest)]


SCHEMES = {
    "waha": Scheme(b"X-Webhook-Hmac", b"", "sha512"),
    "cloud_api": Scheme(b"X-Hub-Signature-256", b"sha256=", "sha256"),
}
every_scheme = pytest.mark.parametrize("kind", SCHEMES)


def other(digit: bytes) -> bytes:
    return b"1" if digit == b"0" else b"0"


def wide(digits: bytes) -> bytes:
    """Returns full-width digits, which Python's int() accepts."""
    return "".join(chr(d + 0xFEE0) if 48 <= d < 58 else chr(d) for d in digits).encode()


#: The right signature's prefix and hex digits → the header's value.
CHANGED: dict[str, Callable[[bytes, bytes], bytes]] = {
    "empty": lambda prefix, good: b"",
    "prefix-alone": lambda prefix, good: prefix,
    "one-short": lambda prefix, good: prefix + good[:-1],
    "one-more": lambda prefix, good: prefix + good + b"0",
    "half": lambda prefix, good: prefix + good[: len(good) // 2],
    "eight-digits": lambda prefix, good: prefix + good[:8],
    "twice": lambda prefix, good: prefix + good + good,
    "after-a-comma": lambda prefix, good: b"0" * 64 + b"," + prefix + good,
    "before-a-comma": lambda prefix, good: prefix + good + b",",
    "first-digit": lambda prefix, good: prefix + other(good[:1]) + good[1:],
    "last-digit": lambda prefix, good: prefix + good[:-1] + other(good[-1:]),
    "reversed": lambda prefix, good: prefix + good[::-1],
    "upper-case": lambda prefix, good: prefix + good.upper(),
    "upper-case-with-prefix": lambda prefix, good: prefix.upper() + good.upper(),
    "quoted": lambda prefix, good: b'"' + prefix + good + b'"',
    "0x": lambda prefix, good: prefix + b"0x" + good,
    "sha1-prefix": lambda prefix, good: b"sha1=" + good,
    "hmac-prefix": lambda prefix, good: b"HMAC " + prefix + good,
    "space-inside": lambda prefix, good: prefix + good[:10] + b" " + good[10:],
    "zeros": lambda prefix, good: prefix + b"0" * len(good),
    "non-ascii": lambda prefix, good: b"\xff" * len(prefix + good),
    "non-ascii-after": lambda prefix, good: prefix + good + b"\xe9",
    "full-width-digits": lambda prefix, good: prefix + wide(good),
    "half-surrogate": lambda prefix, good: b"\xed\xa0\x80" + prefix + good,
    "eight-kilobytes": lambda prefix, good: prefix + good * 64,
    "none": lambda prefix, good: b"none",
    "null": lambda prefix, good: b"null",
    "true": lambda prefix, good: b"true",
}
ALGORITHMS = {name: name for name in ("md5", "sha1", "sha224", "sha3_256", "sha3_512", "blake2s", "blake2b")}
#: The scheme, the right key and the body → the headers.
COMPUTED: dict[str, Callable[[Scheme, bytes, bytes], Headers]] = {
    "missing": lambda scheme, key, body: [],
    "empty-key": lambda scheme, key, body: [(scheme.header, scheme.value(b"", body))],
    "well-known-key": lambda scheme, key, body: [(scheme.header, scheme.value(b"local-secret", body))],
    "key-cut": lambda scheme, key, body: [(scheme.header, scheme.value(key[:-1], body))],
    "key-in-upper-case": lambda scheme, key, body: [(scheme.header, scheme.value(key.upper(), body))],
    "key-and-body-exchanged": lambda scheme, key, body: [(scheme.header, scheme.value(body, key))],
    "hash-of-the-body": lambda scheme, key, body: scheme.plain(_hash(scheme, body)),
    "hash-of-key-and-body": lambda scheme, key, body: scheme.plain(_hash(scheme, key + body)),
    "hash-of-body-and-key": lambda scheme, key, body: scheme.plain(_hash(scheme, body + key)),
    "base64": lambda scheme, key, body: scheme.plain(
        base64.b64encode(hmac.digest(key, body, scheme.algorithm))
    ),
    "signature-of-nothing": lambda scheme, key, body: [(scheme.header, scheme.value(key, b""))],
    "signature-of-the-signature": lambda scheme, key, body: [
        (scheme.header, scheme.value(key, scheme.value(key, body)))
    ],
    "repeated-and-wrong": lambda scheme, key, body: scheme.plain(b"0" * 64) + scheme.plain(b"1" * 64),
    "repeated-in-halves": lambda scheme, key, body: _halves(scheme.header, scheme.value(key, body)),
    "in-authorization": lambda scheme, key, body: [(b"Authorization", scheme.value(key, body))],
    "in-a-cookie": lambda scheme, key, body: [(b"Cookie", scheme.header + b"=" + scheme.value(key, body))],
    "in-x-hub-signature": lambda scheme, key, body: [(b"X-Hub-Signature", scheme.value(key, body, "sha1"))],
    "under-scores": lambda scheme, key, body: [(scheme.header.replace(b"-", b"_"), scheme.value(key, body))],
    "algorithm-told-none": lambda scheme, key, body: [(b"X-Webhook-Hmac-Algorithm", b"none")],
    "algorithm-told-and-weak": lambda scheme, key, body: [
        (b"X-Webhook-Hmac-Algorithm", b"md5"),
        (scheme.header, scheme.value(key, body, "md5")),
    ],
}
OTHER_KEYS = {
    "of-another-tenant": lambda kind: key("diocese", kind, GATEWAYS[kind].role),
    "of-another-channel": lambda kind: key("hotel", "telegram", "secret_token"),
    "of-the-visitors": lambda kind: key("hotel", "webchat", "signing_key"),
    "of-the-api": lambda kind: f"hotel-{kind}-api-key".replace("_", "-"),
    "of-the-pairing-links": lambda kind: key("hotel", "waha", "link_key"),
    "of-the-address-check": lambda kind: key("hotel", "cloud_api", "verify_token"),
}
#: The signed body → the one that is sent.
OTHER_BODIES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "line-break-after": lambda body: body + b"\n",
    "space-before": lambda body: b" " + body,
    "byte-order-mark": lambda body: b"\xef\xbb\xbf" + body,
    "other-white-space": lambda body: json.dumps(json.loads(body), indent=1).encode(),
    "no-white-space": lambda body: json.dumps(json.loads(body), separators=(",", ":")).encode(),
    "other-escapes": lambda body: body.replace(b"W", b"\\u0057", 1),
    "other-order": lambda body: json.dumps(dict(reversed(json.loads(body).items()))).encode(),
    "other-words": lambda body: body.replace(b"breakfast", b"Breakfast"),
    "one-byte-less": lambda body: body[:-1],
    "duplicated-key": lambda body: b'{"x": 1, ' + body[1:],
    "twice": lambda body: body + body,
    "compressed": gzip.compress,
}


def _hash(scheme: Scheme, data: bytes) -> bytes:
    return hashlib.new(scheme.algorithm, data).hexdigest().encode()


def _halves(name: bytes, value: bytes) -> Headers:
    return [(name, value[: len(value) // 2]), (name, value[len(value) // 2 :])]


def good(kind: str) -> tuple[Scheme, bytes, bytes]:
    """Returns the scheme, the right key and a body that would be answered."""
    body = json.dumps(GATEWAYS[kind].message(person(), TEXT, new_id())).encode()
    return SCHEMES[kind], key("hotel", kind, GATEWAYS[kind].role).encode(), body


@every_scheme
@attempts(CHANGED)
def test_a_signature_that_was_changed(run: Run, kind: str, attempt: Callable[[bytes, bytes], bytes]) -> None:
    scheme, secret, body = good(kind)
    digits = scheme.value(secret, body)[len(scheme.prefix) :]
    refused(run, f"/webhook/hotel/{kind}", [(scheme.header, attempt(scheme.prefix, digits))], body)


@every_scheme
@attempts(COMPUTED)
def test_a_signature_that_is_computed_in_another_way(
    run: Run, kind: str, attempt: Callable[[Scheme, bytes, bytes], Headers]
) -> None:
    scheme, secret, body = good(kind)
    refused(run, f"/webhook/hotel/{kind}", attempt(scheme, secret, body), body)


@every_scheme
@attempts(ALGORITHMS)
def test_the_right_key_with_another_algorithm(run: Run, kind: str, attempt: str) -> None:
    scheme, secret, body = good(kind)
    headers = [(scheme.header, scheme.value(secret, body, attempt))]
    refused(run, f"/webhook/hotel/{kind}", headers, body)


@every_scheme
@attempts(OTHER_KEYS)
def test_a_key_that_is_good_for_something_else(run: Run, kind: str, attempt: Callable[[str], str]) -> None:
    scheme, _, body = good(kind)
    refused(
        run, f"/webhook/hotel/{kind}", [(scheme.header, scheme.value(attempt(kind).encode(), body))], body
    )


@every_scheme
@attempts(OTHER_BODIES)
def test_a_signature_of_another_body(run: Run, kind: str, attempt: Callable[[bytes], bytes]) -> None:
    scheme, secret, body = good(kind)
    headers = [(scheme.header, scheme.value(secret, body)), (b"Content-Encoding", b"gzip")]
    refused(run, f"/webhook/hotel/{kind}", headers, attempt(body))


def test_nobody_was_answered(run: Run) -> None:
    nobody_was_answered(run)


@every_scheme
def test_the_right_signature_is_answered(run: Run, kind: str) -> None:
    """Shows that each attempt would have been answered but for its signature."""
    scheme, secret, body = good(kind)
    answer = run.send("POST", f"/webhook/hotel/{kind}", [(scheme.header, scheme.value(secret, body))], body)
    assert (answer.status, answer.json["published"]) == (200, 1)
    run.settle()
    assert len(run.calls()) > 0
