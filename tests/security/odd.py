"""Unexpected bodies and fields, and the conditions for each answer to them."""

from __future__ import annotations

import json
import re

from tests.security.raw import Answer
from tests.security.run import Run

#: Part of each foreign key and value; no label of ours contains it, as those are in lower case.
CANARY = "ZEBRA7"
_FIELD = re.compile(r"[A-Za-z0-9_.-]{1,100}: ")

#: Whole bodies.
BODIES: dict[str, bytes] = {
    "empty": b"",
    "white-space": b" \r\n\t",
    "nul": b"\0",
    "words": b"ZEBRA7",
    "null": b"null",
    "true": b"true",
    "number": b"5",
    "string": b'"ZEBRA7"',
    "array": b"[]",
    "array-of-arrays": b"[[]]",
    "array-of-strings": b'["ZEBRA7"]',
    "object": b"{}",
    "object-of-theirs": b'{"ZEBRA7": "ZEBRA7"}',
    "object-in-an-array": b'[{"event": "message"}]',
    "cut": b'{"event": "mess',
    "two": b"{}{}",
    "comma-after": b'{"a": 1,}',
    "comment": b"{} // ZEBRA7",
    "single-quotes": b"{'a': 'ZEBRA7'}",
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "too-large-a-number": b'{"a": 1e999}',
    "5000-digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "100000-digits": b'{"a": ' + b"9" * 100_000 + b"}",
    "exponent-of-5000-digits": b'{"a": 1e' + b"9" * 5_000 + b"}",
    "arrays-10000-deep": b"[" * 10_000 + b"]" * 10_000,
    "arrays-open-100000-deep": b"[" * 100_000,
    "objects-10000-deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "no-utf-8": b'{"a": "\xff\xfe"}',
    "cut-utf-8": b'{"a": "\xe2\x82"}',
    "overlong-utf-8": b'{"a": "\xc0\xaf"}',
    "half-surrogate-in-utf-8": b'{"a": "\xed\xa0\x80"}',
    "half-surrogate-escaped": b'{"a": "\\ud800ZEBRA7"}',
    "wrong-escape": b'{"a": "\\xZEBRA7"}',
    "control-character": b'{"a": "\x1b[31mZEBRA7"}',
    "line-break-in-a-string": b'{"a": "x\nZEBRA7"}',
    "byte-order-mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a": "ZEBRA7"}'.encode("utf-16"),
    "utf-16-big-endian": '{"a": "ZEBRA7"}'.encode("utf-16-be"),
    "utf-32": '{"a": "ZEBRA7"}'.encode("utf-32"),
    "utf-7": b"+AHsAIg-a",
    "form": b"event=message&session=default&payload=ZEBRA7",
    "multipart": b'--x\r\nContent-Disposition: form-data; name="ZEBRA7"\r\n\r\nx\r\n--x--',
    "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "yaml": b"!!python/object/apply:os.system ['true']",
    "pickle": b"cos\nsystem\n(S'true'\ntR.",
    "html": b"<html>ZEBRA7</html>",
    "key-of-100-kilobytes": b'{"' + b"ZEBRA7" * 17_000 + b'": 1}',
    "key-with-control-characters": b'{"\\u001b[31mZEBRA7\\r\\n": 1}',
    "10000-keys": json.dumps({f"ZEBRA7{n}": n for n in range(10_000)}).encode(),
    "prototype": b'{"__proto__": {"a": 1}, "constructor": 1, "__class__": "ZEBRA7"}',
}


#: Additions to a good event: undeclared keys and repeated fields.
BESIDE: dict[str, bytes] = {
    "key-of-900-kilobytes": b'"' + b"ZEBRA7" * 150_000 + b'": 1',
    "key-with-escape-sequences": b'"\\u001b[2J\\u001b[31mZEBRA7": 1',
    "key-with-line-breaks": b'"x\\r\\n{\\"severity\\": \\"CRITICAL\\", \\"event\\": \\"ZEBRA7\\"}": 1',
    "key-with-a-nul": b'"\\u0000ZEBRA7": 1',
    "key-with-half-an-emoji": b'"\\ud83dZEBRA7": 1',
    "key-right-to-left": '"\u202eZEBRA7": 1'.encode(),
    "empty-key": b'"": "ZEBRA7"',
    "value-of-900-kilobytes": b'"x": "' + b"ZEBRA7" * 150_000 + b'"',
    "5000-digits": b'"x": ' + b"9" * 5_000,
    "too-large-a-number": b'"x": 1e999',
    "arrays-100-deep": b'"x": ' + b"[" * 100 + b"]" * 100,
    "of-our-words": b'"tenant": "diocese", "channel": "telegram", "kind": "staff", "published": 9',
    "10000-keys": json.dumps({f"ZEBRA7{n}": n for n in range(10_000)}).encode()[1:-1],
}
#: Additions that are invalid in JSON, or in ours: the event is refused.
BROKEN_BESIDE: dict[str, bytes] = {
    "nan": b'"x": NaN',
    "arrays-10000-deep": b'"x": ' + b"[" * 10_000 + b"]" * 10_000,
    "100000-digits": b'"x": ' + b"9" * 100_000,
    "no-utf-8": b'"x": "\xff"',
}


def holds(answer: Answer, run: Run, before: int) -> None:
    """Checks that the answer has a named drop or a field of ours, and nothing of the sender's."""
    assert answer.status in (200, 400), answer
    if answer.status == 400:
        assert _FIELD.match(answer.json["error"]), answer
    assert not answer.holds(CANARY)
    assert len(answer.body) < 2_000
    assert run.told(CANARY, before) == []
    for line in run.lines[before:]:
        assert len(json.dumps(line, default=str)) < 10_000
        assert all(str(value).isprintable() for value in line.values())
