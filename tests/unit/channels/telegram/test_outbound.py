"""Sending through Telegram's Bot API, against a simulated server."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.local.vendors.telegram.html import visible
from shared.channels import Refused, Sent
from shared.models.parts import Choice, Choices, ContactCard, Media, Part, Pressed, Text
from shared.platform.http import Unanswered
from tests.fakes.http import ScriptedHttp
from tests.unit.channels.telegram.calls import (
    CHAT,
    PARTS,
    PLACE,
    Line,
    choices,
    file,
    method,
    refusal,
    send,
    telegram,
)

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
