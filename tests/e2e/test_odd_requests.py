"""Malformed requests, byte by byte, to both kinds of local run: each is refused or answered alike.

Only the person of a good message gets an answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.e2e.concierge import person, waha_message
from tests.e2e.conftest import LocalRun
from tests.e2e.raw import HOOK, QUESTION, ask, message, raw, signature, signed

LIMIT = 1024 * 1024
#: A second line in the terminal's format, a colour, a change of writing direction.
FORGED = "12:00:00  webhook\n\x1b[31mall is lost\u202e"


@pytest.fixture(scope="module", params=["embedded", pytest.param("emulated", marks=pytest.mark.emulators)])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    """Yields each kind of run, for all tests of this file."""
    if request.param == "emulated":
        request.getfixturevalue("emulators")
    one = LocalRun(tmp_path_factory.mktemp(request.param), emulators=request.param == "emulated", minute=5)
    one.start()
    yield one
    one.stop()
    assert "schedule_failed" not in one.log()


@pytest.fixture(scope="module", autouse=True)
def slow(run: LocalRun) -> Iterator[dict[str, Future[tuple[int, bytes]]]]:
    """Yields two uploads that never end, begun before the other requests: one is stuck, one drips."""
    head = raw(HOOK).replace(b"Content-Length: 0", b"Content-Length: 1000")
    with ThreadPoolExecutor(2) as clients:
        yield {
            "stuck": clients.submit(ask, run, head),
            "dripping": clients.submit(ask, run, head, *[b"x"] * 20),
        }


ADDRESSES = {
    b"/webhook": 404,
    b"/webhook/": 404,
    b"/webhook/hotel": 404,
    b"/webhook/nobody/waha": 404,
    b"/webhook/hotel/fax": 404,
    b"/webhook/hotel/waha/a/b": 404,
    b"/webhook/hotel/waha/else": 405,
    b"/webhook//waha": 404,
    b"/webhook/../waha": 404,
    b"/webhook/%2e%2e/waha": 404,
    b"/webhook/./waha": 404,
    b"/webhook/__x__/waha": 404,
    b"/webhook/hotel/__x__": 404,
    b"/webhook/hotel/..": 404,
    b"/webhook/diocese/../hotel/waha": 404,
    b"/webhook/diocese/%2e%2e/hotel/waha": 404,
    b"/webhook/hotel/waha/../../diocese/waha": 404,
    b"/webhook/hotel%00/waha": 404,
    b"/webhook/hotel%0a/waha": 404,
    b"/webhook/%ff%fe/waha": 404,
    b"/webhook/%ed%a0%80/waha": 404,
    b"/webhook/Hotel/waha": 404,
    b"/webhook/" + b"x" * 50_000 + b"/waha": 404,
    b"/webhook/hotel/" + b"%41" * 10_000: 404,
    b"/webhookfoo/hotel/waha": 404,
    b"/webhookhotel/waha": 404,
    b"/webhook%2fhotel/waha": 404,
    b"//webhook/hotel/waha": 404,
    b"/gateways/../waha": 404,
    b"/gateways/__x__/waha/pair": 404,
    b"/gateways/hotel/waha/else": 405,
    b"/desk/nobody/mail": 404,
    b"/desk/hotel/fax": 404,
    b"/desk/hotel/../mail": 404,
    b"/desk/hotel%00/mail": 404,
    b"/desk/%ed%a0%80/mail": 404,
    b"/desk/hotel/mail/more": 404,
    b"/desk/files/x": 404,
    b"/desk/request": 401,
    b"/desk/take?token=x": 401,
    b"/nobody": 404,
}


@pytest.mark.parametrize("target", ADDRESSES, ids=lambda target: target[:40].decode())
def test_an_address_of_nobody(run: LocalRun, target: bytes) -> None:
    who = person()
    assert ask(run, signed(message(who), target))[0] == ADDRESSES[target]
    assert run.ledger(who) == []


GOOD = {
    "as it is": lambda body: signed(body),
    "trailing slash": lambda body: signed(body, HOOK + b"/"),
    "a query": lambda body: signed(body, HOOK + b"?x=%00&x=2&&y=%ff"),
    "spelt with escapes": lambda body: signed(body, b"/webhook/%68otel/waha"),
    "a slash that is escaped": lambda body: signed(body, b"/webhook/hotel%2Fwaha"),
    "odd headers": lambda body: signed(body, HOOK, b"X-Odd: \xc3\xa9\xff\x80", b"X-Twice: 1", b"X-Twice: 2"),
    "a trace of zeros": lambda body: signed(
        body, HOOK, b"traceparent: 00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"
    ),
    "another type": lambda body: signed(body, HOOK, b"Content-Type: text/\xff"),
    "in chunks": lambda body: (
        raw(HOOK, signature(body)).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        + b"1\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (body[:1], len(body) - 1, body[1:])
    ),
    "expecting a go-ahead": lambda body: signed(body, HOOK, b"Expect: 100-continue"),
    "HTTP/1.0": lambda body: signed(body).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "nearly too long": lambda body: signed(body + b" " * (LIMIT - len(body))),
}


def test_a_good_message_is_answered_once_however_it_is_sent(run: LocalRun) -> None:
    people = {name: person() for name in GOOD}
    for name, who in people.items():
        status, answer = ask(run, GOOD[name](message(who)))
        assert (name, status, b'"published":1' in answer) == (name, 200, True)
    for who in people.values():
        run.until_texts(who, 1)
    assert [run.outcomes(who) for who in people.values()] == [["answered"]] * len(people)
    assert [len(run.texts(who)) for who in people.values()] == [1] * len(people)


SIGNATURES = {
    "none": [],
    "empty": [b"X-Webhook-Hmac:"],
    "zeros": [b"X-Webhook-Hmac: " + b"0" * 128],
    "not ASCII": [b"X-Webhook-Hmac: \xc3\xa9\xff\x80" + b"0" * 124],
    "long": [b"X-Webhook-Hmac: " + b"a" * 30_000],
    "another algorithm": [b"X-Webhook-Hmac: " + b"0" * 64],
    "of something else": [signature(b"something else")],
    "in another header": [b"X-Signature: " + b"0" * 128],
    "two wrong ones": [b"X-Webhook-Hmac: " + b"0" * 128] * 2,
}


@pytest.mark.parametrize("name", SIGNATURES)
@pytest.mark.parametrize("channel", ["waha", "green_api", "cloud_api", "telegram", "webchat"])
def test_who_does_not_sign_is_not_heard(run: LocalRun, name: str, channel: str) -> None:
    who = person()
    target = f"/webhook/hotel/{channel}".encode()
    assert ask(run, raw(target, *SIGNATURES[name], body=message(who)))[0] == 401
    assert run.ledger(who) == []


@pytest.mark.parametrize(
    "headers",
    [
        [b"X-Hub-Signature-256: sha256=\xff\xfe"],
        [b"Authorization: Bearer \xe9.\xff"],
        [b"Authorization: \xff"],
    ],
)
def test_bytes_that_are_no_text_are_no_signature(run: LocalRun, headers: list[bytes]) -> None:
    for channel in (b"green_api", b"cloud_api", b"telegram", b"webchat"):
        odd = b"X-Telegram-Bot-Api-Secret-Token: \xff\xfe"
        assert ask(run, raw(b"/webhook/hotel/" + channel, odd, *headers, body=b"{}"))[0] == 401


BODIES = {
    "nothing": b"",
    "half": b'{"event": "message"',
    "a list": b"[]",
    "a text": b'"text"',
    "no UTF-8": b'{"event": "\xff"}',
    "nothing of ours": b"{}",
    "another type": b'{"event": 1}',
    "deep": b"[" * 100_000,
    "deep within": b'{"event":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "not a number": b'{"event": NaN}',
    "a key of a megabyte": b'{"event": "message", "session": {"%s": 1}}' % (b"zebra" * 190_000),
    "a key that forges": json.dumps({"event": {FORGED: 1}, FORGED: {FORGED: []}}).encode(),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_not_the_gateways_is_named_by_our_field(run: LocalRun, name: str) -> None:
    status, answer = ask(run, signed(BODIES[name]))
    assert status == 400
    assert len(answer) < 600
    assert "zebra" not in answer.decode()
    assert json.loads(answer)["error"].isprintable()


ODD_IDS = ["x" * 600, FORGED, "__x__", "..", "a/b", "\ud800", "\x00", "é" * 400, "\U0001f600" * 450]


@pytest.mark.parametrize("name", ODD_IDS, ids=range(len(ODD_IDS)))
def test_an_odd_id_in_a_good_envelope_breaks_nothing(run: LocalRun, name: str) -> None:
    who = person()
    message = waha_message(who, QUESTION, f"ID{who}")
    for odd in ({"id": name}, {"from": name}, {"to": name}, {"participant": name}, {"replyTo": {"id": name}}):
        event = {**message, "payload": {**message["payload"], **odd}}
        assert ask(run, signed(json.dumps(event).encode()))[0] in (200, 400)
    payload = {**message["payload"], "revokedMessageId": name, "reaction": {"text": "x", "messageId": name}}
    payload |= {"editedMessageId": name, "ack": 3, "ackName": "READ"}
    for kind in ("message.revoked", "message.reaction", "message.edited", "message.ack"):
        event = {**message, "event": kind, "payload": {**payload, "id": name}}
        assert ask(run, signed(json.dumps(event).encode()))[0] in (200, 400)


METHODS = {
    b"GET": 404,
    b"HEAD": 405,
    b"PUT": 405,
    b"DELETE": 405,
    b"PATCH": 405,
    b"TRACE": 405,
    b"ZEBRA": 405,
}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.decode())
def test_a_method_that_nobody_needs(run: LocalRun, method: bytes) -> None:
    assert ask(run, raw(HOOK, method=method))[0] == METHODS[method]


def test_metas_question_is_answered_to_meta_only(run: LocalRun) -> None:
    asked = b"/webhook/hotel/cloud_api?hub.mode=subscribe&hub.challenge=%s&hub.verify_token=%s"
    assert ask(run, raw(asked % (b"1158201444", b"local-secret"), method=b"GET")) == (200, b"1158201444")
    for token in (b"", b"wrong", b"%ff", b"local-secret%00"):
        assert ask(run, raw(asked % (b"1", token), method=b"GET"))[0] == 403


def test_what_is_too_long_is_413(run: LocalRun) -> None:
    who = person()
    body = message(who) + b" " * LIMIT
    assert ask(run, signed(body))[0] == 413
    assert run.ledger(who) == []


FUNCTIONS = {
    b"/maintenance": 200,
    b"/maintenance/": 200,
    b"/maintenancefoo": 404,
    b"/health": 404,
    b"/health/": 404,
    b"/reply": 404,
    b"/reply/": 404,
    b"/deliver": 404,
    b"/handoff": 404,
    b"/handoff/due": 200,
    b"/triggers": 200,
    b"/triggers/due": 200,
    b"/knowledge": 200,
    b"/knowledge/due": 200,
    b"/contacts": 404,
    b"/desk": 404,
    b"/pages": 404,
    b"/pairing": 404,
    b"/gateways": 404,
    b"/gateways/": 404,
}


@pytest.mark.parametrize("target", FUNCTIONS, ids=lambda target: target.decode())
def test_both_spellings_of_a_function_are_served(run: LocalRun, target: bytes) -> None:
    assert ask(run, raw(target))[0] == FUNCTIONS[target]


@pytest.mark.parametrize(
    "target",
    [b"/health", b"/health/", b"/pairing", b"/pairing/", b"/desk", b"/desk/", b"/gateways/hotel/waha"],
)
def test_both_spellings_of_what_is_asked_with_get(run: LocalRun, target: bytes) -> None:
    status, body = ask(run, raw(target, method=b"GET"))
    assert status == 200 or (status, json.loads(body)) == (503, {"status": "down"})


@pytest.mark.parametrize("name", ["..", "__x__", "a%2fb", "%00", "x" * 2_000, "%ed%a0%80", "%1b%5b31m"])
def test_the_simulations_own_addresses_know_odd_names(run: LocalRun, name: str) -> None:
    for query in (f"tenant={name}&channel=waha&peer=1", f"tenant=hotel&channel={name}&peer=1"):
        assert run.http.get(f"/_sim/ledger?{query}").status_code == 404
        assert run.http.get(f"/_sim/phone/chat?{query}").status_code == 404
    for path in (
        f"ledger?tenant=hotel&channel=waha&peer={name}",
        f"phone/chat?tenant=hotel&channel=waha&peer={name}",
        f"way?tenant={name}&message=m",
        f"way?tenant=hotel&message={name}",
        f"story?id={name}",
    ):
        assert run.http.get(f"/_sim/{path}").status_code in (200, 400, 404)


@pytest.mark.parametrize("client", ["stuck", "dripping"])
def test_a_body_that_does_not_come_is_given_up(
    slow: dict[str, Future[tuple[int, bytes]]], client: str
) -> None:
    assert slow[client].result(timeout=25)[0] == 408


def test_nothing_of_all_this_was_a_bug_or_forged_a_line(run: LocalRun) -> None:
    log = run.log()
    assert "500 in" not in log
    assert "Traceback" not in log
    assert "zebra" not in log
    assert "\x1b" not in log
    assert max(map(len, log.splitlines())) < 1_600
    assert "all is lost" not in log
