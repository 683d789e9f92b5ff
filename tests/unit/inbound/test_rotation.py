"""Posts of gateways, visitors and notifiers while the key that they sign with is rotated."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from scripts.local.vendors.green_api import webhooks as green_api
from scripts.local.vendors.slack import webhooks as slack
from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from shared.channels import Webhook
from shared.errors import Rejected
from shared.handoff.grants import granted
from shared.handoff.intake import AnswerIntake
from shared.inbound.page import Page
from shared.inbound.webhook import WebhookIntake
from shared.models.tenant import Channel, Tenant
from shared.platform.clock import RandomIds
from shared.platform.publishing import Publisher
from shared.tenants import plugins
from shared.tenants.directory import Directory
from shared.tenants.links import FileGrant
from shared.wiring import contacts
from tests.fakes.http import ScriptedHttp
from tests.world import START, World

NAME = "the-key"
OLD, NEW, WRONG = "the-old-key", "the-new-key", "a-wrong-key"
Headers = Callable[[bytes, str], Mapping[str, str]]


@dataclass
class Keys:
    """A secret store in which one secret is rotated."""

    current: str = NEW
    earlier: tuple[str, ...] = (OLD,)

    async def get(self, name: str) -> str:
        assert name == NAME
        return self.current

    async def others(self, name: str) -> tuple[str, ...]:
        assert name == NAME
        return self.earlier


#: Each gateway's settings, the role of its key, an event, and the headers of its post.
GATEWAYS: dict[str, tuple[Mapping[str, str], str, object, Headers]] = {
    "waha": ({"session": "default"}, "hmac_key", waha.event("message", waha.message()), waha.signed),
    "green_api": (
        {"instance": str(green_api.INSTANCE)},
        "webhook_token",
        green_api.text(),
        lambda _, key: green_api.signed(key),
    ),
    "telegram": (
        {},
        "secret_token",
        telegram.update("message", telegram.message()),
        lambda _, k: telegram.signed(k),
    ),
    "cloud_api": (
        {"phone_number_id": cloud_api.NUMBER_ID},
        "app_secret",
        cloud_api.posted(
            cloud_api.change(contacts=[cloud_api.CONTACT], messages=[cloud_api.text("Bonjour")])
        ),
        cloud_api.signed,
    ),
}


def directory(world: World, keys: Keys) -> Directory:
    return Directory(world.store, keys, ScriptedHttp(OSError()), world.clock, plugins)


async def channel(world: World, kind: str, role: str, settings: Mapping[str, str] | None = None) -> None:
    place = {"base_url": "https://gateway.example", **(settings or {})}
    await world.store.put(
        Channel(tenant="parish", channel="one", kind=kind, settings={**place}, secrets={role: NAME})
    )


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_a_gateway_that_signs_with_either_key_is_heard(world: World, kind: str) -> None:
    settings, role, event, headers = GATEWAYS[kind]
    await channel(world, kind, role, settings)
    intake = WebhookIntake(directory(world, keys := Keys()), Publisher(world.bus))
    body = json.dumps(event).encode()

    async def post(key: str) -> int:
        posted = Webhook("POST", headers(body, key), {}, body)
        return (await intake.accept("parish", "one", posted)).published

    assert [await post(key) for key in (NEW, OLD)] == [1, 1]
    with pytest.raises(Rejected):
        await post(WRONG)
    keys.earlier = ()
    with pytest.raises(Rejected):
        await post(OLD)


async def test_a_gateway_that_signs_with_the_newest_key_is_heard_before_it_is_current(world: World) -> None:
    settings, role, event, headers = GATEWAYS["waha"]
    await channel(world, "waha", role, settings)
    intake = WebhookIntake(directory(world, Keys(OLD, (NEW, "an-older-key"))), Publisher(world.bus))
    body = json.dumps(event).encode()
    posted = Webhook("POST", headers(body, NEW), {}, body)
    assert (await intake.accept("parish", "one", posted)).published == 1


@pytest.mark.parametrize(("token", "heard"), [(NEW, True), (OLD, True), (WRONG, False)])
async def test_meta_s_check_of_the_address_takes_either_token(world: World, token: str, heard: bool) -> None:
    await channel(world, "cloud_api", "verify_token", GATEWAYS["cloud_api"][0])
    intake = WebhookIntake(directory(world, Keys()), Publisher(world.bus))
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "123"}
    asked = Webhook("GET", {}, query, b"")
    if heard:
        assert await intake.challenge("parish", "one", asked) == "123"
    else:
        with pytest.raises(Rejected):
            await intake.challenge("parish", "one", asked)


async def test_a_visitor_keeps_the_conversation(world: World) -> None:
    await channel(world, "webchat", "signing_key", {})
    before = Page(world.store, directory(world, Keys(OLD, ())), world.clock, RandomIds())
    token = await before.welcome("parish", "one", "192.0.2.1")
    asked = Webhook("GET", {"authorization": f"Bearer {token}"}, {}, b"")
    after = Page(world.store, directory(world, keys := Keys()), world.clock, RandomIds())
    assert (await after.answers("parish", "one", asked, "0"))["messages"] == []
    keys.earlier = ()
    with pytest.raises(Rejected):
        await after.answers("parish", "one", asked, "0")


@pytest.mark.parametrize(("key", "heard"), [(NEW, True), (OLD, True), (WRONG, False)])
async def test_answers_of_staff_are_taken_with_either_key(world: World, key: str, heard: bool) -> None:
    found = await world.store.get(Tenant, tenant="parish")
    assert found is not None
    entry = {"desk": {"kind": "slack", "secrets": {"url": "x", "signing_secret": NAME}}}
    await world.store.put(Tenant.model_validate(found.model_dump() | {"notifiers": entry}))
    intake = AnswerIntake(directory(world, Keys()), Publisher(world.bus))
    button, user = {"action_id": "take", "value": "token"}, {"id": "U1", "name": "awa"}
    body = slack.press(button, user, trigger="1.2.abc", at=START.timestamp())
    posted = Webhook("POST", slack.signed(key, body, world.clock.now().timestamp()), {}, body)
    if heard:
        await intake.accept("parish", "desk", posted)
    else:
        with pytest.raises(Rejected):
            await intake.accept("parish", "desk", posted)


@pytest.mark.parametrize(("key", "heard"), [(NEW, True), (OLD, True), (WRONG, False)])
async def test_a_link_signed_before_a_rotation_is_valid(world: World, key: str, heard: bool) -> None:
    found = await world.store.get(Tenant, tenant="parish")
    assert found is not None
    await world.store.put(Tenant.model_validate(found.model_dump() | {"secrets": {"link_key": NAME}}))
    until = world.clock.now().replace(year=2027, microsecond=0)
    token = FileGrant(tenant="parish", until=until, blob="b", media_type="image/png").token(key)
    if heard:
        assert (await granted(FileGrant, token, directory(world, Keys()), world.clock)).blob == "b"
    else:
        with pytest.raises(Rejected):
            await granted(FileGrant, token, directory(world, Keys()), world.clock)


@pytest.mark.parametrize(("key", "heard"), [(NEW, True), (OLD, True), (WRONG, False)])
async def test_a_system_s_request_is_taken_with_either_key(world: World, key: str, heard: bool) -> None:
    found = await world.store.get(Tenant, tenant="parish")
    assert found is not None
    await world.store.put(Tenant.model_validate(found.model_dump() | {"secrets": {"contacts_key": NAME}}))
    requests = contacts.wire(world.ports, directory(world, Keys())).requests
    body = b'{"version": 1, "phone": "+221770000001"}'
    signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    if heard:
        assert (await requests.put("parish", "KN-1", body, signature)).result == "created"
    else:
        with pytest.raises(Rejected):
            await requests.put("parish", "KN-1", body, signature)
