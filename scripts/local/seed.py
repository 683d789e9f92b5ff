"""The demo tenants of the local run: documents in the store, secrets in the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from scripts import manifest, tenant_file
from shared.embeddings.attempts import Attempts
from shared.knowledge.vectors import embed
from shared.models.administrator import Administrator
from shared.models.stored import StoredChannel
from shared.models.tenant import Channel, KnowledgeEntry, Tenant
from shared.models.trigger import Trigger
from shared.platform.blobs import Blobs
from shared.platform.store import Store, Transaction
from shared.tenants import pins, roster, versions
from shared.tenants.documents import TenantDocuments
from shared.upkeep.sources.adding import Adding

#: Every key, password and token in the local run. The API key of a gateway is its own name, so that the
#: simulated gateways can tell the tenants apart.
LOCAL_SECRET = "local-secret"  # noqa: S105
API_KEY = "api_key"
#: The origin of the local run in the demo tenants' files.
_ORIGIN = "http://localhost:8080"
#: The PIN of administrators over chat.
LOCAL_PIN = "4711"
#: The family of secrets that the local run does not make up: a real provider would refuse them.
_PROVIDERS = "llm"
#: Maximum number of a tenant's triggers that are read, those that are no longer declared included.
_TRIGGERS = 1_000


def load(
    origin: str, folder: Path = tenant_file.DEMO, *, mail_port: int | None = None
) -> list[TenantDocuments]:
    """Returns the demo tenants, with their gateways and records on `origin`, and their mail server on
    `mail_port` of this machine if given. Raises ConfigurationError for the first wrong file."""
    files = [tenant_file.load(path) for path in sorted(folder.glob("*.yaml"))]
    for file in files:
        for channel in file.channels:
            if "base_url" in channel.settings:
                channel.settings["base_url"] = f"{origin}/_sim/{channel.kind}"
        for notifier in file.tenant.notifiers.values():
            if mail_port is not None and notifier.kind == "email":
                notifier.settings |= {"host": "127.0.0.1", "port": mail_port}
    return localised(files, origin)


def localised(files: list[TenantDocuments], origin: str) -> list[TenantDocuments]:
    """Moves the records of demo tenants to the local run at `origin`, and returns the files."""
    for records in (each for file in files for each in file.tenant.records.values()):
        base = records.settings.get("base_url")
        if isinstance(base, str):
            records.settings["base_url"] = base.replace(_ORIGIN, origin, 1)
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


async def set_pins(store: Store, files: Sequence[TenantDocuments], now: datetime) -> None:
    """Gives each administrator who has no PIN the local run's one."""
    for file in files:
        for staff in roster.administrators(file.tenant):
            keys = {"tenant": file.tenant.tenant, "staff": staff}
            found = await store.get(Administrator, **keys) or Administrator(**keys)
            if found.pin is None:
                found.pin = await pins.made(LOCAL_PIN, now)
                await store.put(found)


async def write(
    store: Store,
    files: Sequence[TenantDocuments],
    embedder: Attempts | None = None,
    blobs: Blobs | None = None,
) -> None:
    """Replaces the tenants' documents in the store, deletes dropped entries, and stops dropped triggers
    and sources.

    A channel keeps its health, a trigger and a source their state, and an entry the vectors of its words;
    with an `embedder` it gets missing ones, if that works. Without `blobs`, sources are left as they are.
    """
    for file in files:
        tenant = file.tenant.tenant
        for channel in file.channels:
            found = await store.get(StoredChannel, tenant=tenant, channel=channel.channel)
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
        edited: list[Tenant | Channel] = [file.tenant, *file.channels]
        for document in edited:
            await versions.write(store, document)
        for entry in file.knowledge:
            await store.put(entry)
        await _write_triggers(store, tenant, file.triggers)
        if blobs is not None:
            await _write_sources(Adding(store, blobs), file)


async def _write_sources(adding: Adding, file: TenantDocuments) -> None:
    for source in file.sources:
        await adding.add(source, file.files.get(source.source))
    await adding.drop_others(file.tenant.tenant, {each.source for each in file.sources})


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
