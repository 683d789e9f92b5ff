"""Links of staff and links to files, forged, expired, misplaced, repeated or of another tenant, and forged
posts to a notifier's address."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.models.staff import NotifierEntry
from shared.models.tenant import Tenant
from shared.notifiers.webhook import SIGNATURE, signature
from shared.platform.store.sqlite import SqliteStore
from shared.tenants.links import FileGrant, StaffGrant
from tests.e2e.concierge import wait_for
from tests.security.attempts import attempts
from tests.security.elsewhere import ELSEWHERE
from tests.security.gateways import GATEWAYS, new_id, person, post
from tests.security.raw import Answer, Headers
from tests.security.refused import refused
from tests.security.run import Json, Run, key

LINK_KEY = "key-of-hotel-link-key"
#: The own webhook borrows the value of a secret that the run has.
OWN_KEY = key("hotel", "webchat", "signing_key")
ACTS = "request", "take", "close", "say"
WORDS = json.dumps({"id": "0b5f6c1e-1111", "text": "I am on my way."}).encode()


def until(minutes: float = 15) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)


def staff_link(
    handoff: str,
    *,
    signing: str = LINK_KEY,
    tenant: str = "hotel",
    staff: str = "agent1",
    minutes: float = 15,
) -> str:
    return StaffGrant(tenant, until(minutes), handoff, staff, "mail").token(signing)


def file_link(blob: str, *, signing: str = LINK_KEY, tenant: str = "hotel", minutes: float = 15) -> str:
    return FileGrant(tenant, until(minutes), blob, "image/jpeg").token(signing)


def opened(run: Run) -> str:
    """Returns the id of a new request, which was notified."""
    asked, chat = GATEWAYS["waha"], person()
    known = set(run.documents("tenants/hotel/handoffs/*"))
    post(run, asked, asked.message(chat, "I want to talk to someone", new_id()))
    found: dict[str, Json] = {}

    def told() -> bool:
        found.clear()
        found.update(run.documents("tenants/hotel/handoffs/*"))
        return any(each.get("state") == "notified" for path, each in found.items() if path not in known)

    wait_for(told)
    return next(str(each["handoff"]) for path, each in found.items() if path not in known and "state" in each)


def request(run: Run, handoff: str) -> Json:
    return run.documents(f"tenants/hotel/handoffs/{handoff}")[f"tenants/hotel/handoffs/{handoff}"]


@pytest.fixture(scope="module")
def handoff(run: Run) -> str:
    asyncio.run(_open_webhook(run))
    # A function knows the settings of a minute ago.
    wait_for(lambda: run.send("POST", "/desk/hotel/own").status != 404, within=75)
    return opened(run)


async def _open_webhook(run: Run) -> None:
    store = SqliteStore(run.folder / "store.db")
    hotel = await store.get(Tenant, tenant="hotel")
    assert hotel is not None
    own = NotifierEntry(kind="webhook", secrets={"signing_key": "hotel-webchat-signing-key"})
    await store.put(hotel.model_copy(update={"notifiers": {**hotel.notifiers, "own": own}}))
    store.close()


def bearer(token: str) -> Headers:
    return [(b"Authorization", b"Bearer " + token.encode())]


def changed(token: str, **claims: object) -> str:
    """Returns the token with other claims and its old signature."""
    said, _, signed = token.partition(".")
    told = json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4))) | claims
    return urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=") + f".{signed}"


#: A good token of a request → another one.
TOKENS: dict[str, Callable[[str], str]] = {
    "empty": lambda good: "",
    "cut": lambda good: good[:-1],
    "longer": lambda good: good + "A",
    "twice": lambda good: good + good,
    "padded": lambda good: good + "=",
    "one-character": lambda good: good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1],
    "no-signature": lambda good: good.partition(".")[0] + ".",
    "claims-alone": lambda good: good.partition(".")[0],
    "signature-of-zeros": lambda good: good.partition(".")[0] + "." + "0" * 43,
    "another-request": lambda good: changed(good, handoff="other"),
    "another-member": lambda good: changed(good, staff="supervisor"),
    "another-tenant": lambda good: changed(good, tenant="diocese"),
    "for-ever": lambda good: changed(good, until=99_999_999_999),
    "more-claims": lambda good: changed(good, admin=True),
    "expired": lambda good: staff_link("h", minutes=-1),
    "by-another-tenant": lambda good: staff_link("h", signing="key-of-diocese-link-key"),
    "for-another-tenant": lambda good: staff_link("h", tenant="diocese"),
    "for-nobody": lambda good: staff_link("h", tenant="nobody"),
    "by-the-well-known-key": lambda good: staff_link("h", signing="local-secret"),
    "by-the-empty-key": lambda good: staff_link("h", signing=""),
    "who-has-left": lambda good: staff_link("h", staff="agent9"),
    "of-a-file": lambda good: file_link("tenants/hotel/media/c/m/0"),
    "nested": lambda good: urlsafe_b64encode(b"[" * 2_900).decode() + ".x",
    "non-ascii": lambda good: good[:-1] + "é",
    "sixty-kilobytes": lambda good: good * 200,
}


@pytest.mark.parametrize("path", ACTS)
@attempts(TOKENS)
def test_a_link_that_we_did_not_make(
    run: Run, handoff: str, path: str, attempt: Callable[[str], str]
) -> None:
    before, lines = request(run, handoff), len(run.lines)
    token = attempt(staff_link(handoff))
    answer = refused(run, f"/desk/{path}", bearer(token), WORDS)
    wanted = "expired" if attempt is TOKENS["expired"] else "this link is not valid"
    assert wanted in answer.json["error"]
    assert request(run, handoff) == before
    assert run.told("staff_acted", lines) == []


@pytest.mark.parametrize("path", ACTS)
@attempts(ELSEWHERE)
def test_a_link_s_token_in_another_place(
    run: Run, handoff: str, path: str, attempt: Callable[[str], tuple[str, Headers]]
) -> None:
    before, lines, token = request(run, handoff), len(run.lines), staff_link(handoff)
    query, headers = attempt(token)
    refused(run, f"/desk/{path}{query}", headers, WORDS)
    assert request(run, handoff) == before
    assert run.told(token.rpartition(".")[2], lines) == [], "the token is in the log"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ACTS)
def test_only_a_post_acts(run: Run, handoff: str, path: str, method: str) -> None:
    before = request(run, handoff)
    refused(run, f"/desk/{path}", bearer(staff_link(handoff)), WORDS, method=method, statuses=(404, 405))
    assert request(run, handoff) == before


def use(run: Run, path: str, token: str, body: bytes = b"") -> Answer:
    answer = run.send("POST", f"/desk/{path}", bearer(token), body)
    assert answer.status == 200, answer
    return answer


def test_a_link_of_another_request_reaches_that_one_alone(run: Run, handoff: str) -> None:
    other = opened(run)
    assert use(run, "take", staff_link(other)).json["state"] == "yours"
    use(run, "say", staff_link(other), WORDS)
    assert request(run, handoff)["state"] == "notified"
    run.settle()
    reached = [call["to"] for call in run.calls() if call["text"] == "I am on my way."]
    conversation = request(run, other)["conversation"]
    mine = run.documents(f"tenants/hotel/conversations/{conversation}")
    assert reached == [each["chat"] for each in mine.values() if "chat" in each]


def test_repeated_posts_act_once(run: Run, handoff: str) -> None:
    del handoff
    mine = opened(run)
    told = json.dumps({"id": "0b5f6c1e-2222", "text": "Only once."}).encode()
    for path, body in (("take", b""), ("say", told), ("close", b"")):
        for _ in range(3):
            use(run, path, staff_link(mine), body)
    assert use(run, "say", staff_link(mine), told).json["verdict"] == "done"
    run.settle()
    assert len([call for call in run.calls() if call["text"] == "Only once."]) == 1
    steps = [step["step"] for step in request(run, mine)["steps"]]
    assert (steps.count("taken"), steps.count("closed")) == (1, 1)


#: A blob in a link signed with the hotel's own key.
PLACES = {
    "another-tenant": "tenants/diocese/media/c/m/0",
    "a-way-up": "tenants/hotel/media/../../diocese/media/c/m/0",
    "no-media": "tenants/hotel/other",
    "the-folder": "tenants/hotel/media/",
    "a-neighbour": "tenants/hotels/media/c/m/0",
    "absolute": "/etc/passwd",
    "empty": "",
}


@attempts(PLACES)
def test_no_link_reaches_another_place(run: Run, attempt: str) -> None:
    refused(run, f"/desk/files/{file_link(attempt)}", [], method="GET")


@attempts({name: forge for name, forge in TOKENS.items() if name not in ("empty", "of-a-file", "non-ascii")})
def test_a_link_to_a_file_that_we_did_not_make(run: Run, attempt: Callable[[str], str]) -> None:
    token = attempt(file_link("tenants/hotel/media/c/m/0"))
    lines = len(run.lines)
    refused(run, f"/desk/files/{token}", [], method="GET", statuses=(401, 400, 414))
    assert run.told(token[-20:], lines) == [], "the token is in the log"


def test_a_good_link_to_a_file_that_is_gone_is_404(run: Run) -> None:
    refused(run, f"/desk/files/{file_link('tenants/hotel/media/c/m/0')}", [], method="GET", statuses=(404,))


def answer(handoff: str) -> bytes:
    told = {"id": new_id(), "act": "take", "handoff": handoff, "who": "agent1@hotel.example"}
    return json.dumps(told).encode()


#: The signature of a body of the own webhook.
SIGNATURES: dict[str, Callable[[bytes], str]] = {
    "none": lambda body: "",
    "zeros": lambda body: f"t={int(time.time())},v1={'0' * 64}",
    "another-key": lambda body: signature("guessed", body, until(0)),
    "the-link-s-key": lambda body: signature(LINK_KEY, body, until(0)),
    "another-body": lambda body: signature(OWN_KEY, body + b" ", until(0)),
    "old": lambda body: signature(OWN_KEY, body, until(-6)),
    "from-the-future": lambda body: signature(OWN_KEY, body, until(6)),
    "without-a-time": lambda body: signature(OWN_KEY, body, until(0)).partition(",")[2],
    "another-time": lambda body: signature(OWN_KEY, body, until(0)).replace("t=", "t=1"),
    "non-ascii": lambda body: "t=é,v1=ÿ",
}


@attempts(SIGNATURES)
def test_a_post_that_the_vendor_did_not_sign(run: Run, handoff: str, attempt: Callable[[bytes], str]) -> None:
    before, body = request(run, handoff), answer(handoff)
    headers = [(SIGNATURE.encode(), attempt(body).encode())]
    refused(run, "/desk/hotel/own", headers, body)
    run.settle()
    assert request(run, handoff) == before


def test_a_signed_post_of_another_tenant_s_notifier_is_unknown(run: Run, handoff: str) -> None:
    body = answer(handoff)
    headers = [(SIGNATURE.encode(), signature(OWN_KEY, body, until(0)).encode())]
    refused(run, "/desk/diocese/own", headers, body, statuses=(404,))


def test_a_signed_answer_of_a_stranger_acts_for_nobody(run: Run, handoff: str) -> None:
    told = {"id": new_id(), "act": "take", "handoff": handoff, "who": "stranger@hotel.example"}
    body = json.dumps(told).encode()
    headers = [(SIGNATURE.encode(), signature(OWN_KEY, body, until(0)).encode())]
    lines = len(run.lines)
    assert run.send("POST", "/desk/hotel/own", headers, body).status == 200
    run.settle()
    assert request(run, handoff)["state"] == "notified"
    assert run.told("answer_of_a_stranger", lines)
    assert run.told("stranger@", lines) == []
