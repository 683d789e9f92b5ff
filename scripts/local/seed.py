"""The demo tenants of the local run: documents in the store, secrets in the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts import manifest, tenant_file
from shared.embeddings.attempts import Attempts
from shared.knowledge.vectors import embed
from shared.models.document import Document
from shared.models.tenant import Channel, KnowledgeEntry
from shared.models.trigger import Trigger
from shared.platform.store import Store, Transaction
from shared.tenants.documents import TenantDocuments

#: Every key, password and token in the local run. The API key of a gateway is its own name, so that the
#: simulated gateways can tell the tenants apart.
LOCAL_SECRET = "local-secret"  # noqa: S105
API_KEY = "api_key"
#: The family of secrets that the local run does not make up: a real provider would refuse them.
_PROVIDERS = "llm"
#: Maximum number of a tenant's triggers that are read, those that are no longer declared included.
_TRIGGERS = 1_000


def load(
    origin: str, folder: Path = tenant_file.DEMO, *, mail_port: int | None = None
) -> list[TenantDocuments]:
    """Returns the demo tenants, with their gateways on `origin`, and their mail server on `mail_port` of this
    machine if given. Raises ConfigurationError for the first wrong file."""
    files = [tenant_file.load(path) for path in sorted(folder.glob("*.yaml"))]
    for file in files:
        for channel in file.channels:
            if "base_url" in channel.settings:
                channel.settings["base_url"] = f"{origin}/_sim/{channel.kind}"
        for notifier in file.tenant.notifiers.values():
            if mail_port is not None and notifier.kind == "email":
                notifier.settings |= {"host": "127.0.0.1", "port": mail_port}
    return files


def secrets(files: Sequence[TenantDocuments], given: Mapping[str, str]) -> dict[str, str]:
    """Returns environment variables for all tenants' secrets and our own, without the names in `given`."""
    variables = {variable(name): LOCAL_SECRET for name in manifest.load().own_secrets}
    for secret in (secret for file in files for secret in tenant_file.secrets(file)):
        if secret.family != _PROVIDERS:
            variables[variable(secret.name)] = secret.name if secret.role == API_KEY else LOCAL_SECRET
    return {name: value for name, value in variables.items() if name not in given}


def variable(secret: str) -> str:
    """Returns the environment variable of a secret."""
    return "SECRET_" + secret.upper().replace("-", "_")


async def write(store: Store, files: Sequence[TenantDocuments], embedder: Attempts | None = None) -> None:
    """Replaces the tenants' documents in the store, deletes dropped entries and stops dropped triggers.

    A channel keeps its health, a trigger its state, and an entry the vectors of its words; with an `embedder`
    it gets missing ones, if that works.
    """
    for file in files:
        tenant = file.tenant.tenant
        for channel in file.channels:
            found = await store.get(Channel, tenant=tenant, channel=channel.channel)
            channel.health = found.health if found else None
        stored = await store.query(KnowledgeEntry, limit=2_000, tenant=tenant)
        current = {entry.entry: entry for entry in file.knowledge}
        for entry in stored:
            if entry.entry in current:
                current[entry.entry].embedded = entry.embedded
            else:
                await store.delete(KnowledgeEntry, tenant=tenant, entry=entry.entry)
        if embedder is not None:
            await embed(file.knowledge, embedder)
        documents: list[Document] = [file.tenant, *file.channels, *file.knowledge]
        for document in documents:
            await store.put(document)
        await _write_triggers(store, tenant, file.triggers)


async def _write_triggers(store: Store, tenant: str, declared: Sequence[Trigger]) -> None:
    """Writes each trigger in a transaction, because the functions write their state to the same document."""
    triggers = {each.trigger: each for each in declared}
    stored = await store.query(Trigger, limit=_TRIGGERS, tenant=tenant)
    for name in {*triggers, *(each.trigger for each in stored)}:

        async def write(tx: Transaction, name: str = name) -> None:
            found = await tx.get(Trigger, tenant=tenant, trigger=name)
            if found is None:
                tx.put(triggers[name])
                return
            if name in triggers:
                found.declare(triggers[name].definition)
            else:
                found.drop()
            tx.put(found)

        await store.transaction(write)
