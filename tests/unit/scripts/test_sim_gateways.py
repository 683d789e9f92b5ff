"""The simulated gateways against our own channels over HTTP: each reads the other's messages."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from scripts.local.vendors.chats import Chat
from scripts.local.vendors.cloud_api.gateway import CloudApi
from scripts.local.vendors.cloud_api.requests import Status
from scripts.local.vendors.telegram import html
from shared.channels import Later, Refused, Sent, Unclear
from shared.formats import marks
from shared.models.events import MessageReceived, Receipt, StaffMessage
from shared.models.parts import Choice, Choices, Location, Media, Part, Pressed, Template, Text
from tests.fakes.correspondence import KINDS, Correspondence, corresponding, until

ALL = list(KINDS)
WITH_RECEIPTS = ["waha", "green_api", "cloud_api"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
TEXT = Text(text="*Breakfast* is at 7 & ends at _10_.")
IMAGE = Media(kind="image", mimetype="image/png", caption="The pool", url="https://example.org/pool.png")
DOCUMENT = Media(
    kind="document", mimetype="application/pdf", filename="menu.pdf", url="https://example.org/menu.pdf"
)
VOICE = Media(kind="voice", mimetype="audio/ogg; codecs=opus", url="https://example.org/hello.ogg")
PLACE = Location(latitude=14.44, longitude=-17.01, name="Hotel", address="Saly")
FEW = Choices(text="Which one?", choices=[Choice(id="room", title="Room"), Choice(id="spa", title="Spa")])
MANY = Choices(
    text="Which topic?",
    label="Topics",
    choices=[Choice(id=f"topic-{n}", title=f"Topic {n}", description="More") for n in range(5)],
)
TEMPLATE = Template(name="reminder", language="en", parameters=["Awa"], text="Hello Awa, see you soon.")
KINDS_OF_PARTS: list[tuple[Part, dict[str, str]]] = [
    (TEXT, dict.fromkeys(ALL, "text")),
    (IMAGE, dict.fromkeys(ALL, "image")),
    (DOCUMENT, dict.fromkeys(ALL, "document")),
    (VOICE, dict.fromkeys(ALL, "voice")),
    (PLACE, dict.fromkeys(ALL, "location")),
    (FEW, {"waha": "text", "green_api": "text", "cloud_api": "buttons", "telegram": "buttons"}),
    (MANY, {"waha": "text", "green_api": "text", "cloud_api": "list", "telegram": "buttons"}),
    (TEMPLATE, {"waha": "text", "green_api": "text", "cloud_api": "template", "telegram": "text"}),
]


@pytest.fixture(scope="module")
async def correspondence(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Correspondence]:
    async with corresponding(tmp_path_factory.mktemp("sim")) as found:
        yield found


@pytest.fixture(autouse=True)
async def afresh(correspondence: Correspondence) -> None:
    correspondence.inbound.clear()
    correspondence.receipts.clear()
    await correspondence.client.delete("/_sim/faults")


def person(kind: str) -> str:
    return KINDS[kind][2]


# Parts that we send


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(("part", "kinds"), KINDS_OF_PARTS, ids=[part.type for part, _ in KINDS_OF_PARTS])
async def test_every_part_is_taken_and_listed(
    correspondence: Correspondence, kind: str, part: Part, kinds: dict[str, str]
) -> None:
    result = await correspondence.channels[kind].send(person(kind), part, turn="turn-1")
    assert isinstance(result, Sent), result
    call = (await correspondence.calls())[-1]
    assert (call["tenant"], call["channel"], call["kind"]) == ("hotel", kind, kinds[kind])
    assert (call["to"], call["turn"]) == (person(kind), "turn-1")
    assert call["status"] == (201 if kind == "waha" else 200)


@pytest.mark.parametrize("kind", ALL)
async def test_a_text_reads_the_same_on_every_channel(correspondence: Correspondence, kind: str) -> None:
    result = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-2")
    assert isinstance(result, Sent)
    assert (await correspondence.calls())[-1]["text"] == TEXT.text
    shown = (await correspondence.chat(kind))[-1]
    assert (shown["id"], shown["author"], shown["text"]) == (result.gateway_id, "concierge", TEXT.text)


@pytest.mark.parametrize("kind", ALL)
async def test_an_answer_quotes_what_it_answers(correspondence: Correspondence, kind: str) -> None:
    asked = await correspondence.say(kind, "Breakfast?")
    since, channel = datetime.now(UTC) - timedelta(seconds=1), correspondence.channels[kind]
    text = Text(text=f"At seven {time.time_ns()}", reply_to=asked["id"])
    sent = await channel.send(person(kind), text, turn="turn-q")
    assert isinstance(sent, Sent)
    shown = (await correspondence.chat(kind))[-1]
    assert shown["detail"]["quote"]["text"] == "Breakfast?"
    if kind in ("waha", "green_api"):
        assert await channel.find_sent(person(kind), text, since=since, known=[]) == sent.gateway_id


@pytest.mark.parametrize("kind", ALL)
async def test_what_quotes_a_message_that_has_gone_is_sent_all_the_same(
    correspondence: Correspondence, kind: str
) -> None:
    gone = f"{person(kind)}.999999999" if kind == "telegram" else "GONE"
    text = Text(text="At seven", reply_to=gone)
    assert isinstance(await correspondence.channels[kind].send(person(kind), text, turn="turn-g"), Sent)
    shown = (await correspondence.chat(kind))[-1]
    assert (shown["text"], shown["detail"]) == ("At seven", {})


@pytest.mark.parametrize("kind", ["cloud_api", "telegram"])
async def test_choices_are_shown_to_be_pressed(correspondence: Correspondence, kind: str) -> None:
    await correspondence.channels[kind].send(person(kind), FEW, turn="turn-3")
    shown = (await correspondence.chat(kind))[-1]
    assert shown["text"] == "Which one?"
    rows = shown["detail"]["choices"]["rows"]
    assert [(row["id"], row["title"]) for row in rows] == [("room", "Room"), ("spa", "Spa")]


@pytest.mark.parametrize("kind", ALL)
async def test_a_wrong_key_is_credentials_and_leaves_no_trace(
    correspondence: Correspondence, kind: str
) -> None:
    before = len(await correspondence.calls())
    paths = {
        "waha": "/api/sendText",
        "green_api": "/waInstance7103000000/sendMessage/wrong",
        "cloud_api": "/106540352242922/messages",
        "telegram": "/botwrong/sendMessage",
    }
    answer = await correspondence.client.post(f"/_sim/{kind}{paths[kind]}", json={})
    assert answer.status_code == 401
    assert len(await correspondence.calls()) == before


@pytest.mark.parametrize("kind", ALL)
async def test_a_limit_tells_how_long_to_wait(correspondence: Correspondence, kind: str) -> None:
    await correspondence.fault(kind, status=429, retry_after=7)
    result = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-4")
    assert isinstance(result, Later)
    assert result.after == 7
    assert (await correspondence.calls())[-1]["status"] == 429


@pytest.mark.parametrize("kind", ALL)
async def test_an_answer_that_is_dropped_is_unclear(correspondence: Correspondence, kind: str) -> None:
    await correspondence.fault(kind, drop=True)
    result = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-5")
    assert isinstance(result, Unclear)
    assert (await correspondence.calls())[-1]["status"] == 0
    assert (await correspondence.chat(kind))[-1]["turn"] == "turn-5"


@pytest.mark.parametrize("kind", ALL)
async def test_garbage_is_unclear(correspondence: Correspondence, kind: str) -> None:
    await correspondence.fault(kind, garbage=True)
    assert isinstance(await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-6"), Unclear)


@pytest.mark.parametrize(
    ("kind", "fault", "reason"),
    [
        ("cloud_api", {"status": 400, "code": 131047}, "window_closed"),
        ("telegram", {"status": 403}, "http_403"),
        ("green_api", {"status": 466}, "quota_exceeded"),
        ("green_api", {"status": 400}, "http_400"),
        ("waha", {"status": 400}, "http_400"),
    ],
)
async def test_a_refusal_is_final(
    correspondence: Correspondence, kind: str, fault: dict[str, Any], reason: str
) -> None:
    await correspondence.fault(kind, **fault)
    result = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-7")
    assert result == Refused(reason)


@pytest.mark.parametrize("kind", ["cloud_api", "telegram"])
async def test_what_is_too_long_is_refused(correspondence: Correspondence, kind: str) -> None:
    result = await correspondence.channels[kind].send(person(kind), Text(text="a" * 4097), turn="turn-8")
    assert result == Refused("too_long")


async def test_telegram_takes_no_html_that_it_cannot_parse(correspondence: Correspondence) -> None:
    for text, words in (("<b>open", "can't find end tag"), ("<img>", "unsupported start tag")):
        answer = await correspondence.client.post(
            "/_sim/telegram/bothotel-telegram-key/sendMessage",
            json={"chat_id": 770000001, "text": text, "parse_mode": "HTML"},
        )
        assert answer.status_code == 400
        assert "can't parse entities" in answer.json()["description"]
        assert words in answer.json()["description"].lower()


#: Gateways' calls that set the webhook's address, and the status of each for an unreadable body.
REGISTER = [
    ("telegram/bothotel-telegram-key/setWebhook", 400),
    ("telegram/bothotel-telegram-key/setMyCommands", 400),
    ("waha/api/sessions", 422),
    ("green_api/waInstance7103000000/setSettings/hotel-green_api-key", 400),
    ("cloud_api/106540352242922", 400),
]
NO_OBJECT = [b"", b"[]", b"null", b"nonsense"]
NOT_ALL = [b"{}", b'{"url": 5}', b'{"name": 5}']  # but Green API accepts a part of its settings


@pytest.mark.parametrize(
    ("path", "status", "content"),
    [
        (path, status, content)
        for path, status in REGISTER
        for content in (NO_OBJECT if path.startswith("green_api") else [*NO_OBJECT, *NOT_ALL])
    ],
)
async def test_what_cannot_be_registered_is_refused_in_the_vendors_way(
    correspondence: Correspondence, path: str, status: int, content: bytes
) -> None:
    kind = path.partition("/")[0]
    headers = {"X-Api-Key": f"hotel-{kind}-key", "Authorization": f"Bearer hotel-{kind}-key"}
    answer = await correspondence.client.post(f"/_sim/{path}", content=content, headers=headers)
    assert answer.status_code == status
    if kind == "telegram":
        assert answer.json()["ok"] is False
        assert (answer.json()["error_code"], answer.json()["description"][:13]) == (400, "Bad Request: ")


@pytest.mark.parametrize("text", ["*a* & <b>", "_x_ *y _z_*", "plain", "a > b"])
def test_telegrams_html_reads_back_as_our_marks(text: str) -> None:
    assert html.read(marks.to_html(text)) == text


@pytest.mark.parametrize("kind", ["waha", "green_api"])
async def test_what_was_sent_can_be_found(correspondence: Correspondence, kind: str) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    text = Text(text=f"settled {time.time_ns()}")
    await correspondence.fault(kind, drop=True)
    channel = correspondence.channels[kind]
    assert isinstance(await channel.send(person(kind), text, turn="turn-9"), Unclear)
    found = await channel.find_sent(person(kind), text, since=since, known=[])
    assert found == (await correspondence.chat(kind))[-1]["id"]


# The person's actions


@pytest.mark.parametrize("kind", ALL)
async def test_a_message_from_the_phone_is_understood(correspondence: Correspondence, kind: str) -> None:
    said = await correspondence.say(kind, "Où êtes-vous ?", name="Awa")
    assert said["webhook_status"] == 200
    [event] = correspondence.inbound
    assert isinstance(event, MessageReceived)
    assert (event.id, event.parts) == (said["id"], [Text(text="Où êtes-vous ?")])
    assert (event.peer.chat, event.peer.name) == (person(kind), "Awa")


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("sent_as", "mimetype", "filename"),
    [
        ("image", "image/png", "photo.png"),
        ("voice", "audio/ogg; codecs=opus", ""),
        ("document", "application/pdf", "menu.pdf"),
    ],
)
async def test_a_file_from_the_phone_is_announced(
    correspondence: Correspondence, kind: str, sent_as: str, mimetype: str, filename: str
) -> None:
    file = await correspondence.upload(PNG, mimetype, filename)
    await correspondence.say(kind, file={"id": file, "kind": sent_as})
    [event] = correspondence.inbound
    assert isinstance(event, MessageReceived)
    [media] = event.parts
    assert isinstance(media, Media)
    assert media.kind == sent_as
    if sent_as == "document":
        assert media.filename == "menu.pdf"
    if kind != "telegram" or sent_as != "image":  # Telegram's photos are JPEG without a declared type
        assert media.mimetype == mimetype
    assert (await correspondence.channels[kind].fetch(media)).data == PNG


@pytest.mark.parametrize("kind", ALL)
async def test_a_place_from_the_phone_is_understood(correspondence: Correspondence, kind: str) -> None:
    await correspondence.say(kind, location={"latitude": 14.5, "longitude": -17.25, "name": ""})
    [event] = correspondence.inbound
    assert isinstance(event, MessageReceived)
    assert event.parts == [Location(latitude=14.5, longitude=-17.25)]


@pytest.mark.parametrize("kind", ["cloud_api", "telegram"])
@pytest.mark.parametrize("part", [FEW, MANY], ids=["buttons", "list"])
async def test_a_press_is_understood(correspondence: Correspondence, kind: str, part: Choices) -> None:
    sent = await correspondence.channels[kind].send(person(kind), part, turn="turn-10")
    assert isinstance(sent, Sent)
    chosen = part.choices[0]
    press = {"id": chosen.id, "title": chosen.title, "on": sent.gateway_id}
    said = await correspondence.say(kind, press=press)
    [event] = correspondence.inbound
    assert isinstance(event, MessageReceived)
    assert (event.id, event.parts) == (said["id"], [Pressed(id=chosen.id, title=chosen.title)])
    assert event.quote
    assert event.quote.id == sent.gateway_id


@pytest.mark.parametrize("kind", ALL)
async def test_a_reply_names_what_it_answers(correspondence: Correspondence, kind: str) -> None:
    sent = await correspondence.channels[kind].send(person(kind), Text(text="Sea or garden?"), turn="turn-11")
    assert isinstance(sent, Sent)
    await correspondence.say(kind, "Sea", quote=sent.gateway_id)
    [event] = correspondence.inbound
    assert isinstance(event, MessageReceived)
    assert event.quote
    assert event.quote.id == sent.gateway_id
    assert event.quote.text == ("" if kind == "cloud_api" else "Sea or garden?")  # Meta sends the id alone


@pytest.mark.parametrize("kind", WITH_RECEIPTS)
async def test_the_staff_writes_from_the_organisations_phone(
    correspondence: Correspondence, kind: str
) -> None:
    await correspondence.say(kind, "I take over", staff=True)
    [event] = correspondence.inbound
    assert isinstance(event, StaffMessage)
    assert (event.peer.chat, event.parts) == (person(kind), [Text(text="I take over")])


async def test_nobody_writes_from_a_bots_phone(correspondence: Correspondence) -> None:
    body = {"tenant": "hotel", "channel": "telegram", "peer": "770000001", "text": "Hello", "staff": True}
    assert (await correspondence.client.post("/_sim/phone", json=body)).status_code == 400


@pytest.mark.parametrize("kind", WITH_RECEIPTS)
async def test_receipts_follow_until_read(correspondence: Correspondence, kind: str) -> None:
    await correspondence.say(kind, "Hello")
    sent = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-12")
    assert isinstance(sent, Sent)

    def told() -> list[Receipt]:
        receipts = [each for each in correspondence.receipts if isinstance(each, Receipt)]
        return [each for each in receipts if each.id == sent.gateway_id]

    async def delivered() -> bool:
        return [each.status for each in told()] == ["sent", "delivered"]

    await until(delivered)
    here = {"tenant": "hotel", "channel": kind, "peer": person(kind)}
    await correspondence.client.post("/_sim/phone/read", json=here)
    assert [each.status for each in told()] == ["sent", "delivered", "read"]
    assert {each.turn for each in told()} == {"turn-12" if kind == "cloud_api" else ""}


@pytest.mark.parametrize("kind", WITH_RECEIPTS)
async def test_seen_and_typing_are_shown_on_the_phone(correspondence: Correspondence, kind: str) -> None:
    said = await correspondence.say(kind, "Hello")
    channel = correspondence.channels[kind]
    await channel.show_seen(person(kind), [said["id"]])
    await channel.show_typing(person(kind))
    assert (await correspondence.chat(kind))[-1]["ack"] == 3
    kinds = [(call["kind"], call["to"]) for call in (await correspondence.calls())[-2:]]
    assert kinds == [("seen", person(kind)), ("typing", person(kind))]


async def test_a_bot_types_and_answers_presses(correspondence: Correspondence) -> None:
    channel = correspondence.channels["telegram"]
    await channel.show_typing("770000001")
    await channel.show_seen("770000001", ["callback.5"])
    assert [call["kind"] for call in (await correspondence.calls())[-2:]] == ["typing", "other"]


def test_metas_ids_hold_the_number() -> None:
    """The documented id does so too, and this test knows its digits."""
    gateway = CloudApi()
    key = gateway.new_id(Chat("hotel", "cloud_api", "221770000001"), 1)
    documented = "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA"
    for name, number in ((key, "221770000001"), (documented, "16503879439"), ("wamid.x", "")):
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": name}
        assert Status.model_validate(body).chat == number


# Files


@pytest.mark.parametrize("kind", ALL)
async def test_what_the_concierge_sends_is_fetched_for_the_phone(
    correspondence: Correspondence, kind: str
) -> None:
    file = await correspondence.upload(PNG, "image/png", "pool.png")
    await correspondence.say(kind, "Hello")
    url = f"{correspondence.origin}/_sim/phone/files/{file}"
    part = Media(kind="image", mimetype="image/png", caption="Pool", url=url)
    await correspondence.channels[kind].send(person(kind), part, turn="turn-13")

    async def here() -> bool:
        return "id" in (await correspondence.chat(kind))[-1]["detail"]["file"]

    await until(here)
    shown = (await correspondence.chat(kind))[-1]["detail"]["file"]
    fetched = await correspondence.client.get(f"/_sim/phone/files/{shown['id']}")
    assert fetched.content == PNG
    assert "sandbox" in fetched.headers["content-security-policy"]


async def test_media_are_where_each_vendor_has_them(correspondence: Correspondence) -> None:
    client, file = correspondence.client, await correspondence.upload(PNG, "image/png", "pool.png")
    keys = {kind: f"hotel-{kind}-key" for kind in ALL}

    async def fetch(path: str, **headers: str) -> httpx.Response:
        return await client.get(path.removeprefix(correspondence.origin), headers=headers)

    waha = f"/_sim/waha/api/files/default/{file}.png"
    assert (await fetch(waha)).status_code == 401
    assert (await fetch(waha, **{"X-Api-Key": keys["waha"]})).content == PNG
    assert (await fetch(f"/_sim/green_api/media/{file}.png")).content == PNG
    bearer = {"Authorization": f"Bearer {keys['cloud_api']}"}
    place = (await fetch(f"/_sim/cloud_api/{file}", **bearer)).json()
    assert (place["mime_type"], place["file_size"]) == ("image/png", str(len(PNG)))
    assert (await fetch(place["url"])).status_code == 401
    assert (await fetch(place["url"], **bearer)).content == PNG
    bot = f"bot{keys['telegram']}"
    found = (await client.post(f"/_sim/telegram/{bot}/getFile", json={"file_id": file})).json()["result"]
    assert (await fetch(f"/_sim/telegram/file/{bot}/{found['file_path']}")).content == PNG


@pytest.mark.parametrize(
    "body",
    [{"file": {"id": "nothing", "kind": "image"}}, {"press": {"id": "a", "title": "A", "on": "nothing"}}],
)
async def test_what_is_not_there_is_told(correspondence: Correspondence, body: dict[str, Any]) -> None:
    asked = {"tenant": "hotel", "channel": "cloud_api", "peer": "221770000001", **body}
    assert (await correspondence.client.post("/_sim/phone", json=asked)).status_code == 400
    assert correspondence.inbound == []


# Pairing and registration


@pytest.mark.parametrize("kind", ALL)
async def test_a_channel_is_paired_and_registered_from_the_start(
    correspondence: Correspondence, kind: str
) -> None:
    status = await correspondence.gateways[kind].status()
    assert (status.working, status.registered) == (True, True)


@pytest.mark.parametrize("kind", ALL)
async def test_what_is_registered_is_kept(correspondence: Correspondence, kind: str) -> None:
    await correspondence.elsewhere(kind).register()
    assert not (await correspondence.gateways[kind].status()).registered
    await correspondence.gateways[kind].register()
    assert (await correspondence.gateways[kind].status()).registered
