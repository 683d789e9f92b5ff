"""Sending through Meta's Cloud API, and the meaning of its answers, against a simulated server."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from scripts.local.vendors.cloud_api import gateway
from scripts.local.vendors.cloud_api import webhooks as meta
from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.errors import Retry
from shared.models.parts import Choices, ContactCard, Media, Part, Pressed, Template, Text
from shared.platform.http import Unanswered, Unreachable
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.connection import NOW
from tests.fakes.http import ScriptedHttp
from tests.unit.channels.cloud_api.calls import PARTS, Line, choices, cloud_api, file, send

PATH = f"/v23.0/{meta.NUMBER_ID}/messages"


def error(code: Any, status: int = 400, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """Returns a refusal in Meta's format."""
    return JSONResponse(gateway.error(code, **more), status, headers)


# Sending.


async def test_a_text_is_sent(line: Line) -> None:
    sent = await send(line.channel, "Bonjour *Awa* 🙏")
    assert [sent] == [Sent(key) for key in line.server.ids]
    (call,) = line.server.calls
    assert (call.path, call.headers["authorization"]) == (PATH, "Bearer api-secret")
    assert call.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": meta.PERSON,
        "type": "text",
        "text": {"body": "Bonjour *Awa* 🙏", "preview_url": False},
        "biz_opaque_callback_data": "re-wamid.A1",
    }


async def test_a_quote_is_the_messages_context(line: Line) -> None:
    body = await line.say(PARTS["reply"][0])
    assert (body["context"], body["text"]["body"]) == ({"message_id": "wamid.A1"}, "À 9 h.")


async def test_who_hides_their_number_is_reached_by_the_user_id(line: Line) -> None:
    assert isinstance(await send(line.channel, to=meta.USER), Sent)
    (call,) = line.server.calls
    assert call.body["recipient"] == meta.USER
    assert "to" not in call.body


@pytest.mark.parametrize("name", PARTS)
async def test_each_part_is_one_call(line: Line, name: str) -> None:
    part, kind = PARTS[name]
    body = await line.say(part)
    assert body["type"] == kind
    assert body[kind]


async def test_a_file_goes_by_its_link(line: Line) -> None:
    body = await line.say(PARTS["document"][0])
    link = "https://hotel.example/fichier"
    assert body["document"] == {"link": link, "caption": "Reçu", "filename": "reçu.pdf"}
    line.server.reset()
    assert (await line.say(PARTS["voice"][0]))["audio"] == {"link": link, "voice": True}


async def test_a_few_short_choices_are_buttons(line: Line) -> None:
    body = await line.say(choices("Lundi", "Mardi"))
    buttons = [
        {"type": "reply", "reply": {"id": "c0", "title": "Lundi"}},
        {"type": "reply", "reply": {"id": "c1", "title": "Mardi"}},
    ]
    assert body["interactive"] == {
        "type": "button",
        "body": {"text": "Quel *jour* ?"},
        "action": {"buttons": buttons},
    }


@pytest.mark.parametrize(
    "part",
    [choices("un", "deux", "trois", "quatre"), choices("t" * 21), choices("Lundi", description="dès 9 h")],
)
async def test_other_choices_are_a_list(line: Line, part: Choices) -> None:
    said = (await line.say(part))["interactive"]
    assert (said["type"], said["action"]["button"]) == ("list", "Choisir")
    (section,) = said["action"]["sections"]
    given = [(one.id, one.title, one.description) for one in part.choices]
    assert [(row["id"], row["title"], row.get("description", "")) for row in section["rows"]] == given


async def test_what_fills_a_template_is_one_line(line: Line) -> None:
    part = Template(name="rappel", language="fr", parameters=["  Awa\n Diop\t", "10     h"])
    body = await line.say(part)
    values = [{"type": "text", "text": "Awa Diop"}, {"type": "text", "text": "10 h"}]
    assert body["template"] == {
        "name": "rappel",
        "language": {"policy": "deterministic", "code": "fr"},
        "components": [{"type": "body", "parameters": values}],
    }


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (Text(text=""), "empty"),
        (Text(text=" \n"), "empty"),
        (Text(text="é" * 4097), "too_long"),
        (file("image", caption="é" * 1025), "too_long"),
        (Media(kind="image"), "unsupported_part:media"),
        (ContactCard(name="Awa", vcard="…"), "unsupported_part:contact"),
        (Pressed(id="x"), "unsupported_part:pressed"),
    ],
)
async def test_what_it_cannot_send_is_refused(part: Part, reason: str) -> None:
    http = ScriptedHttp(Unanswered())
    assert await send(cloud_api("https://graph.example/v23.0", http), part) == Refused(reason)
    assert http.requests == []


# Meaning of the answers.


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        (JSONResponse({"messages": []}), Unclear("no_id_in_answer")),
        (JSONResponse({"messages": [{"id": 5}]}), Unclear("no_id_in_answer")),
        (Response("<html>", 200), Unclear("no_id_in_answer")),
        (error(1, 500), Later("meta_1")),
        (error(4), Later("meta_4")),
        (error(80007), Later("meta_80007")),
        (error(130429, 429), Later("meta_130429")),
        (error(130429, 429, headers={"retry-after": "7"}), Later("meta_130429", after=7.0)),
        (error(131000, 500), Later("meta_131000")),
        (error(131056), Later("meta_131056", after=6.0)),
        (error(131056, headers={"retry-after": "60"}), Later("meta_131056", after=60.0)),
        (error(133004, 503), Later("meta_133004")),
        (error(100, is_transient=True), Later("meta_100")),
        (error(999999, 500), Later("meta_999999")),
        (error(999999, 429), Later("meta_999999")),
        (error(131047, error_subcode=999001), Refused("window_closed")),
        (error(100), Refused("meta_100")),
        (error(131026), Refused("meta_131026")),
        (error(131042), Refused("meta_131042")),
        (error(131050), Refused("meta_131050")),
        (error(132001, 404), Refused("meta_132001")),
        (error(368, 403), Refused("meta_368")),
        (error(0, 401), Later("credentials")),
        (error(10, 403), Later("credentials")),
        (error(190, 401), Later("credentials")),
        (error(200, 403), Later("credentials")),
        (error(299, 403), Later("credentials")),
        (error("190", 400), Refused("http_400")),
        (Response(status_code=400), Refused("http_400")),
        (Response(status_code=413), Refused("http_413")),
        (Response(status_code=401), Later("credentials")),
        (Response(status_code=403), Later("credentials")),
        (Response(status_code=302, headers={"location": "/login"}), Later("http_302")),
        (Response(status_code=404), Later("http_404")),
        (Response(status_code=429, headers={"retry-after": "7"}), Later("http_429", after=7.0)),
        (Response(status_code=503, headers={"retry-after": "soon"}), Later("http_503")),
        (Response("Sorry, something went wrong.", 500), Unclear("http_500", over=True)),
        (Response(status_code=502), Unclear("http_502")),
        (Response(status_code=504), Unclear("http_504")),
        (CutOff(), Unclear("unanswered")),
    ],
)
async def test_what_an_answer_means(line: Line, given: Response, meaning: SendResult) -> None:
    line.server.fault = given
    assert await send(line.channel) == meaning
    assert len(line.server.calls) == 1


async def test_an_expired_token_can_be_put_right(line: Line) -> None:
    line.server.api_key = "rotated"
    assert await send(line.channel) == Later("credentials")


async def test_nobody_there() -> None:
    http = HttpxHttp()
    assert await send(cloud_api("http://127.0.0.1:1/v23.0", http)) == Later("unreachable")
    await http.close()


async def test_meta_lists_no_messages(line: Line) -> None:
    with pytest.raises(NotImplementedError):
        await line.channel.find_sent(meta.PERSON, Text(text="x"), since=NOW, known=[])
    assert line.server.calls == []


async def test_the_token_stays_out_of_results_errors_and_logs(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[object] = []
    for fault in (Response(status_code=500), error(100), CutOff()):
        line.server.fault = fault
        seen.append(await send(line.channel))
        with pytest.raises(Retry) as failed:
            await line.channel.show_seen(meta.PERSON, ["wamid.A1"])
        seen += [failed.value, failed.value.__cause__]
    assert "api-secret" not in f"{seen!r} {caplog.text}"
    assert meta.PERSON not in caplog.text


# Ticks and typing.


async def test_seen_and_typing(line: Line) -> None:
    await line.channel.show_typing(meta.PERSON)
    await line.channel.show_seen(meta.PERSON, [])
    assert line.server.calls == []
    await line.channel.show_seen(meta.PERSON, ["wamid.A1", "wamid.A2"])
    await line.channel.show_typing(meta.PERSON)
    await line.channel.show_typing("221770000002")
    seen, typing = line.server.calls
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A2"}
    assert (seen.path, seen.body) == (PATH, read)
    assert (typing.path, typing.body) == (PATH, read | {"typing_indicator": {"type": "text"}})


async def test_typing_is_under_the_newest_message_and_few_are_remembered() -> None:
    http = ScriptedHttp(Unreachable())
    channel = cloud_api("https://graph.example/v23.0", http)
    for person in ("221770000001", *(str(number) for number in range(1_000_000, 1_001_000))):
        with pytest.raises(Retry):
            await channel.show_seen(person, [f"wamid.{person}"])
    http.requests.clear()
    await channel.show_typing("221770000001")
    assert http.requests == []
    with pytest.raises(Retry):
        await channel.show_typing("1000999")
    assert http.requests[0]["json"]["message_id"] == "wamid.1000999"


@pytest.mark.parametrize("given", [Response(status_code=500), error(100), CutOff()])
async def test_seen_and_typing_that_did_not_work(line: Line, given: Response) -> None:
    line.server.fault = given
    with pytest.raises(Retry):
        await line.channel.show_seen(meta.PERSON, ["wamid.A1"])
    with pytest.raises(Retry):
        await line.channel.show_typing(meta.PERSON)
