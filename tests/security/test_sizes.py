"""Bodies, texts, batches and headers of every size: refused over the limit, answered once under it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from tests.security import raw
from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, Json, new_id, now, person
from tests.security.raw import Answer, Headers
from tests.security.run import Run

TEXT = "What time is breakfast?"
LIMIT, VISIT = 1_048_576, 32_768
every_gateway = pytest.mark.parametrize("kind", GATEWAYS)


def padded(event: Json, size: int) -> bytes:
    """Returns the event with white space after it, `size` bytes in all."""
    body = json.dumps(event).encode()
    return body + b" " * (size - len(body))


def headers_of(kind: str, body: bytes) -> Headers:
    return [(name.encode(), value.encode()) for name, value in GATEWAYS[kind].headers(body).items()]


@pytest.fixture(scope="module")
def token(run: Run) -> str:
    return str(run.http.post("/webhook/hotel/webchat/visitor").json()["token"])


#: Bytes of a gateway's body → whether it is read.
SIZES = {"one-under": LIMIT - 1, "the-limit": LIMIT, "one-over": LIMIT + 1}
LARGE = {"one-over": LIMIT + 1, "twice": 2 * LIMIT, "ten-times": 10 * LIMIT}


@every_gateway
@pytest.mark.parametrize("framing", ["length", "chunks"])
@attempts(SIZES)
def test_a_body_around_the_limit(run: Run, kind: str, framing: str, attempt: int) -> None:
    body = padded(GATEWAYS[kind].message(person(), TEXT, new_id()), attempt)
    before, headers = len(run.lines), headers_of(kind, body)
    if framing == "chunks":
        headers.append((b"Transfer-Encoding", b"chunked"))
    sent = raw.chunked(body) if framing == "chunks" else body
    answer = run.send("POST", f"/webhook/hotel/{kind}", headers, sent)
    assert answer.status == (413 if attempt > LIMIT else 200), answer
    published = [line["published"] for line in run.handled(before)]
    assert any(published) == (attempt <= LIMIT)


@every_gateway
@attempts(LARGE)
def test_a_body_over_the_limit_is_not_read_to_its_end(run: Run, kind: str, attempt: int) -> None:
    """The body is unsigned: no signature is computed for it."""
    answer = run.send("POST", f"/webhook/hotel/{kind}", [], b"x" * attempt)
    assert answer.status in (0, 413)  # 0: it hung up during the upload


#: Bytes of a visitor's post.
VISITS = {
    "under": VISIT - 100,
    "the-limit": VISIT,
    "one-over": VISIT + 1,
    "twice": 2 * VISIT,
    "a-gateway-s": LIMIT - 1,
    "over-a-gateway-s": LIMIT + 1,
}


def visit(run: Run, token: str, body: bytes, more: Headers | None = None) -> Answer:
    headers = [(b"Authorization", b"Bearer " + token.encode()), *(more or [])]
    return run.send("POST", "/webhook/hotel/webchat", headers, body)


@pytest.mark.parametrize("framing", ["length", "chunks"])
@attempts(VISITS)
def test_a_visitor_s_post_around_its_own_limit(run: Run, token: str, framing: str, attempt: int) -> None:
    body = padded({"id": str(uuid4()), "text": TEXT}, attempt)
    sent, more = (
        (body, []) if framing == "length" else (raw.chunked(body), [(b"Transfer-Encoding", b"chunked")])
    )
    assert visit(run, token, sent, more).status == (413 if attempt > VISIT else 200)


#: Number of characters of a text, and the character.
TEXTS = {
    "4097-letters": (4_097, "x"),
    "100000-letters": (100_000, "x"),
    "100000-emoji": (100_000, "🙏"),
    "100000-combining-marks": (100_000, "\u0301"),
    "100000-line-breaks": (100_000, "\n"),
    "50000-words": (50_000, "breakfast "),
    "20000-nuls": (20_000, "\0"),
}


@every_gateway
@attempts(TEXTS)
def test_a_long_text_is_answered_once_or_dropped_by_name(
    run: Run, kind: str, attempt: tuple[int, str]
) -> None:
    number, character = attempt
    who, before = person(), len(run.lines)
    event = GATEWAYS[kind].message(who, "breakfast " + character * number, new_id())
    body = json.dumps(event, ensure_ascii=False).encode()
    answer = run.post(f"hotel/{kind}", body, GATEWAYS[kind].headers(body))
    assert answer.status_code == (200 if len(body) <= LIMIT else 413)
    run.settle()
    calls = run.calls(GATEWAYS[kind].chat(who))
    assert len(calls) == (answer.json()["published"] if answer.status_code == 200 else 0)
    assert all(len(call["text"]) < 10_000 for call in calls)
    assert [line for line in run.lines[before:] if line["event"] == "failed"] == []


HEADERS: dict[str, Headers] = {
    "60-kilobytes": [(b"X-Large", b"x" * 60_000)],
    "a-megabyte": [(b"X-Large", b"x" * 1_048_576)],
    "a-name-of-60-kilobytes": [(b"X" * 60_000, b"x")],
    "90": [(b"X-%d" % n, b"x") for n in range(90)],
    "5000": [(b"X-%d" % n, b"x") for n in range(5_000)],
    "5000-of-one-name": [(b"X-Same", b"x")] * 5_000,
    "cookies": [(b"Cookie", b"; ".join(b"c%d=x" % n for n in range(3_000)))],
    "ranges": [(b"Range", b"bytes=" + b",".join(b"0-%d" % n for n in range(3_000)))],
    "languages": [(b"Accept-Language", b",".join(b"x%d" % n for n in range(3_000)))],
    "nested-forwarded": [(b"X-Forwarded-For", b",".join(b"10.0.0.%d" % (n % 256) for n in range(3_000)))],
    "expect": [(b"Expect", b"100-continue")],
    "expect-nonsense": [(b"Expect", b"ZEBRA7")],
    "upgrade": [(b"Upgrade", b"websocket"), (b"Sec-WebSocket-Key", b"x"), (b"Sec-WebSocket-Version", b"13")],
    "folded": [(b"X-Folded", b"a\r\n b")],
    "no-name": [(b"", b"x")],
    "space-in-the-name": [(b"X Y", b"x")],
    "nul": [(b"X-Nul", b"a\0b")],
    "bare-line-break": [(b"X-Line", b"a\nX-Forged: b")],
}


@attempts(HEADERS)
def test_headers_of_every_size(run: Run, attempt: Headers) -> None:
    """Answered, refused or hung up on; the next request is served."""
    who, before = person(), len(run.lines)
    body = json.dumps(GATEWAYS["waha"].message(who, TEXT, new_id())).encode()
    answer = run.send("POST", "/webhook/hotel/waha", headers_of("waha", body) + attempt, body)
    assert answer.status in (0, 200, 400, 413, 417, 431), answer
    run.settle()
    assert len(run.calls(GATEWAYS["waha"].chat(who))) == (answer.status == 200)
    assert run.told("ZEBRA7", before) == []
    assert run.send("GET", "/health/").status == 200


#: Entries of which one request of Meta's has a thousand.
BATCHES: dict[str, list[Json]] = {
    "unknown-messages": [cloud_api.message("unheard-of", {}, key=f"wamid.{n}") for n in range(1_000)],
    "unknown-statuses": [cloud_api.status("unheard-of", id=f"wamid.{n}") for n in range(1_000)],
    "groups": [cloud_api.text(key=f"wamid.{n}", group_id="1") for n in range(1_000)],
}


@attempts(BATCHES)
def test_a_thousand_events_that_nobody_needs(run: Run, attempt: list[Json]) -> None:
    kind = "statuses" if "status" in attempt[0] else "messages"
    held: Json = {kind: attempt}
    body = json.dumps(cloud_api.posted(cloud_api.change(**held))).encode()
    answer = run.post("hotel/cloud_api", body, GATEWAYS["cloud_api"].headers(body))
    assert (answer.status_code, answer.json()["published"], len(answer.json()["dropped"])) == (200, 0, 1_000)


@pytest.mark.parametrize("same", [True, False], ids=["one-message", "one-person"])
def test_many_messages_in_one_request(run: Run, same: bool) -> None:
    """All are accepted: one message is answered once, and one person within their rate."""
    who = person()
    said = [
        cloud_api.text(TEXT, key="wamid.same" if same else f"wamid.{new_id()}") | {"from": who}
        for _ in range(150 if same else 60)
    ]
    event = cloud_api.received(*said, contacts=[])
    text = json.dumps(event).replace(str(cloud_api.AT), str(now()))
    body = text.encode()
    answer = run.post("hotel/cloud_api", body, GATEWAYS["cloud_api"].headers(body))
    assert (answer.status_code, answer.json()["published"]) == (200, len(said))
    run.settle()
    calls = run.calls(who)
    assert 0 < len(calls) <= (1 if same else 12)
