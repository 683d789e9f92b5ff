"""The simulated gateways against our own channels over HTTP: the channels read their messages."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from scripts.local.vendors.chats import Chat
from scripts.local.vendors.cloud_api.gateway import CloudApi
from scripts.local.vendors.cloud_api.requests import Status
from shared.channels import Sent
from shared.models.events import MessageReceived, Receipt, StaffMessage
from shared.models.parts import Choices, Location, Media, Pressed, Text
from tests.fakes.correspondence import Correspondence, until
from tests.unit.scripts.vendors.parts import ALL, FEW, MANY, PNG, TEXT, person

WITH_RECEIPTS = ["waha", "green_api", "cloud_api"]


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
