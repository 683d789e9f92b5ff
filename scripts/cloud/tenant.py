"""`make tenant FILE=… PROJECT=… ENV=…`: writes a tenant to a deployment, and registers its gateways.

The whole file is checked before the first write, and the address that gateways are told must answer. Running
it again is safe: documents are replaced, a channel keeps its health, and gateways are registered again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from scripts import deployment, tenant_file, yaml_file
from scripts.cloud import address, demo, variables
from scripts.deployment import Deployment
from scripts.local import seed
from shared.channels import Connection
from shared.errors import ConfigurationError, Rejected, Retry
from shared.models.tenant import Channel
from shared.platform.blobs import Blobs
from shared.platform.clock import SystemClock
from shared.platform.http import Http
from shared.platform.secrets import Secrets
from shared.platform.store import Store
from shared.tenants import plugins
from shared.tenants.documents import TenantDocuments
from shared.wiring.ports import knowledge_embedder


def load(path: Path) -> TenantDocuments:
    """Returns the checked file. Raises ConfigurationError if it is wrong or names this machine's address."""
    file = tenant_file.load(path)
    connections = [(f"channels.{each.channel}", each.settings.items()) for each in file.channels]
    connections += [
        (f"notifiers.{name}", each.settings.items()) for name, each in file.tenant.notifiers.items()
    ]
    if not path.resolve().is_relative_to(tenant_file.DEMO):
        connections += [
            (f"records.{name}", each.settings.items()) for name, each in file.tenant.records.items()
        ]
    for place, settings in connections:
        for name, value in settings:
            if "localhost" in str(value):
                problem = "is this machine (expected a public address)"
                raise yaml_file.problem(path, f"{place}.settings.{name}", problem)
    return file


def refuse_demo(path: Path, target: Deployment) -> None:
    """Raises ConfigurationError if the file is a demo tenant's and the deployment has none (cloud/demo)."""
    wanted = demo.asked_for(target)
    if path.resolve().is_relative_to(tenant_file.DEMO):
        if target.environment == demo.PRODUCTION:
            raise ConfigurationError(f"FILE={path}: demo tenants are not deployed to prod")
        if not wanted:
            raise ConfigurationError(
                f"FILE={path}: is a demo tenant (expected DEMO=1 for it, as for make deploy)"
            )


async def write(
    file: TenantDocuments,
    store: Store,
    secrets: Secrets,
    http: Http,
    webhook: str,
    embeddings: str = "local",
    blobs: Blobs | None = None,
) -> list[str]:
    """Writes the documents, then registers the gateways, so that their first event finds its tenant. Returns
    a line for each channel. Raises ConfigurationError if a gateway refuses; the documents stay written."""
    await seed.write(store, [file], knowledge_embedder(embeddings), blobs)
    return [await _announce(channel, secrets, http, webhook) for channel in file.channels]


async def _announce(channel: Channel, secrets: Secrets, http: Http, webhook: str) -> str:
    place = f"{channel.tenant}/{channel.channel}"
    told = f"{webhook}/{place}"

    async def secret(name: str) -> str:
        if name not in channel.secrets:
            raise ConfigurationError(f"{place}: secrets.{name} is missing")
        return await secrets.get(channel.secrets[name])

    gateway = plugins.gateway(channel.kind, Connection(channel, secret, http, SystemClock().now), told)
    if gateway is None:
        return f"{place}: {told} (no gateway to tell)"
    try:
        left = await gateway.register()
    except Rejected as rejected:
        raise ConfigurationError(f"{place}: {rejected.detail}") from None
    except Retry as retry:
        raise ConfigurationError(f"{place}: {retry.reason}: try again") from None
    # Only the names, since values can be secrets: `make gateway` shows them when they have to be entered.
    return f"{place}: {told}" + (f" (by hand: {', '.join(left)})" if left else "")


async def _deploy(file: TenantDocuments, target: Deployment) -> list[str]:
    from shared.platform.blobs.object_store import ObjectStoreBlobs
    from shared.platform.http_httpx import HttpxHttp
    from shared.platform.secrets.secret_manager import SecretManagerSecrets
    from shared.platform.store.firestore import FirestoreStore

    settings = variables.settings(target)
    os.environ.update(settings)
    webhook = f"{settings['CONCIERGE_ORIGIN']}/webhook"
    await address.check(HttpxHttp(), webhook)
    store = FirestoreStore(target.project)
    try:
        secrets = SecretManagerSecrets(target.project, SystemClock())
        embeddings = settings["CONCIERGE_EMBEDDINGS"]
        blobs = ObjectStoreBlobs(settings["CONCIERGE_BLOBS"])
        return await write(file, store, secrets, HttpxHttp(), webhook, embeddings, blobs)
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="make tenant", description="Writes a tenant to a deployment, and registers its gateways."
    )
    parser.add_argument("file", type=Path)
    path = parser.parse_args().file
    try:
        target = deployment.required()
        refuse_demo(path, target)
        file = load(path)
        gaps = tenant_file.gaps(file, SystemClock().now())
        with deployment.access():
            told = asyncio.run(_deploy(file, target))
        for line in [*gaps, *told]:
            print(line)
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
