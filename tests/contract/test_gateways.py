"""Contract of every gateway, then each vendor's own rules, over sockets and in the vendors' formats."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from scripts.local.vendors.cloud_api.session import MetaNumber
from scripts.local.vendors.green_api.session import GreenInstance
from scripts.local.vendors.session import Session, code
from scripts.local.vendors.telegram.session import TelegramBot
from scripts.local.vendors.waha.session import WahaSession
from shared import channels
from shared.channels import Gateway, GatewayRefused, Pairing, Status, Unsupported
from shared.errors import ConfigurationError, Rejected, Retry
from shared.language.commands import command
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins
from tests.fakes.connection import NOW, connection
from tests.fakes.served import served
from tests.fakes.vendor import API_KEY, SETTINGS, Vendor, base_url

ADDRESS = "https://concierge.example/webhook/hotel/{kind}"
SECRETS = {
    "api_key": API_KEY,
    "hmac_key": "hmac-secret",
    "webhook_token": "token-secret",
    "secret_token": "telegram-secret",
    "verify_token": "verify-secret",
}
CONTRACTS = Path(__file__).resolve().parents[2].parent / "shared" / "contracts"


@dataclass
class Bench:
    """A gateway of ours before a simulated vendor."""

    kind: str
    vendor: Vendor
    gateway: Gateway

    @property
    def session(self) -> Any:
        """Returns the gateway's own state."""
        return self.vendor.session

    @property
    def address(self) -> str:
        return ADDRESS.format(kind=self.kind)


def opened(kind: str, origin: str, http: HttpxHttp, secrets: dict[str, str]) -> Gateway:
    settings: dict[str, Any] = {"base_url": base_url(kind, origin), **SETTINGS[kind]}
    connected = connection(kind, settings, secrets, http)
    found = plugins.gateway(kind, connected, ADDRESS.format(kind=kind))
    assert found is not None
    return found


async def benched(kind: str, secrets: dict[str, str]) -> AsyncIterator[Bench]:
    vendor, http = Vendor(kind), HttpxHttp()
    async with served(vendor.app) as origin:
        yield Bench(kind, vendor, opened(kind, origin, http, secrets))
        await http.close()


@pytest.fixture(params=SETTINGS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async for each in benched(request.param, SECRETS):
        yield each


@pytest.fixture
async def own(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """A bench of the kind that a test's mark names."""
    async for each in benched(request.param, SECRETS):
        yield each


def only(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("own", [kind], indirect=True)


# Every gateway.


def test_every_file_has_its_vendor() -> None:
    found = {kind.name for kind in Path(channels.__path__[0]).iterdir() if (kind / "gateway.py").exists()}
    assert found == set(SETTINGS)


def test_a_webchat_has_no_gateway() -> None:
    connected = connection("webchat", {}, {}, HttpxHttp())
    assert plugins.gateway("webchat", connected, "https://concierge.example") is None


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_setting_that_cannot_be_used_is_named(kind: str) -> None:
    connected = connection(kind, {"base_url": "nowhere", **SETTINGS[kind]}, SECRETS, HttpxHttp())
    with pytest.raises(ConfigurationError, match=f"hotel/{kind}: settings.base_url"):
        plugins.gateway(kind, connected, "https://concierge.example")


async def test_once_registered_it_posts_to_us(bench: Bench) -> None:
    assert not (await bench.gateway.status()).registered
    await bench.gateway.register()
    bench.session.pair()
    status = await bench.gateway.status()
    assert (status.working, status.registered) == (True, True)
    assert bench.session.address == bench.address


async def test_registering_again_changes_nothing(bench: Bench) -> None:
    await bench.gateway.register()
    bench.session.pair()
    before, told = await bench.gateway.status(), bench.vendor.calls[-1]
    await bench.gateway.register()
    assert await bench.gateway.status() == before
    assert bench.vendor.calls[-1] == told


async def test_one_that_posts_elsewhere_is_told_apart(bench: Bench) -> None:
    await bench.gateway.register()
    bench.session.pair()
    for webhook in ("https://elsewhere.example", bench.address + "/more"):
        _redirect(bench.session, webhook)
        assert not (await bench.gateway.status()).registered


@pytest.mark.parametrize("act", ["status", "register"])
@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_what_will_pass_comes_back(bench: Bench, act: str, status: int) -> None:
    bench.vendor.fault = JSONResponse({"message": "…"}, status, {"retry-after": "7"})
    with pytest.raises(Retry) as error:
        await getattr(bench.gateway, act)()
    assert error.value.after == 7


@pytest.mark.parametrize("act", ["status", "register"])
async def test_a_refusal_quotes_nothing(bench: Bench, act: str) -> None:
    bench.vendor.fault = JSONResponse({"message": "no such key: api-secret"}, 403)
    with pytest.raises(GatewayRefused) as error:
        await getattr(bench.gateway, act)()
    assert error.value.answered == 403
    assert "api-secret" not in str(error.value)


@pytest.mark.parametrize("kind", SETTINGS)
async def test_a_wrong_key_is_a_refusal(kind: str) -> None:
    async for bench in benched(kind, SECRETS | {"api_key": "wrong"}):
        with pytest.raises(Rejected) as error:
            await bench.gateway.status()
        assert error.value.status == 424


@pytest.mark.parametrize("kind", SETTINGS)
async def test_one_that_is_not_there_comes_back_without_its_address(kind: str) -> None:
    with pytest.raises(Retry) as error:
        await opened(kind, "http://127.0.0.1:9", HttpxHttp(), SECRETS).status()
    assert error.value.reason == "gateway_unreachable"


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", '{"result": []}', "[" * 100_000])
async def test_nonsense_is_no_health(bench: Bench, body: str) -> None:
    bench.vendor.fault = PlainTextResponse(body)
    status = await bench.gateway.status()
    assert not (status.working and status.registered)


@pytest.mark.parametrize("kind", ["waha", "green_api"])
async def test_a_phone_is_paired_by_a_code(kind: str) -> None:
    async for bench in benched(kind, SECRETS):
        await bench.gateway.register()
        scan = await bench.gateway.pair()
        assert scan.step == "scan"
        assert channels.png(scan.qr)
        bench.session.pair()
        assert await bench.gateway.pair() == Pairing("paired", bench.session.state)


@pytest.mark.parametrize("kind", ["telegram", "cloud_api"])
async def test_what_has_no_phone_says_so(kind: str) -> None:
    async for bench in benched(kind, SECRETS):
        with pytest.raises(Unsupported) as error:
            await bench.gateway.pair()
        assert error.value.status == 409
        assert bench.vendor.calls == []


@pytest.mark.parametrize(
    "data", [None, 5, "", "not base64!", "aGVsbG8=", "data:image/png;base64,", "é" * 8, "A" * 400_000]
)
def test_what_is_no_picture_is_shown_to_nobody(data: object) -> None:
    assert channels.png(data) == ""


def test_a_picture_may_come_as_an_address_of_data() -> None:
    assert channels.png(f"data:image/png;base64,{code()}") == code()


# WAHA.


@only("waha")
async def test_a_session_is_made_with_its_webhook(own: Bench) -> None:
    assert await own.gateway.status() == Status("MISSING", working=False, registered=False)
    assert (await own.gateway.pair()).step == "stopped"
    await own.gateway.register()
    (made,) = [call.body for call in own.vendor.calls if call.method == "POST"]
    (webhook,) = made["config"]["webhooks"]
    assert (made["name"], made["start"]) == ("default", True)
    assert webhook["hmac"] == {"key": "hmac-secret"}
    assert {"message.any", "message.ack", "session.status"} <= set(webhook["events"])
    assert "message" not in webhook["events"], "each message would come twice"
    assert webhook["retries"]["attempts"] >= 10
    _checked("SessionCreateRequest", made)


@only("waha")
async def test_what_others_have_configured_is_kept(own: Bench) -> None:
    theirs = {"url": "https://crm.example/waha", "events": ["message"]}
    moved = {"url": "https://before.example/hotel/waha", "events": ["message"]}
    own.session.state, own.session.config = (
        "WORKING",
        {"debug": True, "webhooks": [theirs, moved], "proxy": None},
    )
    await own.gateway.register()
    config = own.session.config
    assert [hook["url"] for hook in config["webhooks"]] == [theirs["url"], own.address]
    assert config["debug"] is True
    _checked("SessionUpdateRequest", own.vendor.calls[-1].body)


@only("waha")
async def test_a_webhook_without_the_events_is_none(own: Bench) -> None:
    own.session.state = "WORKING"
    own.session.config = {"webhooks": [{"url": own.address, "events": ["message.any"]}]}
    assert await own.gateway.status() == Status("WORKING", working=True, registered=False)


@only("waha")
@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("STOPPED", "stopped"),
        ("FAILED", "stopped"),
        ("STARTING", "starting"),
        ("PASSKEY_REQUIRED", "stopped"),
    ],
)
async def test_a_session_that_shows_no_code(own: Bench, state: str, step: str) -> None:
    own.session.state = state
    assert await own.gateway.pair() == Pairing(step, state)  # type: ignore[arg-type]


@only("waha")
async def test_a_session_that_ran_out_of_codes_shows_new_ones_after_a_restart(own: Bench) -> None:
    own.session.state = "FAILED"
    await own.gateway.restart()
    first, second = await own.gateway.pair(), await own.gateway.pair()
    assert (first.step, second.step) == ("scan", "scan")
    assert first.qr != second.qr


@only("waha")
async def test_there_is_nothing_to_restart_before_it_is_registered(own: Bench) -> None:
    with pytest.raises(GatewayRefused) as error:
        await own.gateway.restart()
    assert error.value.answered == 404


@only("waha")
async def test_the_code_is_asked_for_as_json(own: Bench) -> None:
    """Without the header, WAHA answers with the picture's bytes."""
    own.session.state = "SCAN_QR_CODE"
    await own.gateway.pair()
    asked = own.vendor.calls[-1]
    assert (asked.headers["accept"], asked.query) == ("application/json", {"format": "image"})


# Green API.


@only("green_api")
async def test_an_instance_is_given_our_token_and_its_events(own: Bench) -> None:
    await own.gateway.register()
    told = own.vendor.calls[-1].body
    assert (told["webhookUrl"], told["webhookUrlToken"]) == (own.address, "token-secret")
    wanted = ("incomingWebhook", "outgoingMessageWebhook", "outgoingWebhook", "stateWebhook")
    assert {told[name] for name in wanted} == {"yes"}
    assert told["outgoingAPIMessageWebhook"] == "no", "our own echoes would come back"


@only("green_api")
async def test_a_pairing_that_broke_wants_a_logout(own: Bench) -> None:
    own.session.trouble = "Instance has auth. You need to make log out"
    assert await own.gateway.pair() == Pairing("stopped", "needs_logout")


@only("green_api")
async def test_an_instance_is_restarted(own: Bench) -> None:
    own.session.trouble = "something"
    assert (await own.gateway.pair()).step == "stopped"
    await own.gateway.restart()
    assert (await own.gateway.pair()).step == "scan"


# Telegram.


@only("telegram")
async def test_a_bot_hears_just_what_the_channel_reads(own: Bench) -> None:
    await own.gateway.register()
    told = own.vendor.calls[-1].body
    assert (told["url"], told["secret_token"]) == (own.address, "telegram-secret")
    assert "message_reaction" in told["allowed_updates"], "left out by Telegram unless it is named"
    own.session.info["allowed_updates"] = ["message"]
    assert not (await own.gateway.status()).registered
    fields = {field["name"] for field in _telegram("setWebhook")}
    assert set(told) <= fields


@only("telegram")
async def test_a_bots_menu_is_what_is_understood(own: Bench) -> None:
    await own.gateway.register()
    assert set(own.session.commands) == {"", "ar", "es", "fr", "pt", "wo"}
    for menu in own.session.commands.values():
        names = [each["command"] for each in menu]
        assert names == ["start", "help", "services", "contact", "cancel"]
        assert [command(f"/{name}") for name in names] == names
        assert all(1 <= len(each["description"]) <= 256 for each in menu)
    fields = {field["name"] for field in _telegram("setMyCommands")}
    assert set(own.vendor.calls[0].body) <= fields


@only("telegram")
async def test_deliveries_that_fail_are_seen(own: Bench) -> None:
    await own.gateway.register()
    own.session.info |= {"pending_update_count": 3, "last_error_date": int(NOW.timestamp()) - 60}
    assert await own.gateway.status() == Status("webhook_failing", working=False, registered=True)
    own.session.info["pending_update_count"] = 0
    assert (await own.gateway.status()).working
    own.session.info |= {"pending_update_count": 3, "last_error_date": int(NOW.timestamp()) - 3600}
    assert (await own.gateway.status()).working


@only("telegram")
async def test_a_webhook_is_begun_anew_and_what_waits_is_kept(own: Bench) -> None:
    await own.gateway.restart()
    assert [call.path.rpartition("/")[2] for call in own.vendor.calls] == ["deleteWebhook", "setWebhook"]
    assert own.vendor.calls[0].body == {"drop_pending_updates": False}
    assert own.session.address == own.address


# Meta.


@only("cloud_api")
async def test_a_number_is_given_its_address_and_the_rest_is_told(own: Bench) -> None:
    left = await own.gateway.register()
    subscribed, told = own.vendor.calls
    assert subscribed.path == "/v23.0/102290129340398/subscribed_apps"
    assert told.body == {
        "webhook_configuration": {"override_callback_uri": own.address, "verify_token": "verify-secret"}
    }
    assert (left["Callback URL"], left["Verify token"]) == (own.address, "verify-secret")


@only("cloud_api")
async def test_without_a_subscription_nothing_is_posted(own: Bench) -> None:
    await own.gateway.register()
    own.session.subscribed = False
    assert not (await own.gateway.status()).registered


@only("cloud_api")
@pytest.mark.parametrize(("health", "working"), [("AVAILABLE", True), ("LIMITED", True), ("BLOCKED", False)])
async def test_a_blocked_number_does_not_work(own: Bench, health: str, working: bool) -> None:
    own.session.health = health
    status = await own.gateway.status()
    assert (status.status, status.working) == (health, working)
    assert own.vendor.calls[0].query == {"fields": "health_status,webhook_configuration"}


@only("cloud_api")
async def test_there_is_no_session(own: Bench) -> None:
    with pytest.raises(Unsupported, match="register"):
        await own.gateway.restart()


def _redirect(session: Session, webhook: str) -> None:
    match session:
        case WahaSession():
            session.config["webhooks"][-1]["url"] = webhook
        case GreenInstance():
            session.settings["webhookUrl"] = webhook
        case TelegramBot():
            session.info["url"] = webhook
        case MetaNumber():
            session.override = webhook


def _contract(name: str) -> Any:
    path = CONTRACTS / name
    if not path.exists():
        reason = f"the vendor's specification {name} is not beside the project"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return json.loads(path.read_text("utf-8"))


def _checked(schema: str, body: object) -> None:
    document = _contract("waha/openapi.json")
    found = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    # An event is a name: the document says `object`, and its own examples are names.
    found["components"]["schemas"]["WebhookConfig"]["properties"]["events"]["items"] = {"type": "string"}
    jsonschema.Draft4Validator(found).validate(body)


def _telegram(method: str) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = _contract("telegram/bot_api_10.1_spec.json")["methods"][method]["fields"]
    return fields
