"""The web page's channel: visitors' tokens, the bodies that a page may post, and sends that cannot fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.channels import Parsed, Sent, Webhook
from shared.channels.webchat import Webchat, create
from shared.errors import ConfigurationError, Rejected
from shared.models.events import MessageReceived
from shared.models.parts import Choice, Choices, Location, Media, Part, Pressed, Template, Text
from shared.models.people import Address
from shared.platform.http import Unreachable
from tests.fakes.connection import NOW, Settings, connection
from tests.fakes.http import ScriptedHttp

VISITOR = "visitor-0123456789abcdef"
POSTED = {"id": "5f0c6a52-7c1e-4a6e-9d9b-0d2b8a1f3c4d", "text": "À quelle heure est le petit-déjeuner ?"}


def channel(name: str = "webchat", key: str = "local-secret", settings: Settings | None = None) -> Webchat:
    return create(connection(name, settings or {}, {"signing_key": key}, ScriptedHttp(Unreachable())))


def posted(body: Any, token: str = f"{VISITOR}.1800000000.{'0' * 64}") -> Webhook:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Webhook(method="POST", headers={"authorization": f"Bearer {token}"}, query={}, body=raw)


async def test_a_visitor_is_who_holds_the_token() -> None:
    webhook = posted(POSTED, await channel().issue_token(VISITOR))
    await channel().verify(webhook)
    assert channel().visitor(webhook) == VISITOR


@pytest.mark.parametrize("issuer", [channel(name="webchat2"), channel(key="another")])
async def test_a_token_is_good_for_its_channel_only(issuer: Webchat) -> None:
    with pytest.raises(Rejected) as refused:
        await channel().verify(posted(POSTED, await issuer.issue_token(VISITOR)))
    assert refused.value.status == 401


async def test_a_signature_is_good_for_its_visitor_only() -> None:
    _, until, signature = (await channel().issue_token(VISITOR)).split(".")
    forged = f"visitor-0123456789abcdeF.{until}.{signature}", f"{VISITOR}.{until}.{signature.upper()}"
    for token in (*forged, f"{VISITOR}.{signature}", VISITOR, ""):
        with pytest.raises(Rejected) as refused:
            await channel().verify(posted(POSTED, token))
        assert refused.value.status == 401


async def test_an_empty_key_signs_nothing() -> None:
    with pytest.raises(ConfigurationError, match="signing_key"):
        await channel(key="").issue_token(VISITOR)


@pytest.mark.parametrize("visitor", ["", "short", "x" * 65, "a/b/c/d/e/f/g/h/i", "visitor.0123456789"])
async def test_a_visitors_id_is_plain(visitor: str) -> None:
    with pytest.raises(ValueError, match="visitor's id"):
        await channel().issue_token(visitor)


def test_a_message() -> None:
    assert channel().parse(posted(POSTED | {"name": " Awa ", "text": " Bonjour \n"})) == Parsed(
        inbound=[
            MessageReceived(
                tenant="hotel",
                channel="webchat",
                id=POSTED["id"],
                peer=Address(chat=VISITOR, identities=[f"web:{VISITOR}"], name="Awa"),
                at=NOW,
                received_at=NOW,
                parts=[Text(text="Bonjour")],
            )
        ]
    )


def test_a_choice_that_was_pressed() -> None:
    (event,) = channel().parse(posted(POSTED | {"choice": "topic:room", "text": "Rooms"})).inbound
    assert isinstance(event, MessageReceived)
    assert event.parts == [Pressed(id="topic:room", title="Rooms")]


def test_a_repeat_has_the_same_id_however_it_is_written() -> None:
    first, again = (channel().parse(posted(POSTED | {"id": i})) for i in (POSTED["id"], POSTED["id"].upper()))
    assert first == again


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"\xff", "body"),
        ([], "body"),
        ({}, "body.id"),
        (POSTED | {"id": "1"}, "body.id"),
        (POSTED | {"id": 1}, "body.id"),
        (POSTED | {"text": None}, "body.text"),
        (POSTED | {"text": " \n"}, "body.text"),
        (POSTED | {"text": "x" * 4_001}, "body.text"),
        (POSTED | {"text": "x" * 30_000}, "body.text"),
        (POSTED | {"text": ["x"]}, "body.text"),
        (POSTED | {"name": "x" * 101}, "body.name"),
        (POSTED | {"choice": "x" * 201}, "body.choice"),
        (POSTED | {"choice": 1}, "body.choice"),
        (POSTED | {"emoji": "🙏"}, "body"),
    ],
)
def test_what_a_page_may_not_post(body: Any, named: str) -> None:
    with pytest.raises(Rejected) as refused:
        channel().parse(posted(body))
    assert refused.value.status == 400
    assert refused.value.detail.startswith(f"{named}: ")


def test_4000_characters_are_allowed() -> None:
    (event,) = channel().parse(posted(POSTED | {"text": "é" * 4_000})).inbound
    assert isinstance(event, MessageReceived)
    assert event.parts == [Text(text="é" * 4_000)]


async def test_a_send_is_done_once_it_is_written() -> None:
    sent = [await channel().send(VISITOR, Text(text=text), turn=t) for text, t in ("a1", "a1", "b1", "a2")]
    assert all(isinstance(one, Sent) for one in sent)
    assert sent[0] == sent[1]
    assert len({one.gateway_id for one in sent if isinstance(one, Sent)}) == 3


@pytest.mark.parametrize(
    "part",
    [
        Location(latitude=14.7, longitude=-17.4),
        Media(kind="image", url="https://files.example/a1"),
        Choices(text="Oui ?", choices=[Choice(id="a", title="Oui")]),
        Template(name="rappel", language="fr"),
    ],
)
async def test_the_page_can_read_every_part(part: Part) -> None:
    sent = await channel().send(VISITOR, part, turn="1")
    assert isinstance(sent, Sent)
    assert sent == await channel().send(VISITOR, part.model_copy(), turn="1")


def test_origins() -> None:
    origins = ["https://hotel.example", "http://localhost:8080"]
    assert channel(settings={"allowed_origins": origins}).allowed_origins == set(origins)
    assert channel().allowed_origins == set()
    for wrong in ("https://hotel.example", ["*"], ["https://hotel.example/chat"], ["hotel.example"], [""]):
        with pytest.raises(ConfigurationError, match=r"hotel/webchat: settings\.allowed_origins"):
            channel(settings={"allowed_origins": wrong})
