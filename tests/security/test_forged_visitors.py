"""Web chat tokens that we did not sign, or not for this visitor on this channel; pages of other origins."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from shared.models.tenant import Channel
from shared.platform.store.sqlite import SqliteStore
from tests.security.attempts import attempts
from tests.security.raw import Headers
from tests.security.refused import refused
from tests.security.run import Run

ORIGIN = "http://localhost:8080"
QUESTION = "What time is breakfast?"


@dataclass(frozen=True)
class Tokens:
    """Two visitors of the hotel's page, one of a second page with the same key, one of the diocese's."""

    mine: str
    theirs: str
    kiosk: str
    diocese: str


@pytest.fixture(scope="module")
def tokens(run: Run) -> Tokens:
    """Returns issued tokens. The kiosk is a channel of its own; `mine` and `theirs` have asked a question."""
    asyncio.run(_open_kiosk(run))
    places = ("hotel/webchat", "hotel/webchat", "hotel/kiosk", "diocese/webchat")
    issued = Tokens(*(run.http.post(f"/webhook/{place}/visitor").json()["token"] for place in places))
    for token in (issued.mine, issued.theirs):
        assert ask(run, token).status_code == 200
    run.settle()
    return issued


async def _open_kiosk(run: Run) -> None:
    store = SqliteStore(run.folder / "store.db")
    page = await store.get(Channel, tenant="hotel", channel="webchat")
    assert page is not None
    await store.put(page.model_copy(update={"channel": "kiosk"}))
    store.close()


def ask(run: Run, token: str) -> Any:
    said = {"id": str(uuid4()), "text": QUESTION}
    return run.http.post("/webhook/hotel/webchat", json=said, headers={"Authorization": f"Bearer {token}"})


def swapped(text: str, place: int) -> str:
    """Returns the text with one character exchanged for another of the same alphabet."""
    return text[:place] + ("1" if text[place] != "1" else "0") + text[place + 1 :]


def parts(token: str) -> list[str]:
    return token.split(".")


#: The tokens that were issued → the Authorization header.
FORGED: dict[str, Callable[[Tokens], str]] = {
    "empty": lambda t: "",
    "bearer-alone": lambda t: "Bearer",
    "no-scheme": lambda t: t.mine,
    "basic": lambda t: "Basic " + base64.b64encode(f"x:{t.mine}".encode()).decode(),
    "two-spaces": lambda t: f"Bearer  {t.mine}",
    "of-another-tenant": lambda t: f"Bearer {t.diocese}",
    "of-another-page-with-the-same-key": lambda t: f"Bearer {t.kiosk}",
    "visitor-alone": lambda t: f"Bearer {parts(t.mine)[0]}",
    "visitor-and-a-dot": lambda t: f"Bearer {parts(t.mine)[0]}.",
    "signature-alone": lambda t: f"Bearer {parts(t.mine)[-1]}",
    "dot-and-signature": lambda t: f"Bearer .{parts(t.mine)[-1]}",
    "my-signature-on-their-name": lambda t: "Bearer " + ".".join([parts(t.theirs)[0], *parts(t.mine)[1:]]),
    "their-signature-on-my-name": lambda t: "Bearer " + ".".join([*parts(t.mine)[:-1], parts(t.theirs)[-1]]),
    "first-character-of-the-name": lambda t: f"Bearer {swapped(t.mine, 0)}",
    "last-character-of-the-name": lambda t: f"Bearer {swapped(t.mine, len(parts(t.mine)[0]) - 1)}",
    "name-in-upper-case": lambda t: "Bearer " + ".".join([parts(t.mine)[0].upper(), *parts(t.mine)[1:]]),
    "name-that-is-longer": lambda t: "Bearer " + ".".join([parts(t.mine)[0] + "a", *parts(t.mine)[1:]]),
    "name-that-is-shorter": lambda t: "Bearer " + ".".join([parts(t.mine)[0][:-1], *parts(t.mine)[1:]]),
    "name-of-another-place": lambda t: "Bearer ../hotel/webchat/" + t.mine,
    "first-character-of-the-signature": lambda t: f"Bearer {swapped(t.mine, t.mine.rindex('.') + 1)}",
    "last-character-of-the-signature": lambda t: f"Bearer {swapped(t.mine, len(t.mine) - 1)}",
    "signature-in-upper-case": lambda t: (
        "Bearer " + ".".join([*parts(t.mine)[:-1], parts(t.mine)[-1].upper()])
    ),
    "signature-cut": lambda t: f"Bearer {t.mine[:-1]}",
    "signature-longer": lambda t: f"Bearer {t.mine}0",
    "signature-of-zeros": lambda t: "Bearer " + ".".join([*parts(t.mine)[:-1], "0" * len(parts(t.mine)[-1])]),
    "signature-empty": lambda t: "Bearer " + ".".join([*parts(t.mine)[:-1], ""]),
    "two-tokens": lambda t: f"Bearer {t.mine}, Bearer {t.mine}",
    "two-tokens-joined": lambda t: f"Bearer {t.mine}.{t.mine}",
    "one-part-more": lambda t: f"Bearer {t.mine}.0",
    "one-part-before": lambda t: f"Bearer 0.{t.mine}",
    "line-break-escaped": lambda t: f"Bearer {t.mine}%0a",
    "non-ascii": lambda t: f"Bearer {t.mine}é",
    "full-width-dot": lambda t: f"Bearer {t.mine.replace('.', '．')}",
    "quoted": lambda t: f'Bearer "{t.mine}"',
    "jwt-without-algorithm": lambda t: "Bearer eyJhbGciOiJub25lIn0.e30.",
    "key-as-the-token": lambda t: "Bearer local-secret",
    "sixty-kilobytes": lambda t: "Bearer " + t.mine * 500,
}
AFTERS = {
    "negative": "-1",
    "fraction": "1.5",
    "exponent": "1e3",
    "hexadecimal": "0x10",
    "words": "last",
    "empty": "",
    "superscript": "%C2%B2",
    "nul": "0%00",
    "injection": "0%20OR%201=1",
    "5000-digits": "9" * 5_000,
    "underscores": "1_000",
    "white-space": "%201",
}
FOREIGN_ORIGINS = {
    "another-host": "https://evil.example",
    "null": "null",
    "another-scheme": "https://localhost:8080",
    "another-port": "http://localhost:8081",
    "no-port": "http://localhost",
    "ours-as-a-prefix": "http://localhost:8080.evil.example",
    "ours-as-a-user": "http://localhost:8080@evil.example",
    "ours-as-a-suffix": "http://evil.example/http://localhost:8080",
    "upper-case": "HTTP://LOCALHOST:8080",
    "slash-after": "http://localhost:8080/",
    "two": "http://localhost:8080, https://evil.example",
    "wildcard": "*",
    "file": "file://",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@attempts(FORGED)
def test_a_token_that_we_did_not_sign(
    run: Run, tokens: Tokens, method: str, attempt: Callable[[Tokens], str]
) -> None:
    headers: Headers = [(b"Authorization", attempt(tokens).encode())]
    body = json.dumps({"id": str(uuid4()), "text": QUESTION}).encode() if method == "POST" else b""
    answer = refused(run, "/webhook/hotel/webchat", headers, body, method=method)
    assert not answer.holds("breakfast")


def test_a_token_in_the_query_or_a_cookie_is_none(run: Run, tokens: Tokens) -> None:
    refused(run, f"/webhook/hotel/webchat?token={tokens.mine}", [], method="GET")
    refused(run, "/webhook/hotel/webchat", [(b"Cookie", b"token=" + tokens.mine.encode())], method="GET")


@attempts(AFTERS)
def test_a_page_that_asks_from_a_place_that_is_none(run: Run, tokens: Tokens, attempt: str) -> None:
    headers: Headers = [(b"Authorization", f"Bearer {tokens.mine}".encode())]
    before = len(run.lines)
    answer = run.send("GET", f"/webhook/hotel/webchat?after={attempt}", headers)
    assert answer.status == 400
    assert answer.json["error"].startswith("after: ")
    assert run.told("99999999", before) == []


@attempts(FOREIGN_ORIGINS)
def test_a_page_of_somebody_else_is_not_let_in_by_the_browser(run: Run, attempt: str) -> None:
    for method in ("OPTIONS", "POST", "GET"):
        answer = run.send(method, "/webhook/hotel/webchat", [(b"Origin", attempt.encode())])
        assert "access-control-allow-origin" not in {name.lower() for name in answer.headers}
        assert answer.status < 500


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_tenants_own_page_can_read_why_it_was_refused(run: Run, method: str) -> None:
    answer = refused(run, "/webhook/hotel/webchat", [(b"Origin", ORIGIN.encode())], method=method)
    assert {name.lower(): value for name, value in answer.headers.items()}.get(
        "access-control-allow-origin"
    ) == ORIGIN


def test_each_visitor_reads_their_own_answers_alone(run: Run, tokens: Tokens) -> None:
    read = [
        run.http.get("/webhook/hotel/webchat", headers={"Authorization": f"Bearer {token}"}).json()
        for token in (tokens.mine, tokens.theirs)
    ]
    mine, theirs = ({message["id"] for message in each["messages"]} for each in read)
    assert (len(mine), len(theirs), mine & theirs) == (1, 1, set())
    assert len(run.documents("tenants/*/conversations/*")) >= 2


def test_no_forged_token_began_a_conversation(run: Run, tokens: Tokens) -> None:
    run.settle()
    conversations = [doc for doc in run.documents("tenants/*/conversations/*").values() if "chat" in doc]
    assert len(conversations) == 2


def test_visitors_cannot_be_made_up_without_an_end(run: Run) -> None:
    """Each new visitor may write, so the visitors of one address are limited."""
    before = len(run.lines)
    statuses = [run.http.post("/webhook/hotel/webchat/visitor").status_code for _ in range(1_000)]
    assert set(statuses) == {200, 429}
    assert all(line["status"] in (200, 429) for line in run.handled(before))
