"""Contract of every gateway, over sockets and in the vendors' formats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from scripts.local.vendors.cloud_api.session import MetaNumber
from scripts.local.vendors.green_api.session import GreenInstance
from scripts.local.vendors.session import Session, code
from scripts.local.vendors.telegram.session import TelegramBot
from scripts.local.vendors.waha.session import WahaSession
from shared import channels
from shared.channels import GatewayRefused, Pairing, Unsupported
from shared.errors import ConfigurationError, Rejected, Retry
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins
from tests.contract.gateways.bench import SECRETS, Bench, benched, opened
from tests.fakes.connection import connection
from tests.fakes.vendor import SETTINGS


@pytest.fixture(params=SETTINGS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async for each in benched(request.param, SECRETS):
        yield each


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
