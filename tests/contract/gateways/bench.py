"""A gateway of ours before a simulated vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from shared.channels import Gateway
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins
from tests.fakes.connection import connection
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
