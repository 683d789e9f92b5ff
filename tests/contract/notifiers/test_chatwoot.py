"""Chatwoot: a request as a conversation, each message written once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff, Hang
from scripts.local.vendors.chatwoot.server import ACCOUNT, INBOX, TOKEN, Call, Chatwoot, Script
from shared.errors import ConfigurationError
from shared.models.history import Line
from shared.notifiers import Later, Notice, Refused, Result, Told, Unclear
from shared.notifiers.chatwoot import api
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins
from tests.contract.notifiers.rooms import HOSTILE, NOTICE, TAKE, connected, huge, relay, sampled
from tests.fakes.connection import NOW
from tests.fakes.served import served

SECRETS = {"api_access_token": TOKEN, "webhook_secret": "desk-webhook-secret"}
NEWS = replace(
    NOTICE, id="notice-3", purpose="news", title="Dana took it", text="Dana took it", facts=(), lines=()
)


@dataclass
class Inbox:
    vendor: Chatwoot
    origin: str
    http: HttpxHttp

    async def tell(
        self, notice: Notice, secrets: dict[str, str] = SECRETS, settings: dict[str, str | int] | None = None
    ) -> Result:
        place: dict[str, str | int] = {"base_url": f"{self.origin}/", "account": ACCOUNT, "inbox": INBOX}
        place |= settings or {}
        return await plugins.notifier("chatwoot", connected("chatwoot", self.http, secrets, place)).notify(
            "", notice
        )

    def seen(self) -> list[tuple[str, bool, str]]:
        """Returns kind, privacy and text of the messages."""
        kinds = {0: "incoming", 1: "outgoing"}
        return [
            (kinds[each["message_type"]], each["private"], each["content"]) for each in self.vendor.messages
        ]


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    vendor, http = Chatwoot(), HttpxHttp()
    async with served(vendor.app) as origin:
        yield Inbox(vendor, origin, http)
        await http.close()


def on(path: str, answer: Response) -> Script:
    """Answers a POST to this path; other calls are carried out."""
    return lambda call: answer if call.method == "POST" and call.path.endswith(path) else None


def always(vendor: Chatwoot, script: Script) -> None:
    vendor.before.extend([script] * 20)


async def test_a_request_becomes_a_conversation_with_a_note_and_a_message(inbox: Inbox) -> None:
    assert await inbox.tell(NOTICE) == Told("101")
    (conversation,) = inbox.vendor.conversations
    assert (conversation["inbox_id"], conversation["status"]) == (INBOX, "open")
    assert conversation["custom_attributes"] == {"concierge_request": "handoff-42"}
    assert inbox.vendor.contacts[0]["name"] == "Martin"
    note, message = inbox.seen()
    assert note == ("outgoing", True, "**Reason**: asked\n**Language**: fr")
    assert message[:2] == ("incoming", False)
    for words in ("Martin asks for a human", "Can I check out late?", "I will ask", NOTICE.files[0].url):
        assert words in message[2]


async def test_the_next_notices_are_in_the_same_conversation(inbox: Inbox) -> None:
    for notice in (NOTICE, relay("My taxi is late."), NEWS):
        assert isinstance(await inbox.tell(notice), Told)
    assert (len(inbox.vendor.contacts), len(inbox.vendor.conversations)) == (1, 1)
    assert inbox.seen()[2] == ("incoming", False, "My taxi is late.")
    assert inbox.seen()[3][:2] == ("outgoing", True)
    await inbox.tell(replace(NOTICE, thread="handoff-4"))
    assert (len(inbox.vendor.contacts), len(inbox.vendor.conversations)) == (2, 2)


async def test_without_webhooks_back_the_note_has_the_links(inbox: Inbox) -> None:
    await inbox.tell(NOTICE, {"api_access_token": TOKEN})
    assert TAKE.url in inbox.seen()[0][2]


async def test_a_contact_that_another_call_has_just_made_is_used(inbox: Inbox) -> None:
    def race(call: Call) -> None:
        if call.method == "POST" and call.path.endswith("/contacts"):
            inbox.vendor.know("handoff-42", "Martin")

    always(inbox.vendor, race)
    assert isinstance(await inbox.tell(NOTICE), Told)
    (contact,) = inbox.vendor.contacts
    assert [place["inbox"]["id"] for place in contact["contact_inboxes"]] == [INBOX]


async def test_a_search_that_finds_only_parts_finds_nothing(inbox: Inbox) -> None:
    inbox.vendor.know("handoff-421", "Okafor", INBOX)
    inbox.vendor.know("other", "handoff-42", INBOX)
    await inbox.tell(NOTICE)
    assert [each["identifier"] for each in inbox.vendor.contacts][2:] == ["handoff-42"]


async def test_a_conversation_in_another_inbox_is_not_ours(inbox: Inbox) -> None:
    contact = inbox.vendor.know("handoff-42", "Martin", 9)
    other = {
        "id": 5,
        "contact": contact["id"],
        "inbox_id": 9,
        "custom_attributes": {"concierge_request": "handoff-42"},
    }
    inbox.vendor.conversations.append(other)
    assert isinstance(await inbox.tell(NOTICE), Told)
    assert {each["conversation_id"] for each in inbox.vendor.messages} != {5}


# Failures


async def test_a_repeated_notice_is_not_written_twice(inbox: Inbox) -> None:
    assert await inbox.tell(NOTICE) == await inbox.tell(NOTICE)
    assert len(inbox.vendor.messages) == 2


@pytest.mark.parametrize(
    "lost", [Hang(), CutOff(b"{"), Response("<html>", 504)], ids=["hang", "drop", "proxy"]
)
async def test_a_message_whose_answer_is_lost_is_looked_for(
    inbox: Inbox, lost: Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "CALL_S", 0.5)
    inbox.vendor.after.extend([on("/messages", lost)] * 20)
    assert await inbox.tell(NOTICE) == Told("101")
    assert len(inbox.vendor.messages) == 2


@pytest.mark.parametrize(
    ("lost", "reason"),
    [(Hang(), "unanswered"), (CutOff(b"{"), "unanswered"), (Response("", 504), "http_504")],
    ids=["hang", "drop", "proxy"],
)
async def test_a_message_that_is_not_found_then_is_unclear(
    inbox: Inbox, lost: Response, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "CALL_S", 0.5)
    always(inbox.vendor, on("/messages", lost))
    assert await inbox.tell(relay("My taxi is late.")) == Unclear(reason)
    assert await inbox.tell(replace(NOTICE, id="notice-9")) == Later(reason), "the note alone was tried"
    assert inbox.vendor.messages == []


@pytest.mark.parametrize("path", ["/contacts", "/conversations", "/messages"])
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Response("", 401), Refused("credentials")),
        (Response("", 403), Refused("credentials")),
        (Response("", 404), Refused),
        (JSONResponse({"error": "scripted"}, 422), Refused),
        (Response("", 429, {"Retry-After": "9"}), Later("http_429", after=9.0)),
        (Response("", 500), Later("http_500")),
        (Response("", 503), Later("http_503")),
    ],
)
async def test_each_refused_call_says_whether_to_try_again(
    inbox: Inbox, path: str, answer: Response, result: Result | type
) -> None:
    always(inbox.vendor, on(path, answer))
    told = await inbox.tell(NOTICE)
    if isinstance(result, type):
        assert isinstance(told, Refused)
        assert " " in told.reason, "expected plain words"
    else:
        assert told == result
    inbox.vendor.before.clear()
    assert isinstance(await inbox.tell(NOTICE), Told)
    assert (len(inbox.vendor.contacts), len(inbox.vendor.conversations), len(inbox.vendor.messages)) == (
        1,
        1,
        2,
    )


@pytest.mark.parametrize("path", ["/contacts", "/conversations"])
async def test_what_was_made_before_a_lost_answer_is_found_by_the_next_try(
    inbox: Inbox, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "CALL_S", 0.5)
    inbox.vendor.after.extend([on(path, Hang())] * 20)
    assert await inbox.tell(NOTICE) == Later("unanswered")
    inbox.vendor.after.clear()
    assert isinstance(await inbox.tell(NOTICE), Told)
    assert (len(inbox.vendor.contacts), len(inbox.vendor.conversations)) == (1, 1)


async def test_all_calls_together_have_a_deadline(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.NOTICE_S < 20
    monkeypatch.setattr(api, "NOTICE_S", 0.05)
    assert await inbox.tell(NOTICE) == Later("too_slow")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"payload": 7}', b'{"payload": [7, {"id": true}], "id": "x"}']
)
async def test_answers_of_another_shape_are_no_crash(inbox: Inbox, body: bytes) -> None:
    always(inbox.vendor, lambda _: Response(body))
    assert await inbox.tell(NOTICE) == Later("unexpected_answer")


async def test_a_chatwoot_out_of_reach_is_tried_later(inbox: Inbox) -> None:
    assert await inbox.tell(NOTICE, settings={"base_url": "http://127.0.0.1:9"}) == Later("unreachable")


async def test_a_wrong_token_is_told_without_it(inbox: Inbox) -> None:
    assert await inbox.tell(NOTICE, {"api_access_token": "wrong"}) == Refused("credentials")
    with pytest.raises(ConfigurationError, match="api_access_token"):
        await inbox.tell(NOTICE, {"api_access_token": ""})


@pytest.mark.parametrize(
    "settings",
    [{"base_url": ""}, {"base_url": "chat.example"}, {"account": "all"}, {"inbox": 0}, {"inbox": ""}],
)
async def test_a_wrong_setting_is_named(inbox: Inbox, settings: dict[str, str | int]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        await inbox.tell(NOTICE, settings=settings)


# Words


async def test_words_of_people_are_no_markup(inbox: Inbox) -> None:
    line = Line(author="person", text=HOSTILE, at=NOW)
    await inbox.tell(replace(NOTICE, title="News", facts=[("Summary", HOSTILE)], lines=[line], files=()))
    for _, _, content in inbox.seen():
        ours = content.replace("**Summary**", "").replace("**News**", "")
        assert not set("*_`[]<>&") & set(re.sub(r"\\[^\w\s]", "", ours)), "Markdown without a backslash"
        assert "{{" not in content, "Liquid knows no backslash"
        assert "Pay here" in content


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("I pay 3-4 times. See https://a.example/x_y_z?q=1%20b!", None),
        ("- one\n2. two\n    code\n=====", "\\- one\n2\\. two\ncode\n\\====="),
        ("{% raw %}", "\\{\\% raw \\%\\}"),
        ("a_b *c* ~~d~~ # e | f", "a\\_b \\*c\\* \\~\\~d\\~\\~ \\# e \\| f"),
    ],
)
async def test_plain_words_stay_as_they_are(inbox: Inbox, text: str, shown: str | None) -> None:
    await inbox.tell(relay(text))
    assert inbox.seen() == [("incoming", False, shown or text)]


async def test_a_long_notice_is_written(inbox: Inbox) -> None:
    assert isinstance(await inbox.tell(huge()), Told)
    assert all(len(content) <= 150_000 for _, _, content in inbox.seen())


# The vendor's published samples


async def test_our_calls_have_the_published_form(inbox: Inbox) -> None:
    inbox.vendor.know("handoff-42", "Martin")
    await inbox.tell(NOTICE)
    await inbox.tell(replace(NOTICE, thread="handoff-43"))
    published = sampled("chatwoot_api_calls.json")
    made = {call.path.rsplit("/", 1)[1]: call.body for call in inbox.vendor.calls if call.method == "POST"}
    assert published["create_contact"]["request"]["inbox_id"] == made["contacts"]["inbox_id"]
    assert published["add_contact_to_inbox"]["request"].keys() == made["contact_inboxes"].keys()
    assert published["create_conversation"]["request"].keys() <= made["conversations"].keys()
    assert published["create_message_incoming"]["request"].keys() <= made["messages"].keys()
    root = published["create_contact"]["path"].removesuffix("/contacts")
    assert {call.path.startswith(root) for call in inbox.vendor.calls} == {True}


async def test_published_answers_lead_to_their_conversation(inbox: Inbox) -> None:
    """The published answers, by path, in place of those of our server."""
    published = sampled("chatwoot_api_calls.json")
    ours = published["search_contact"]["response"]
    ours["payload"][0]["identifier"] = "handoff-42"
    answers = {
        "/contacts/search": ours,
        "/contacts/7/conversations": {"payload": []},
        "/conversations": published["create_conversation"]["response"],
        "/conversations/31/messages": {"payload": [published["list_messages_item"]], "id": 180},
    }
    wrote: list[Call] = []

    def answer(call: Call) -> Response:
        wrote.append(call)
        return JSONResponse(answers[call.path.removeprefix(f"/api/v1/accounts/{ACCOUNT}")])

    always(inbox.vendor, answer)
    assert await inbox.tell(NOTICE) == Told("180")
    made = next(call.body for call in wrote if call.path.endswith("/conversations") and call.method == "POST")
    assert made["source_id"] == "5f0c6c2e-0000-4000-8000-000000000007"
