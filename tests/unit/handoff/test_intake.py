"""Posts of notifiers' vendors: verified, published once each, and answered as the vendor wants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Rejected, Retry
from shared.handoff.intake import BODY_LIMIT, AnswerIntake
from shared.models.events import HANDOFFS, StaffAnswered
from shared.models.webhook import Webhook
from shared.notifiers.email.replies import Replies
from shared.notifiers.webhook import SIGNATURE, signature
from shared.platform import effects
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.tenants import plugins
from shared.wiring import desk
from tests.unit.handoff.desk import parish
from tests.world import FakePlugins, World

KEY, TOKEN = "own-key-value", base64.b64encode(b"teams-token").decode()
NOTIFIERS: dict[str, Any] = {
    "own": {"kind": "webhook", "secrets": {"signing_key": "own-key"}},
    "room": {"kind": "teams", "secrets": {"token": "room-token"}},
    "space": {"kind": "google_chat", "secrets": {}},
    "mail": {"kind": "email", "settings": {"inbound": "mailgun"}, "secrets": {}},
    "silent": {"kind": "email", "settings": {}, "secrets": {}},
}


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("SECRET_OWN_KEY", KEY)
    monkeypatch.setenv("SECRET_ROOM_TOKEN", TOKEN)
    made = await parish(tmp_path, notifiers=NOTIFIERS)
    made.rebuild(FakePlugins(made), secrets=EnvironmentSecrets(None, os.environ))
    return made


@pytest.fixture
def intake(world: World) -> AnswerIntake:
    return desk.wire(world.ports, world.directory(plugins)).intake


def post(body: bytes, **headers: str) -> Webhook:
    return Webhook(
        "POST", {name.replace("_", "-").lower(): value for name, value in headers.items()}, {}, body
    )


def own(world: World, body: bytes, key: str = KEY) -> Webhook:
    return Webhook("POST", {SIGNATURE.lower(): signature(key, body, world.clock.now())}, {}, body)


def answer(**fields: object) -> bytes:
    told = {"id": "a1", "act": "take", "handoff": "h1", "who": "one@parish.example", **fields}
    return json.dumps(told).encode()


def published(world: World) -> list[StaffAnswered]:
    found = [HANDOFFS.validate_json(each.data) for each in world.bus.waiting if each.topic == "handoffs"]
    return [each for each in found if isinstance(each, StaffAnswered)]


async def test_an_act_is_published_and_the_response_is_empty(world: World, intake: AnswerIntake) -> None:
    assert await intake.accept("parish", "own", own(world, answer())) is None
    (act,) = published(world)
    assert (act.tenant, act.notifier, act.id, act.act, act.handoff) == ("parish", "own", "a1", "take", "h1")


async def test_teams_shows_staff_that_their_words_were_passed_on(world: World, intake: AnswerIntake) -> None:
    for text, shown in ("<at>Desk</at> Bonjour", "📨"), ("<at>Desk</at>", "❓"):
        told = {"type": "message", "id": "1", "text": text, "from": {"id": "29:a", "name": "Aminata"}}
        body = json.dumps(told).encode()
        digest = hmac.new(base64.b64decode(TOKEN), body, hashlib.sha256).digest()
        signed = post(body, authorization=f"HMAC {base64.b64encode(digest).decode()}")
        assert await intake.accept("parish", "room", signed) == {"type": "message", "text": shown}
    assert [act.text for act in published(world)] == ["Bonjour"]


@pytest.mark.parametrize(
    ("tenant", "notifier"),
    [("nobody", "own"), ("parish", "fax"), ("parish", "space"), ("parish", "silent")],
    ids=["no-tenant", "no-notifier", "a-kind-without-answers", "mail-without-replies"],
)
async def test_an_unknown_address_is_404(
    world: World, intake: AnswerIntake, tenant: str, notifier: str
) -> None:
    for use in (
        intake.accept(tenant, notifier, own(world, answer())),
        intake.body_limit(tenant, notifier),
    ):
        with pytest.raises(Rejected) as refused:
            await use
        assert refused.value.status == 404


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"\xff", answer(act="dance"), answer(act="say", text=" ")]
)
async def test_another_envelope_is_400(world: World, intake: AnswerIntake, body: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        await intake.accept("parish", "own", own(world, body))
    assert refused.value.status == 400
    assert published(world) == []


async def test_a_post_of_somebody_else_is_401(world: World, intake: AnswerIntake) -> None:
    good = own(world, answer())
    for forged in (
        post(answer()),
        own(world, answer(), key="guessed"),
        Webhook("POST", good.headers, {}, answer(handoff="h2")),
    ):
        with pytest.raises(Rejected) as refused:
            await intake.accept("parish", "own", forged)
        assert refused.value.status == 401
    world.clock.pass_(301)
    with pytest.raises(Rejected):
        await intake.accept("parish", "own", good)
    assert published(world) == []


async def test_only_mail_may_be_long(intake: AnswerIntake) -> None:
    assert await intake.body_limit("parish", "own") == BODY_LIMIT
    assert await intake.body_limit("parish", "mail") == Replies.body_limit


async def test_what_the_bus_does_not_take_is_not_acknowledged(world: World, intake: AnswerIntake) -> None:
    world.bus.broken = True
    with pytest.raises(Retry):
        await intake.accept("parish", "own", own(world, answer()))


async def test_no_document_is_read_while_the_tenant_is_known(world: World, intake: AnswerIntake) -> None:
    first = effects.begin()
    await intake.accept("parish", "own", own(world, answer()))
    cost = effects.begin()
    await intake.accept("parish", "own", own(world, answer()))
    assert (first.reads, cost.reads, cost.writes) == (1, 0, [])
