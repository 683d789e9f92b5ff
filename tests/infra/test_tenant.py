"""`make tenant`: writes documents to the store, and tells gateways our address."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts import tenant_file
from scripts.cloud import address, tenant
from scripts.deployment import Deployment
from shared.errors import ConfigurationError
from shared.models.tenant import Channel, Tenant
from shared.platform.http_httpx import HttpxHttp
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.platform.store.sqlite import SqliteStore
from shared.tenants import plugins
from shared.tenants.documents import TenantDocuments
from tests.fakes.served import served

WEBHOOK = "https://europe-southwest1-some-project.cloudfunctions.net/webhook"
SECRETS = {"SECRET_INN_KEY": "the-key", "SECRET_INN_SIGN": "the-sign"}
CHANNELS: dict[str, dict[str, Any]] = {
    "telegram": {"settings": {}, "secrets": {"api_key": "inn-key", "secret_token": "inn-sign"}},
    "webchat": {
        "settings": {"allowed_origins": ["https://inn.example"]},
        "secrets": {"signing_key": "inn-sign"},
    },
}


@dataclass
class Gateway:
    """Accepts every call and keeps it as `(method, path, headers, body)`."""

    status: int = 200
    calls: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        kept = json.loads(body) if body else None
        self.calls.append((request.method, request.url.path, dict(request.headers), kept))
        return JSONResponse({"ok": True, "result": True}, self.status)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest_asyncio.fixture(loop_scope="session")
async def vendor(gateway: Gateway) -> AsyncIterator[str]:
    app = Starlette(routes=[Route("/{path:path}", gateway.take, methods=["GET", "POST"])])
    async with served(app) as origin:
        yield origin


def inn(kind: str, vendor: str) -> TenantDocuments:
    entry = CHANNELS[kind]
    settings = entry["settings"] | ({} if kind == "webchat" else {"base_url": vendor})
    channel = Channel(tenant="inn", channel=kind, kind=kind, settings=settings, secrets=entry["secrets"])
    return TenantDocuments(Tenant(tenant="inn", name="The inn", languages=["fr"]), [channel], [])


async def write(file: TenantDocuments, store: SqliteStore) -> list[str]:
    return await tenant.write(file, store, EnvironmentSecrets(None, SECRETS), HttpxHttp(), WEBHOOK)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "store.db")


async def test_documents_are_written(store: SqliteStore, vendor: str) -> None:
    await write(inn("webchat", vendor), store)
    assert await store.get(Tenant, tenant="inn")
    assert await store.get(Channel, tenant="inn", channel="webchat")


async def test_a_gateway_is_told_our_address(gateway: Gateway, vendor: str, store: SqliteStore) -> None:
    """The contract suite of gateways covers the format of each gateway."""
    assert await write(inn("telegram", vendor), store) == [f"inn/telegram: {WEBHOOK}/inn/telegram"]
    told = next(body for _, path, _, body in gateway.calls if path == "/botthe-key/setWebhook")
    assert (told["url"], told["secret_token"]) == (f"{WEBHOOK}/inn/telegram", "the-sign")


async def test_a_web_page_has_no_gateway(gateway: Gateway, vendor: str, store: SqliteStore) -> None:
    lines = await write(inn("webchat", vendor), store)
    assert lines == [f"inn/webchat: {WEBHOOK}/inn/webchat (no gateway to tell)"]
    assert gateway.calls == []


async def test_a_gateway_that_does_not_agree_is_named_without_a_secret(
    gateway: Gateway, vendor: str, store: SqliteStore
) -> None:
    gateway.status = 401
    with pytest.raises(ConfigurationError, match=r"^inn/telegram: the gateway answered 401") as refusal:
        await write(inn("telegram", vendor), store)
    assert not {"the-key", "the-sign"} & set(str(refusal.value).split())


async def test_a_gateway_that_is_not_there_is_named(store: SqliteStore) -> None:
    with pytest.raises(ConfigurationError, match=r"^inn/telegram: gateway_unreachable"):
        await write(inn("telegram", "http://127.0.0.1:9"), store)


def test_a_file_for_a_laptop_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"hotel\.yaml:[0-9]+: channels\.\w+\.settings\.base_url: is this machine"
    ):
        tenant.load(tenant_file.DEMO / "hotel.yaml")


def test_a_mail_server_on_this_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = plugins.names
    monkeypatch.setattr(plugins, "names", lambda family: {*names(family), "email"})
    file = tmp_path / "inn.yaml"
    mail = "notifiers: {mail: {kind: email, settings: {host: localhost, port: 2525}}}"
    file.write_text(f"id: inn\nname: Inn\nlanguages: [en]\n{mail}\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"notifiers\.mail\.settings\.host: is this machine"):
        tenant.load(file)


@pytest.mark.parametrize(
    ("environment", "demo", "said"),
    [
        ("prod", "", "demo tenants are not deployed to prod"),
        ("prod", "1", "demo tenants are not deployed to prod"),
        ("dev", "", "expected DEMO=1"),
        ("dev", "yes", "expected DEMO=1"),
    ],
)
def test_a_demo_tenant_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: str, demo: str, said: str
) -> None:
    monkeypatch.setenv("DEMO", demo)
    target = Deployment("some-project", "europe-southwest1", environment)
    for path in (tenant_file.DEMO / "hotel.yaml", Path("infra/tenants/../tenants/demo/hotel.yaml")):
        with pytest.raises(ConfigurationError, match=said):
            tenant.refuse_demo(path, target)


def test_a_demo_tenant_is_taken_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    dev, prod = (Deployment("some-project", "europe-southwest1", name) for name in ("dev", "prod"))
    tenant.refuse_demo(tenant_file.FOLDER / "inn.yaml", prod)
    monkeypatch.setenv("DEMO", "1")
    tenant.refuse_demo(tenant_file.DEMO / "hotel.yaml", dev)


class Webhook:
    """Answers as our webhook does to a path without a tenant, or as another server."""

    status = 404
    body = '{"error": "no such address (expected /TENANT/CHANNEL)"}'

    async def take(self, request: Request) -> Response:
        return Response(self.body, self.status)


async def test_gateways_are_told_an_address_that_answers() -> None:
    webhook = Webhook()
    async with served(Starlette(routes=[Route("/webhook/", webhook.take)])) as origin:
        await address.check(HttpxHttp(), f"{origin}/webhook")
        for webhook.status, webhook.body in ((404, "<html>Not Found</html>"), (403, ""), (500, "{}")):
            with pytest.raises(
                ConfigurationError, match=f"status {webhook.status}, not our webhook's answer"
            ):
                await address.check(HttpxHttp(), f"{origin}/webhook")


async def test_a_dead_address_is_told_to_no_gateway() -> None:
    with pytest.raises(ConfigurationError, match=r"unreachable.*expected the REGION of the deployment"):
        await address.check(HttpxHttp(), "http://127.0.0.1:9/webhook")
