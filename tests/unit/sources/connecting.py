"""Connections of sources to servers of this test, over sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.models.source import Source
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.http_httpx import HttpxHttp
from shared.sources import Connection, Fetcher, Known, Listing
from shared.tenants import plugins

LIMIT = 100_000


@cache
def service_account() -> str:
    """Returns the key of a service account that is nobody's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps({"client_email": "reader@test.example", "private_key": pem})


def fetcher(
    kind: str, settings: Mapping[str, str | int], secret: str = "", folder: Path = Path(".")
) -> Fetcher:
    async def read(_: str) -> str:
        return secret

    source = Source(tenant="hotel", source="one", kind=kind, settings=dict(settings))
    now = datetime(2026, 11, 20, tzinfo=UTC)
    blobs = ObjectStoreBlobs(f"folder:{folder}")
    return plugins.source(kind, Connection(source, read, HttpxHttp(), blobs, lambda: now, LIMIT))


async def texts(listing: Listing) -> dict[str, str]:
    """Returns the content of all items by name."""
    assert listing.items is not None
    return {item.name: (await item.load()).data.decode() for item in listing.items}


def known(listing: Listing) -> Known:
    """Returns the marks and the cursor after a listing."""
    return Known({item.id: item.mark for item in listing.items or ()}, listing.cursor)
