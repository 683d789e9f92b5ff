"""Answers of Telegram's Bot API, its token, buttons and typing, against a simulated server."""

from __future__ import annotations

import json
import logging

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.errors import ConfigurationError, Retry
from shared.models.parts import Text
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.connection import NOW
from tests.fakes.http import ScriptedHttp, answer
from tests.unit.channels.telegram.calls import CHAT, Line, method, refusal, send, telegram
from tests.unit.channels.telegram.test_samples import sample

# Meaning of the answers.

GATEWAY_PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.mark.parametrize(
    ("given_answer", "meaning"),
    [
        (JSONResponse({"ok": True, "result": {"message_id": 5}}), Sent("700000001.5")),
        (JSONResponse({"ok": True, "result": {"message_id": "5"}}), Unclear("no_id_in_answer")),
        (JSONResponse({"ok": True, "result": {"message_id": True}}), Unclear("no_id_in_answer")),
        (JSONResponse({"ok": True, "result": []}), Unclear("no_id_in_answer")),
        (Response("<html>", 200), Unclear("no_id_in_answer")),
        (Response(status_code=204), Unclear("no_id_in_answer")),
        (Response(status_code=302, headers={"location": "/"}), Later("http_302")),
        (refusal(400, "Bad Request: chat not found"), Refused("chat_not_found")),
        (refusal(400, "Bad Request: message is too long"), Refused("too_long")),
        (refusal(400, "Bad Request: BUTTON_DATA_INVALID"), Refused("http_400")),
        (refusal(400, "Bad Request: failed to get HTTP URL content"), Refused("file_not_taken")),
        (refusal(400, "Bad Request: wrong type of the web page content"), Refused("file_not_taken")),
        (
            refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1),
            Refused("chat_moved"),
        ),
        (refusal(401, "Unauthorized"), Later("credentials")),
        (refusal(404, "Not Found"), Later("credentials")),
        (refusal(403, "Forbidden: bot was blocked by the user"), Refused("blocked")),
        (refusal(403, "Forbidden: user is deactivated"), Refused("deactivated")),
        (refusal(403, "Forbidden: bot can't initiate conversation with a user"), Refused("not_started")),
        (refusal(403, "Forbidden: something new"), Refused("http_403")),
        (Response("<html>", 403), Later("http_403")),
        (refusal(409, "Conflict: terminated by other getUpdates request"), Later("http_409")),
        (Response(status_code=413), Refused("http_413")),
        (refusal(429, "Too Many Requests: retry after 5", retry_after=5), Later("http_429", after=5.0)),
        (refusal(429, "Too Many Requests", retry_after=86_400), Later("http_429", after=3600.0)),
        (refusal(429, "Too Many Requests", retry_after=-1), Later("http_429", after=0.0)),
        (Response(status_code=429, headers={"retry-after": "7"}), Later("http_429", after=7.0)),
        (Response(status_code=429), Later("http_429")),
        (Response(status_code=503), Later("http_503")),
        (refusal(500, "Internal Server Error"), Unclear("http_500", over=True)),
        (Response(GATEWAY_PAGE, 502), Unclear("http_502")),
        (refusal(504, "Gateway Timeout"), Unclear("http_504")),
        (CutOff(), Unclear("unanswered")),
    ],
)
async def test_what_an_answer_means(line: Line, given_answer: Response, meaning: SendResult) -> None:
    line.server.fault = given_answer
    assert await send(line.channel) == meaning
    assert len(line.server.calls) == 1


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("error_400_chat_not_found.json", Refused("chat_not_found")),
        ("error_403_blocked.json", Refused("blocked")),
        ("error_429.json", Later("http_429", after=5.0)),
    ],
)
async def test_published_errors(line: Line, name: str, meaning: SendResult) -> None:
    body = json.loads(sample(name))
    line.server.fault = JSONResponse(body, body["error_code"])
    assert await send(line.channel) == meaning


async def test_formatting_that_is_never_taken_ends(line: Line) -> None:
    line.server.fault = refusal(400, "Bad Request: can't parse entities: unsupported start tag")
    assert await send(line.channel) == Refused("cannot_parse")
    assert len(line.server.calls) == 2


async def test_nobody_there() -> None:
    http = HttpxHttp()
    assert await send(telegram("http://127.0.0.1:1", http)) == Later("unreachable")
    await http.close()


async def test_it_never_can_tell(line: Line) -> None:
    with pytest.raises(NotImplementedError):
        await line.channel.find_sent(CHAT, Text(text="Bonjour"), since=NOW, known=[])


# The token.


async def test_a_wrong_token_can_be_put_right(line: Line) -> None:
    line.server.api_key = "7100000001:rotated"
    assert await send(line.channel) == Later("credentials")


async def test_a_token_cannot_leave_its_place() -> None:
    http = ScriptedHttp(answer(200))
    await send(telegram("https://t.example", http, "1:a/b?c#d\n"))
    assert http.requests[0]["url"] == "https://t.example/bot1:a%2Fb%3Fc%23d%0A/sendMessage"
    with pytest.raises(ConfigurationError, match="api_key"):
        await send(telegram("https://t.example", http, ""))


@pytest.mark.parametrize("there", [True, False])
async def test_the_token_is_in_no_log_and_no_error(
    line: Line, there: bool, caplog: pytest.LogCaptureFixture
) -> None:
    line.server.fault = CutOff()
    http = HttpxHttp()
    subject = line.channel if there else telegram("http://127.0.0.1:1", http)
    with caplog.at_level(logging.INFO):
        result = await send(subject)
        with pytest.raises(Retry) as typing:
            await subject.show_typing(CHAT)
        with pytest.raises(Retry) as seen:
            await subject.show_seen(CHAT, ["callback.1"])
    await http.close()
    ours = [record for record in caplog.records if not record.name.startswith("uvicorn")]  # the server's own
    told = [repr(result), *(record.getMessage() for record in ours)]
    for error in (typing.value, seen.value):
        told += [
            repr(each) for each in (error, error.__cause__, error.__cause__ and error.__cause__.__context__)
        ]
    assert not [each for each in told if "local-token" in each or CHAT in each]


# Buttons and typing.


async def test_a_press_is_answered_and_messages_have_no_ticks(line: Line) -> None:
    await line.channel.show_seen(CHAT, ["700000001.17", "callback.4382bfdwdsb323b2d9"])
    (call,) = line.server.calls
    assert (method(call), call.body) == (
        "answerCallbackQuery",
        {"callback_query_id": "4382bfdwdsb323b2d9"},
    )


async def test_a_button_that_gave_up_waiting_is_no_failure(line: Line) -> None:
    line.server.fault = refusal(
        400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )
    await line.channel.show_seen(CHAT, ["callback.1", "callback.2"])
    assert len(line.server.calls) == 2


async def test_typing(line: Line) -> None:
    await line.channel.show_typing(CHAT)
    (call,) = line.server.calls
    assert (method(call), call.body) == ("sendChatAction", {"chat_id": CHAT, "action": "typing"})


@pytest.mark.parametrize(
    ("given_answer", "after"),
    [
        (refusal(429, "Too Many Requests: retry after 5", retry_after=5), 5.0),
        (refusal(400, "Bad Request: chat not found"), None),
        (Response(status_code=500), None),
        (CutOff(), None),
    ],
)
async def test_seen_and_typing_that_did_not_work(
    line: Line, given_answer: Response, after: float | None
) -> None:
    line.server.fault = given_answer
    for show in (line.channel.show_seen(CHAT, ["callback.1"]), line.channel.show_typing(CHAT)):
        with pytest.raises(Retry) as later:
            await show
        assert later.value.after == after
