"""Each vendor's own rules for gateways, over sockets and in the vendors' formats."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.channels import GatewayRefused, Pairing, Status, Unsupported
from shared.language.commands import command
from tests.contract.gateways.bench import SECRETS, Bench, benched
from tests.fakes.connection import NOW

CONTRACTS = Path(__file__).resolve().parents[3].parent / "shared" / "contracts"


@pytest.fixture
async def own(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """A bench of the kind that a test's mark names."""
    async for each in benched(request.param, SECRETS):
        yield each


def only(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("own", [kind], indirect=True)


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
