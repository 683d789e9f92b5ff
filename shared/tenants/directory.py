"""The directory of tenants: their settings, channels and providers, cached for a minute.

With it the webhook rarely reads the database, and an administrator's change in the console takes effect
within a minute, without a deploy. A name that is not a slug is neither looked up nor cached, so that made-up
names cost nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from shared import channels, llm, notifiers, records, sources
from shared.errors import ConfigurationError, Drop, Rejected
from shared.models.answers import ModelEntry
from shared.models.source import Source
from shared.models.tenant import Channel, Tenant, TenantSecret, is_slug
from shared.models.terms import Terms
from shared.models.webhook import Webhook
from shared.platform.blobs import Blobs
from shared.platform.clock import Clock
from shared.platform.http import Http
from shared.platform.secrets import Secrets
from shared.platform.store import Store
from shared.tenants import rotation, versions
from shared.tenants.cache import Cache

R = TypeVar("R")


class Plugins(Protocol):
    """The functions of `tenants/plugins`, which import plugin files by name."""

    def channel(self, kind: str, connection: channels.Connection) -> channels.Channel: ...

    def gateway(
        self, kind: str, connection: channels.Connection, address: str
    ) -> channels.Gateway | None: ...

    def model(self, kind: str, connection: llm.Connection) -> llm.Model: ...

    def source(self, kind: str, connection: sources.Connection) -> sources.Fetcher: ...

    def record_source(self, kind: str, connection: records.Connection) -> records.Records: ...

    def notifier(self, kind: str, connection: notifiers.Connection) -> notifiers.Notifier: ...

    def answers(self, kind: str, connection: notifiers.Connection) -> notifiers.Answers | None: ...


class Directory:
    """Tenants and their channels, cached for a minute; `origin` is our functions' address, "" if unset."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        http: Http,
        clock: Clock,
        plugins: Plugins,
        origin: str = "",
    ) -> None:
        self._store, self._secrets, self._http, self._clock = store, secrets, http, clock
        self._plugins, self._origin = plugins, origin.rstrip("/")
        self._tenants: Cache[Tenant] = Cache(clock)
        self._channels: Cache[tuple[Channel, channels.Channel]] = Cache(clock)

    async def tenant(self, tenant: str) -> Tenant | None:
        """Returns the tenant in force, or None if there is no such tenant."""
        if not is_slug(tenant):
            return None
        return await self._tenants.get(tenant, lambda: versions.tenant(self._store, tenant))

    async def channel(self, tenant: str, channel: str) -> channels.Channel | None:
        """Returns the channel ready to use, or None if the tenant has no such channel."""
        found = await self._found(tenant, channel)
        return found[1] if found else None

    async def connected(self, tenant: str, channel: str) -> channels.Channel:
        """Returns the channel ready to use. Raises Drop if the tenant no longer has it."""
        found = await self.channel(tenant, channel)
        if found is None:
            raise Drop("channel_is_gone")
        return found

    async def verified(
        self, tenant: str, channel: str, verify: Callable[[channels.Channel], Awaitable[R]]
    ) -> R:
        """Returns the result of a sender's verification by the channel.

        If that raises Rejected, it is tried with the other values of secrets that are being rotated. Raises
        Rejected, also (404) if there is no such channel.
        """
        found = await self._found(tenant, channel)
        if found is None:
            raise Rejected(404, "no such tenant or channel")
        settings, connected = found
        try:
            return await verify(connected)
        except Rejected as refused:

            async def again(get: rotation.Get) -> R:
                return await verify(self._plugins.channel(settings.kind, self._connection(settings, get)))

            return await rotation.again(self._secrets, refused, again)

    async def terms(self, tenant: str, channel: str) -> Terms:
        """Returns the terms of the channel's network, or the default terms if the channel is gone."""
        found = await self.channel(tenant, channel)
        return found.terms if found else Terms()

    async def settings(self, tenant: str, channel: str) -> Channel | None:
        """Returns the channel's document, or None if the tenant has no such channel."""
        found = await self._found(tenant, channel)
        return found[0] if found else None

    def connection(self, settings: Channel) -> channels.Connection:
        """Returns the connection from which a plugin file creates this channel."""
        return self._connection(settings, self._secrets.get)

    def _connection(self, settings: Channel, get: rotation.Get) -> channels.Connection:
        async def secret(name: str) -> str:
            if name not in settings.secrets:
                raise ConfigurationError(
                    f"{settings.location()}: secrets.{name} is missing (expected its name)"
                )
            return await get(settings.secrets[name])

        return channels.Connection(settings, secret, self._http, self._clock.now)

    def gateway(self, settings: Channel) -> channels.Gateway | None:
        """Returns a channel's gateway, or None if its kind has none. Raises ConfigurationError."""
        address = self.address(f"webhook/{settings.tenant}/{settings.channel}")
        return self._plugins.gateway(settings.kind, self.connection(settings), address)

    def address(self, path: str) -> str:
        """Returns the public address of a function's path. Raises ConfigurationError if no origin is set."""
        if not self._origin:
            raise ConfigurationError("environment: CONCIERGE_ORIGIN is not set (expected https://…)")
        return f"{self._origin}/{path}"

    def model(self, entry: ModelEntry, key: str = "") -> llm.Model:
        """Returns a tenant's language model, with one of its keys (a name in the secret store; "" for none).

        It is built anew for each use, because it has no state but these settings. Raises ConfigurationError
        if there is no such format.
        """

        async def value() -> str | None:
            return await self._secrets.get(key) if key else None

        connection = llm.Connection(entry.model, value, self._http, entry.url, entry.voice)
        return self._plugins.model(entry.format, connection)

    def source(self, source: Source, blobs: Blobs, limit: int) -> sources.Fetcher:
        """Returns the fetcher of a source, of at most `limit` bytes an item.

        Raises ConfigurationError if there is no such kind, or if a setting is missing.
        """

        async def secret(role: str) -> str:
            if role not in source.secrets:
                place = source.location()
                raise ConfigurationError(f"{place}: secrets.{role} is missing (expected its name)")
            return await self._secrets.get(source.secrets[role])

        connection = sources.Connection(source, secret, self._http, blobs, self._clock.now, limit)
        return self._plugins.source(source.kind, connection)

    def records(self, tenant: Tenant, name: str, blobs: Blobs) -> records.Records:
        """Returns a tenant's source of records. Raises ConfigurationError if there is none of this name."""
        entry = tenant.records.get(name)
        if entry is None:
            raise ConfigurationError(f"{tenant.tenant}: records.{name} is missing")

        async def secret(role: str) -> str:
            if role not in entry.secrets:
                place = f"{tenant.tenant}: records.{name}.secrets.{role}"
                raise ConfigurationError(f"{place} is missing (expected its name)")
            return await self._secrets.get(entry.secrets[role])

        connection = records.Connection(
            tenant.tenant, name, entry, secret, self._http, self._store, blobs, self._clock.now
        )
        return self._plugins.record_source(entry.kind, connection)

    def notifier(self, tenant: Tenant, name: str) -> notifiers.Notifier:
        """Returns a tenant's notifier. Raises ConfigurationError if there is none of this name."""
        connection = self._notifying(tenant, name, self._secrets.get)
        return self._plugins.notifier(connection.settings.kind, connection)

    def answers(self, tenant: Tenant, name: str) -> notifiers.Answers | None:
        """Returns the reader of staff's answers by a notifier, or None if its kind brings none back.

        Raises ConfigurationError if there is no notifier of this name.
        """
        return self._answers(tenant, name, self._secrets.get)

    async def verified_answers(self, tenant: Tenant, name: str, webhook: Webhook) -> None:
        """Verifies a post with staff's answers, also with other values of secrets that are being rotated.

        Raises Rejected if it does not pass, ConfigurationError if there is no notifier of this name.
        """

        async def verify(get: rotation.Get) -> None:
            if answers := self._answers(tenant, name, get):
                await answers.verify(webhook)

        await rotation.verified(self._secrets, verify)

    async def link_key(self, tenant: str) -> str:
        """Returns the tenant's key for signed links. Raises ConfigurationError if it has none."""
        return await self._key(tenant, "link_key", self._secrets.get)

    async def check_key(self, tenant: str, role: TenantSecret, check: Callable[[str], None]) -> None:
        """Checks a signature with one of the tenant's own keys, also with other values of one that is being
        rotated.

        Raises the Rejected of `check` if none passes, ConfigurationError if the tenant has no such key.
        """

        async def verify(get: rotation.Get) -> None:
            check(await self._key(tenant, role, get))

        await rotation.verified(self._secrets, verify)

    async def _key(self, tenant: str, role: TenantSecret, get: rotation.Get) -> str:
        found = await self.tenant(tenant)
        name = found.secrets.get(role) if found else None
        key = await get(name) if name else ""
        if not key:
            raise ConfigurationError(f"{tenant}: secrets.{role} is missing (expected its name)")
        return key

    def _answers(self, tenant: Tenant, name: str, get: rotation.Get) -> notifiers.Answers | None:
        connection = self._notifying(tenant, name, get)
        return self._plugins.answers(connection.settings.kind, connection)

    def _notifying(self, tenant: Tenant, name: str, get: rotation.Get) -> notifiers.Connection:
        settings = tenant.notifiers.get(name)
        if settings is None:
            raise ConfigurationError(f"{tenant.tenant}: notifiers.{name} is missing")

        async def secret(role: str) -> str:
            if role not in settings.secrets:
                raise ConfigurationError(
                    f"{tenant.tenant}: notifiers.{name}.secrets.{role} is missing (expected its name)"
                )
            return await get(settings.secrets[role])

        return notifiers.Connection(tenant.tenant, name, settings, secret, self._http, self._clock.now)

    async def _found(self, tenant: str, channel: str) -> tuple[Channel, channels.Channel] | None:
        if not (is_slug(tenant) and is_slug(channel)):
            return None
        return await self._channels.get(f"{tenant}/{channel}", lambda: self._connect(tenant, channel))

    async def _connect(self, tenant: str, channel: str) -> tuple[Channel, channels.Channel] | None:
        settings = await versions.channel(self._store, tenant, channel)
        if settings is None:
            return None
        return settings, self._plugins.channel(settings.kind, self.connection(settings))
