"""Pairing a phone: from an operator's request to the page in a browser, before gateways of our own."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from functions_framework.aio import create_asgi_app
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount

from scripts.local.vendors.session import code
from scripts.yaml_file import ROOT
from shared.models.tenant import Channel, Tenant
from shared.platform import logs
from shared.platform.settings import Settings
from shared.tenants import plugins
from shared.tenants.directory import Directory
from shared.upkeep.administration import LINK_LASTS
from shared.upkeep.links import Grant
from shared.wiring.ports import Ports, connect
from tests.e2e.phone import chromium  # noqa: F401
from tests.fakes.served import served
from tests.fakes.vendor import Vendor
from tests.parts import install
from tests.world import ManualClock

#: How long a browser may take until it shows what is the case: the page asks every three seconds.
SHOWN_MS = 10_000


@dataclass
class Deployment:
    """The two functions on one origin, before two tenants' gateways; time is a test's to move."""

    origin: str
    ports: Ports
    clock: ManualClock
    gateways: dict[str, Vendor]
    lines: list[dict[str, Any]]
    http: httpx.AsyncClient

    async def invited(self, tenant: str = "hotel", channel: str = "waha") -> str:
        """The token of a link that an operator asked for."""
        answer = await self.http.post(f"/gateways/{tenant}/{channel}/pair")
        assert answer.status_code == 200, answer.text
        page, _, token = answer.json()["link"].partition("#")
        assert page == f"{self.origin}/pairing/"
        return str(token)

    async def state(self, token: str) -> httpx.Response:
        return await self.http.get("/pairing/state", headers={"Authorization": f"Bearer {token}"})

    async def again(self, token: str) -> httpx.Response:
        return await self.http.post("/pairing/restart", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
async def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    functions = Starlette(
        routes=[
            Mount(f"/{name}", create_asgi_app(name, str(ROOT / "functions" / name / "main.py")))  # type: ignore[no-untyped-call]
            for name in ("gateways", "pairing")
        ]
    )
    gateways = {name: Vendor("waha") for name in ("hotel", "diocese")}
    async with (
        served(gateways["hotel"].app) as hotel,
        served(gateways["diocese"].app) as diocese,
        served(functions) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as http,
    ):
        for name, value in _secrets().items():
            monkeypatch.setenv(name, value)
        clock, lines = ManualClock(), list[dict[str, Any]]()
        settings = Settings(f"sqlite:{tmp_path / 'store.db'}", f"sqlite:{tmp_path / 'bus.db'}", "environment")
        ports = replace(connect(settings), clock=clock)
        install(monkeypatch, ports, Directory(ports.store, ports.secrets, ports.http, clock, plugins, origin))
        logs.configure("info", lambda line: lines.append(dict(line)))
        for tenant, url in ("hotel", hotel), ("diocese", diocese):
            await _tenant(ports, tenant, url)
        yield Deployment(origin, ports, clock, gateways, lines, http)
        await ports.http.close()  # type: ignore[attr-defined]
    logs.configure("info", lambda _: None)


def _secrets() -> dict[str, str]:
    secrets = {"API_KEY": "api-secret", "HMAC_KEY": "hmac-secret"}
    keys = {f"SECRET_{tenant}_LINK_KEY": f"{tenant}-link-secret" for tenant in ("HOTEL", "DIOCESE")}
    return {f"SECRET_{name}": value for name, value in secrets.items()} | keys


async def _tenant(ports: Ports, tenant: str, url: str) -> None:
    named = {"hotel": "Hôtel Kër Ndox", "diocese": "Catéchèse de Dakar"}
    await ports.store.put(Tenant(tenant=tenant, name=named[tenant], languages=["fr"]))
    secrets = {"api_key": "api-key", "hmac_key": "hmac-key", "link_key": f"{tenant}-link-key"}
    settings: dict[str, Any] = {"base_url": url, "session": "default"}
    waha = Channel(tenant=tenant, channel="waha", kind="waha", settings=settings, secrets=secrets)
    await ports.store.put(waha)
    await ports.store.put(waha.model_copy(update={"channel": "second"}))
    await ports.store.put(Channel(tenant=tenant, channel="webchat", kind="webchat"))


# The operator's function.


async def test_an_operator_registers_and_sees_it(deployment: Deployment) -> None:
    before = await deployment.http.get("/gateways/hotel/waha")
    assert before.json() == {"status": "MISSING", "working": False, "registered": False}
    done = await deployment.http.post("/gateways/hotel/waha/register")
    assert done.json() == {"registered": True, "by_hand": {}}
    deployment.gateways["hotel"].session.pair()
    after = await deployment.http.get("/gateways/hotel/waha")
    assert after.json() == {"status": "WORKING", "working": True, "registered": True}
    assert deployment.gateways["hotel"].session.address == f"{deployment.origin}/webhook/hotel/waha"
    assert deployment.gateways["diocese"].calls == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/gateways/hotel/nothing", 404),
        ("GET", "/gateways/nobody/waha", 404),
        ("GET", "/gateways/hotel/webchat", 404),
        ("GET", "/gateways/hotel", 404),
        ("GET", "/gateways/../../etc", 404),
        ("GET", "/gateways/./waha", 404),
        ("POST", "/gateways/hotel/waha/explode", 405),
        ("DELETE", "/gateways/hotel/waha", 405),
        ("GET", "/gateways/hotel/waha/pair", 405),
    ],
)
async def test_what_there_is_not_is_refused(
    deployment: Deployment, method: str, path: str, status: int
) -> None:
    assert (await deployment.http.request(method, path)).status_code == status


async def test_a_gateway_s_refusal_is_told_and_its_illness_comes_back(deployment: Deployment) -> None:
    gateway = deployment.gateways["hotel"]
    for answered, status in (401, 424), (500, 503):
        gateway.fault = JSONResponse({"message": "api-secret"}, answered)
        answer = await deployment.http.post("/gateways/hotel/waha/restart")
        assert answer.status_code == status
        assert "api-secret" not in answer.text


# The link.


async def test_a_link_shows_the_code_until_the_phone_is_paired(deployment: Deployment) -> None:
    await deployment.http.post("/gateways/hotel/waha/register")
    token = await deployment.invited()
    shown = (await deployment.state(token)).json()
    assert shown == {
        "name": "Hôtel Kër Ndox",
        "channel": "waha",
        "left_s": LINK_LASTS.total_seconds(),
        "step": "scan",
        "qr": code(deployment.gateways["hotel"].session.codes),
    }
    deployment.gateways["hotel"].session.pair()
    paired = (await deployment.state(token)).json()
    assert (paired["step"], paired["qr"]) == ("paired", "")


async def test_a_link_ends(deployment: Deployment) -> None:
    token = await deployment.invited()
    deployment.clock.pass_(LINK_LASTS.total_seconds() - 1)
    assert (await deployment.state(token)).status_code == 200
    deployment.clock.pass_(1)
    asked = len(deployment.gateways["hotel"].calls)
    for answer in await deployment.state(token), await deployment.again(token):
        assert answer.status_code == 401
    assert len(deployment.gateways["hotel"].calls) == asked


async def test_a_forged_link_reaches_no_gateway_and_tells_nothing(deployment: Deployment) -> None:
    token = await deployment.invited()
    until = deployment.clock.now().replace(microsecond=0) + timedelta(days=1)
    forged = [
        "x" * 5000,
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.replace("hotel", "diocese", 1),
        token.replace("waha", "second", 1),
        token.replace("waha", "webchat", 1),
        Grant("hotel", "waha", "pair", until).token("guessed"),
        Grant("hotel", "waha", "pair", until).token("diocese-link-secret"),
        Grant("nobody", "waha", "pair", until).token("guessed"),
    ]
    for gateway in deployment.gateways.values():
        gateway.calls.clear()
    answers = [await deployment.state(each) for each in forged]
    answers += [await deployment.again(each) for each in forged]
    answers.append(await deployment.http.get("/pairing/state"))
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert [gateway.calls for gateway in deployment.gateways.values()] == [[], []]


async def test_a_tenant_s_link_shows_that_tenant_s_gateway(deployment: Deployment) -> None:
    for tenant in "hotel", "diocese":
        await deployment.http.post(f"/gateways/{tenant}/waha/register")
    tokens = {tenant: await deployment.invited(tenant) for tenant in ("hotel", "diocese")}
    deployment.gateways["hotel"].session.pair()
    shown = {tenant: (await deployment.state(token)).json() for tenant, token in tokens.items()}
    assert {tenant: each["step"] for tenant, each in shown.items()} == {"hotel": "paired", "diocese": "scan"}
    assert shown["diocese"]["name"] == "Catéchèse de Dakar"


async def test_a_link_begins_anew_only_what_has_stopped(deployment: Deployment) -> None:
    gateway = deployment.gateways["hotel"]
    gateway.session.state = "FAILED"
    token = await deployment.invited()
    assert (await deployment.again(token)).status_code == 204
    assert (await deployment.state(token)).json()["step"] == "scan"
    for state in "SCAN_QR_CODE", "WORKING", "STARTING":
        gateway.session.state = state
        assert (await deployment.again(token)).status_code == 409
        assert gateway.session.state == state
    assert [call.path for call in gateway.calls].count("/api/sessions/default/restart") == 1


async def test_nothing_of_a_link_gets_into_a_log_or_a_cache(deployment: Deployment) -> None:
    token = await deployment.invited()
    answer = await deployment.state(token)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    said = repr(deployment.lines)
    assert "pairing_link_issued" in said
    signature = token.rpartition(".")[2]
    assert signature not in said
    assert token not in said


async def test_the_page_is_the_same_for_everybody(deployment: Deployment) -> None:
    answer = await deployment.http.get("/pairing/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert (await deployment.http.get("/pairing/../main.py")).status_code == 404
    assert (await deployment.http.get("/pairing/__init__.py")).status_code == 404
    assert (await deployment.http.post("/pairing/")).status_code == 404


# The page.


@dataclass
class Seen:
    """The page as the administrator sees it."""

    page: Page
    complaints: list[str]

    async def says(self, pattern: str) -> None:
        await expect(self.page.locator("#status")).to_have_text(re.compile(pattern), timeout=SHOWN_MS)

    async def code(self) -> str:
        source = await self.page.locator("#qr").get_attribute("src", timeout=SHOWN_MS)
        return (source or "").removeprefix("data:image/png;base64,")

    async def later(self) -> None:
        """The page's clock goes on to when it asks again."""
        await self.page.clock.fast_forward(3_100)

    async def shot(self, name: str) -> None:
        if folder := os.environ.get("SHOTS"):
            await self.page.screenshot(path=f"{folder}/pairing-{name}.png")


Open = Callable[[str], Awaitable[Seen]]


@pytest.fixture
async def opened(
    deployment: Deployment,
    chromium: Browser,  # noqa: F811
    request: pytest.FixtureRequest,
) -> AsyncIterator[Open]:
    """Opens the page with a token. Fails the test where the browser's console complained of anything but
    an answer that the test is about."""
    options = {"locale": "en-GB", "viewport": {"width": 900, "height": 760}} | getattr(request, "param", {})
    context = await chromium.new_context(**options)
    complaints: list[str] = []

    async def open_(token: str) -> Seen:
        page = await context.new_page()
        await page.clock.install()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{deployment.origin}/pairing/#{token}")
        return Seen(page, complaints)

    yield open_
    await context.close()
    assert [each for each in complaints if not each.startswith("Failed to load resource")] == []


@pytest.mark.browser
async def test_an_administrator_pairs_a_phone(deployment: Deployment, opened: Open) -> None:
    await deployment.http.post("/gateways/hotel/waha/register")
    seen = await opened(await deployment.invited())
    await seen.says("Scan this code")
    await expect(seen.page.get_by_role("heading")).to_have_text("Hôtel Kër Ndox")
    await expect(seen.page.get_by_role("img", name="The code to scan")).to_be_visible()
    await expect(seen.page.get_by_role("listitem")).to_have_count(3)
    assert (
        await seen.page.locator("#qr").evaluate("image => image.decode().then(() => image.naturalWidth)")
        == 33
    )
    await seen.shot("scan")
    first = await seen.code()
    await seen.later()
    await expect(seen.page.locator("#qr")).not_to_have_attribute(
        "src", f"data:image/png;base64,{first}", timeout=SHOWN_MS
    )
    deployment.gateways["hotel"].session.pair()
    await seen.later()
    await seen.says("Paired")
    await expect(seen.page.locator("#done")).to_be_visible()
    await expect(seen.page.locator("#qr")).to_be_hidden()
    assert await seen.page.locator("#qr").get_attribute("src") is None
    await seen.shot("paired")
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url))
    await seen.later()
    await seen.page.evaluate("1")  # what the page asks for was announced before this answer
    assert asked == [], "a page that is done asks no more"


@pytest.mark.browser
@pytest.mark.parametrize(
    "opened",
    [{"locale": "fr-SN", "viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}],
    indirect=True,
)
async def test_a_code_that_ran_out_is_asked_for_again_in_french(deployment: Deployment, opened: Open) -> None:
    deployment.gateways["hotel"].session.state = "FAILED"
    seen = await opened(await deployment.invited())
    await seen.says("pas de code")
    await seen.shot("stopped-fr-dark")
    await seen.page.get_by_role("button", name="Afficher un nouveau code").click()
    await seen.says("Le code arrive")
    await seen.later()
    await seen.says("Scannez ce code")
    await expect(seen.page.locator("html")).to_have_attribute("lang", "fr")
    await seen.shot("scan-fr-dark")


@pytest.mark.browser
async def test_a_link_that_ends_takes_its_code_along(deployment: Deployment, opened: Open) -> None:
    await deployment.http.post("/gateways/hotel/waha/register")
    seen = await opened(await deployment.invited())
    await seen.says("Scan this code")
    deployment.clock.pass_(LINK_LASTS.total_seconds())
    await seen.later()
    await seen.says("not valid")
    await expect(seen.page.locator("#qr")).to_be_hidden()
    assert await seen.page.locator("#qr").get_attribute("src") is None
    await seen.shot("over")


@pytest.mark.browser
@pytest.mark.parametrize("token", ["", "hotel.waha.pair.99999999999.forged", "<img src=x onerror=alert(1)>"])
async def test_a_forged_link_shows_nothing(deployment: Deployment, opened: Open, token: str) -> None:
    seen = await opened(token)
    await seen.says("not valid")
    await expect(seen.page.get_by_role("heading")).to_have_text("Pair WhatsApp")
    assert deployment.gateways["hotel"].calls == []


@pytest.mark.browser
async def test_an_ill_gateway_is_tried_again(deployment: Deployment, opened: Open) -> None:
    gateway = deployment.gateways["hotel"]
    await deployment.http.post("/gateways/hotel/waha/register")
    token = await deployment.invited()
    gateway.fault = JSONResponse({}, 503)
    seen = await opened(token)
    await seen.says("Trying again")
    gateway.fault = None
    await seen.later()
    await seen.says("Scan this code")


@pytest.mark.browser
async def test_no_address_that_the_browser_asked_for_holds_the_token(
    deployment: Deployment, opened: Open
) -> None:
    await deployment.http.post("/gateways/hotel/waha/register")
    token = await deployment.invited()
    seen = await opened("")
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url + repr(request.headers.get("referer"))))
    await seen.page.goto(f"{deployment.origin}/pairing/#{token}")
    await seen.says("Scan this code")
    assert asked
    assert not [each for each in asked if token in each.partition("#")[0]]
