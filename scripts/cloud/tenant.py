"""`make tenant FILE=… PROJECT=… [REGION=…]`: writes a tenant to a deployment, and registers its gateways.

The whole file is checked before the first write. Running it again is safe: documents are replaced, a channel
keeps its health, and gateways are registered again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from scripts import tenant_file, yaml_file
from scripts.cloud import gcloud
from scripts.local import seed
from shared.channels import Connection
from shared.errors import ConfigurationError, Rejected, Retry
from shared.models.tenant import Channel
from shared.platform.clock import SystemClock
from shared.platform.http import Http
from shared.platform.secrets import Secrets
from shared.platform.store import Store
from shared.tenants import plugins
from shared.tenants.documents import TenantDocuments
from shared.tenants.rules import gaps
from shared.wiring.ports import knowledge_embedder


def load(path: Path) -> TenantDocuments:
    """Returns the checked file. Raises ConfigurationError if it is wrong or names this machine's address."""
    file = tenant_file.load(path)
    connections = [(f"channels.{each.channel}", each.settings.items()) for each in file.channels]
    connections += [
        (f"notifiers.{name}", each.settings.items()) for name, each in file.tenant.notifiers.items()
    ]
    for place, settings in connections:
        for name, value in settings:
            if "localhost" in str(value):
                problem = "is this machine (expected a public address)"
                raise yaml_file.problem(path, f"{place}.settings.{name}", problem)
    return file


async def write(file: TenantDocuments, store: Store, secrets: Secrets, http: Http, webhook: str) -> list[str]:
    """Writes the documents, then registers the gateways, so that their first event finds its tenant. Returns
    a line for each channel. Raises ConfigurationError if a gateway refuses; the documents stay written."""
    embedder = knowledge_embedder(os.environ.get("CONCIERGE_EMBEDDINGS", "local"))
    await seed.write(store, [file], embedder)
    return [await _announce(channel, secrets, http, webhook) for channel in file.channels]


async def _announce(channel: Channel, secrets: Secrets, http: Http, webhook: str) -> str:
    place = f"{channel.tenant}/{channel.channel}"
    address = f"{webhook}/{place}"

    async def secret(name: str) -> str:
        if name not in channel.secrets:
            raise ConfigurationError(f"{place}: secrets.{name} is missing")
        return await secrets.get(channel.secrets[name])

    gateway = plugins.gateway(channel.kind, Connection(channel, secret, http, SystemClock().now), address)
    if gateway is None:
        return f"{place}: {address} (no gateway to tell)"
    try:
        left = await gateway.register()
    except Rejected as rejected:
        raise ConfigurationError(f"{place}: {rejected.detail}") from None
    except Retry as retry:
        raise ConfigurationError(f"{place}: {retry.reason}: try again") from None
    # Only the names, since values can be secrets: `make gateway` shows them when they have to be entered.
    return f"{place}: {address}" + (f" (by hand: {', '.join(left)})" if left else "")


async def _deploy(file: TenantDocuments, project: str, region: str) -> list[str]:
    from shared.platform.http_httpx import HttpxHttp
    from shared.platform.secrets.secret_manager import SecretManagerSecrets
    from shared.platform.store.firestore import FirestoreStore

    store = FirestoreStore(project)
    try:
        secrets = SecretManagerSecrets(project, SystemClock())
        return await write(file, store, secrets, HttpxHttp(), f"{gcloud.origin(project, region)}/webhook")
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Writes a tenant to a deployment, and registers its gateways."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("project", type=gcloud.project)
    parser.add_argument("region", type=gcloud.region)
    arguments = parser.parse_args()
    try:
        file = load(arguments.file)
        told = asyncio.run(_deploy(file, arguments.project, arguments.region))
        for line in [*gaps(file.tenant, SystemClock().now()), *told]:
            print(line)
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
