"""Gemini on Vertex AI: the address of each location, and a location that does not serve the model."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from scripts.local.vendors.models.gemini import failure
from shared.answers import Asked
from shared.answers.assistant import Assistant
from shared.answers.assistant.tools import Registry
from shared.answers.grounding import Grounding
from shared.answers.reading_files import FileReading
from shared.errors import ConfigurationError, Retry
from shared.knowledge.passage import Passage
from shared.llm import ModelFailed, Reachable, gemini
from shared.models.answers import Answers
from shared.platform import google_ai, logs
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.routing import Router
from shared.tenants import plugins
from tests.contract.models.questions import POOL, TENANT, connection
from tests.fakes.asked import asked
from tests.fakes.served import served
from tests.infra.alerting import At, fired
from tests.world import World

UNSERVED = {
    "not found": failure(404, "NOT_FOUND"),
    "a page": PlainTextResponse("<html>Not found", 404),
    "an unknown host": failure(400, "INVALID_ARGUMENT"),
}


@pytest.fixture
async def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[None]:
    """A project on Vertex AI, with the identity of a service account and no API key."""

    async def token(_: Request) -> Response:
        return JSONResponse({"access_token": "not-a-real-token", "expires_in": 3600, "token_type": "Bearer"})

    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "some-project")
    monkeypatch.setattr(google_ai, "_clients", OrderedDict())
    async with served(Starlette(routes=[Route("/token", token, methods=["POST"])])) as issuer:
        identity = tmp_path / "identity.json"
        identity.write_text(json.dumps(_account(f"{issuer}/token")))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(identity))
        yield


def _account(token_uri: str) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "client_email": "fn-reply@some-project.iam.gserviceaccount.com",
        "private_key": pem,
        "token_uri": token_uri,
    }


@asynccontextmanager
async def proxy() -> AsyncIterator[tuple[str, list[str]]]:
    """Yields the address of a proxy that refuses every connection, and the hosts that it was asked for."""
    hosts: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            hosts.append((await reader.readline()).decode().split()[1])
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", hosts


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("eu", "aiplatform.eu.rep.googleapis.com:443"),
        ("us", "aiplatform.us.rep.googleapis.com:443"),
        ("global", "aiplatform.googleapis.com:443"),
        ("europe-west1", "europe-west1-aiplatform.googleapis.com:443"),
    ],
)
async def test_each_location_has_its_address(
    project: None, monkeypatch: pytest.MonkeyPatch, location: str, host: str
) -> None:
    """https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations"""
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", location)
    async with proxy() as (address, hosts):
        monkeypatch.setenv("HTTPS_PROXY", address)
        model = gemini.create(connection(None))
        assert isinstance(model, Reachable)
        with pytest.raises(Retry):
            await model.reach()
    assert set(hosts) == {host}


@pytest.mark.parametrize("answer", UNSERVED.values(), ids=UNSERVED.keys())
async def test_a_location_without_the_model_is_a_wrong_setting(
    project: None, monkeypatch: pytest.MonkeyPatch, answer: Response
) -> None:
    async with unserved(monkeypatch, answer):
        model = gemini.create(connection(None))
        assert isinstance(model, Reachable)
        with pytest.raises(ModelFailed) as raised:
            await model.reach()
    assert isinstance(raised.value.__cause__, ConfigurationError)
    assert "location" in str(raised.value.__cause__)


@pytest.mark.parametrize("answer", UNSERVED.values(), ids=UNSERVED.keys())
async def test_a_location_without_the_model_alerts_with_the_first_question(
    project: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: Response
) -> None:
    lines: list[dict[str, Any]] = []
    logs.configure("info", lambda line: lines.append(logs.to_cloud(dict(line))))
    tenant = TENANT.model_copy(update={"answers": Answers(provider="gemini")})
    files = FileReading(ObjectStoreBlobs(""))
    assistant = Assistant(_Known(), _router(tmp_path), files, lambda _: Registry())
    async with unserved(monkeypatch, answer):
        logs.bind(tenant=tenant.tenant)
        assert await assistant.answer(asked(tenant, "la piscine ?", "fr")) is None
    refused = [At(3, line) for line in lines if line["message"] in ("key_refused", "provider_failed")]
    assert fired("provider-refuses", refused).keys() == {("gemini", tenant.tenant)}


def _router(folder: Path) -> Router:
    """Returns a router whose models are the real ones."""
    world = World(folder)
    return Router(world.store, world.clock, world.ids, world.directory(plugins))


@asynccontextmanager
async def unserved(monkeypatch: pytest.MonkeyPatch, answer: Response) -> AsyncIterator[None]:
    async def refuse(_: Request) -> Response:
        return answer

    app = Starlette(routes=[Route("/{path:path}", refuse, methods=["POST"])])
    async with served(app) as address:
        monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", address)
        yield


class _Known(Grounding):
    """Finds the same passage for every question."""

    def __init__(self) -> None:
        pass

    async def passages(self, asked: Asked) -> list[Passage]:
        return [POOL]
