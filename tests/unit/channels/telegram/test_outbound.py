"""Calls to Telegram's Bot API, against a simulated server and its published methods."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from scripts.local.vendors.telegram import gateway as vendor
from scripts.local.vendors.telegram.html import visible
from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.channels.telegram import Telegram, create
from shared.errors import ConfigurationError, Retry
from shared.models.parts import Choice, Choices, ContactCard, Location, Media, Part, Pressed, Template, Text
from shared.platform.http import Unanswered
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.connection import NOW, connection
from tests.fakes.http import ScriptedHttp, answer
from tests.fakes.served import served
from tests.fakes.vendor import Call, Vendor
from tests.unit.channels.telegram.test_samples import sample

CHAT = "700000001"
TOKEN = "7100000001:local-token"


def refusal(code: int, description: str, **parameters: int) -> Response:
    """Returns an error in Telegram's format."""
    told = vendor.refusal(code, description, **parameters)
    return JSONResponse(told.body, told.status)


def method(call: Call) -> str:
    """Returns the API's method that a call names."""
    return call.path.rpartition("/")[2]


@dataclass
class Line:
    """A channel of ours and the simulated Bot API that it calls."""

    channel: Telegram
    server: Vendor

    async def say(self, part: Part) -> dict[str, Any]:
        """Sends a part; returns the method and the body of the only call."""
        assert isinstance(await send(self.channel, part), Sent)
        (call,) = self.server.calls
        return {"method": method(call), **call.body}


@pytest.fixture(scope="module")
async def open_line() -> AsyncIterator[Line]:
    server, http = Vendor("telegram", TOKEN), HttpxHttp()
    async with served(server.app) as origin:
        yield Line(telegram(f"{origin}/", http), server)
        await http.close()


@pytest.fixture
def line(open_line: Line) -> Line:
    open_line.server.reset()
    return open_line


def telegram(base_url: str, http: HttpxHttp | ScriptedHttp, token: str = TOKEN) -> Telegram:
    return create(connection("telegram", {"base_url": base_url}, {"api_key": token}, http))


async def send(channel: Telegram, part: Part | str = "Bonjour") -> SendResult:
    return await channel.send(CHAT, Text(text=part) if isinstance(part, str) else part, turn="turn-1")


def file(kind: Any, **more: Any) -> Media:
    return Media(kind=kind, **({"url": "https://hotel.example/fichier"} | more))


def choices(*ids: str, **more: Any) -> Choices:
    return Choices(
        text="Quel *jour* ?", choices=[Choice(id=one, title=f"Jour {one}"[:24], **more) for one in ids]
    )


PLACE = Location(latitude=14.6937, longitude=-17.4441)
#: One part of each kind that can be sent, with its method.
PARTS: dict[str, tuple[Part, str]] = {
    "text": (Text(text="Bonjour *Awa* <3"), "sendMessage"),
    "image": (file("image", caption="Le _plan_"), "sendPhoto"),
    "image_alone": (file("image"), "sendPhoto"),
    "video": (file("video"), "sendVideo"),
    "voice": (file("voice"), "sendVoice"),
    "audio": (file("audio"), "sendAudio"),
    "document": (file("document", caption="Reçu", filename="reçu.pdf"), "sendDocument"),
    "sticker": (file("sticker"), "sendSticker"),
    "location": (PLACE, "sendLocation"),
    "venue": (PLACE.model_copy(update={"name": "Bureau", "address": "Rue 10"}), "sendVenue"),
    "choices": (choices("lundi", "mardi"), "sendMessage"),
    "numbers": (choices("x" * 65, "mardi"), "sendMessage"),
    "template": (Template(name="rappel", language="fr", text="À demain."), "sendMessage"),
}


# Sending.


async def test_a_text_is_sent(line: Line) -> None:
    sent = await send(line.channel, "Bonjour *Awa* & _Fatou_ <3")
    assert [sent] == [Sent(key) for key in line.server.ids]
    assert line.server.ids[0].startswith(f"{CHAT}.")
    (call,) = line.server.calls
    words = "Bonjour <b>Awa</b> &amp; <i>Fatou</i> &lt;3"
    assert (method(call), call.body) == (
        "sendMessage",
        {"chat_id": CHAT, "text": words, "parse_mode": "HTML"},
    )
    assert call.headers["x-concierge-turn"] == "turn-1"


async def test_a_quote_names_the_message_by_its_number(line: Line) -> None:
    assert isinstance(await send(line.channel, Text(text="À 9 h.", reply_to=f"{CHAT}.77")), Sent)
    (call,) = line.server.calls
    assert call.body["reply_parameters"] == {"message_id": 77, "allow_sending_without_reply": True}


@pytest.mark.parametrize("quoted", ["callback.4382bfdwdsb323b2d9", "callback.77", "700000099.77", "77"])
async def test_what_is_no_message_of_the_chat_is_not_quoted(line: Line, quoted: str) -> None:
    assert isinstance(await send(line.channel, Text(text="À 9 h.", reply_to=quoted)), Sent)
    (call,) = line.server.calls
    assert "reply_parameters" not in call.body


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(alphabet="*_<>&/b;a \n.éà🙏\ud83d", min_size=1, max_size=80)
    | st.text(min_size=1, max_size=300)
)
async def test_any_text_is_sent_at_once(line: Line, text: str) -> None:
    line.server.reset()
    result = await send(line.channel, text)
    assert isinstance(result, Sent) if text.strip() else result == Refused("empty")
    (call,) = line.server.calls
    assert call.body["parse_mode"] == "HTML"


async def test_the_words_matter_more_than_their_looks(line: Line) -> None:
    unparsed = refusal(400, "Bad Request: can't parse entities: we are in a mood")
    line.server.fault = lambda call: unparsed if "parse_mode" in call.body else None
    assert isinstance(await send(line.channel, "*Bonjour* & <bienvenue>"), Sent)
    assert isinstance(await send(line.channel, file("image", caption="Le *plan*")), Sent)
    _, plain, _, captioned = line.server.calls
    assert plain.body == {"chat_id": CHAT, "text": "*Bonjour* & <bienvenue>"}
    assert captioned.body == {
        "chat_id": CHAT,
        "photo": "https://hotel.example/fichier",
        "caption": "Le *plan*",
    }


async def test_limits(line: Line) -> None:
    assert isinstance(await send(line.channel, "&" * 4096), Sent)
    assert await send(line.channel, "&" * 4097) == Refused("too_long")
    assert isinstance(await send(line.channel, file("image", caption="é" * 1024)), Sent)
    assert await send(line.channel, file("image", caption="é" * 1025)) == Refused("too_long")
    longest = Choice(id="x" * 64, title="t" * 24, description="d" * 72)
    most = Choices(text="*" * 1024, choices=[longest] * 10)
    assert isinstance(await send(line.channel, most), Sent)


@pytest.mark.parametrize("name", PARTS)
async def test_each_part_is_one_call(line: Line, name: str) -> None:
    part, method = PARTS[name]
    body = await line.say(part)
    assert (body["method"], body["chat_id"]) == (method, CHAT)


async def test_a_file_goes_by_its_link(line: Line) -> None:
    body = await line.say(file("document", caption="Votre *reçu*"))
    assert body == {
        "method": "sendDocument",
        "chat_id": CHAT,
        "document": "https://hotel.example/fichier",
        "caption": "Votre <b>reçu</b>",
        "parse_mode": "HTML",
    }


async def test_a_sticker_has_no_caption(line: Line) -> None:
    assert set(await line.say(file("sticker", caption="Merci"))) == {"method", "chat_id", "sticker"}


async def test_a_place_with_half_a_name_is_a_venue(line: Line) -> None:
    body = await line.say(PLACE.model_copy(update={"name": "Bureau <1>"}))
    assert (body["method"], body["title"], body["address"]) == ("sendVenue", "Bureau <1>", "Bureau <1>")


async def test_choices_are_buttons(line: Line) -> None:
    body = await line.say(choices("lundi", "mardi"))
    assert body["text"] == "Quel <b>jour</b> ?"
    assert body["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "Jour lundi", "callback_data": "lundi"}],
            [{"text": "Jour mardi", "callback_data": "mardi"}],
        ]
    }


async def test_what_a_button_has_no_room_for_is_in_the_text(line: Line) -> None:
    body = await line.say(choices("lundi", description="de 9 h à 12 h"))
    assert body["text"] == "Quel <b>jour</b> ?\n\nJour lundi: de 9 h à 12 h"


async def test_ids_too_long_for_buttons_become_numbers(line: Line) -> None:
    body = await line.say(choices("é" * 33, "mardi"))
    assert "reply_markup" not in body
    assert visible(body["text"]).splitlines()[2:] == [f"1. Jour {'é' * 19}", "2. Jour mardi"]


async def test_half_an_emoji_is_sent_as_a_question_mark(line: Line) -> None:
    assert (await line.say(Text(text="ok \ud83d")))["text"] == "ok ?"


@pytest.mark.parametrize(
    "part",
    [ContactCard(name="Awa", vcard="BEGIN:VCARD"), Pressed(id="oui"), Media(kind="image", id="AgAC")],
)
async def test_what_it_cannot_send_is_refused(part: Part) -> None:
    http = ScriptedHttp(Unanswered())
    assert await send(telegram("https://t.example", http), part) == Refused(f"unsupported_part:{part.type}")
    assert http.requests == []


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
