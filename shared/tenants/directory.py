"""The directory of tenants: their settings, channels and providers, cached for a minute.

With it the webhook rarely reads the database, and an administrator's change in the console takes effect
within a minute, without a deploy. A name that is not a slug is neither looked up nor cached, so that made-up
names cost nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from shared import channels, llm, notifiers
from shared.errors import ConfigurationError, Drop
from shared.models.tenant import OFFLINE, Channel, Tenant, is_slug
from shared.models.terms import Terms
from shared.platform.clock import Clock
from shared.platform.http import Http
from shared.platform.secrets import Secrets
from shared.platform.store import Store

V = TypeVar("V")

KEEP = timedelta(seconds=60)
#: A miss is cached too, so that made-up names do not become reads, but briefly, for new tenants.
KEEP_MISS = timedelta(seconds=5)
LIMIT = 1_000


class Plugins(Protocol):
    """The functions of `tenants/plugins`, which import plugin files by name."""

    def channel(self, kind: str, connection: channels.Connection) -> channels.Channel: ...

    def gateway(
        self, kind: str, connection: channels.Connection, address: str
    ) -> channels.Gateway | None: ...

    def model(self, kind: str, connection: llm.Connection) -> llm.Model: ...

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
        self._tenants: _Cache[Tenant] = _Cache(clock)
        self._channels: _Cache[tuple[Channel, channels.Channel]] = _Cache(clock)

    async def tenant(self, tenant: str) -> Tenant | None:
        """Returns the tenant's document, or None if there is no such tenant."""
        if not is_slug(tenant):
            return None
        return await self._tenants.get(tenant, lambda: self._store.get(Tenant, tenant=tenant))

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
        return channels.Connection(settings, self._secret(settings), self._http, self._clock.now)

    def gateway(self, settings: Channel) -> channels.Gateway | None:
        """Returns a channel's gateway, or None if its kind has none. Raises ConfigurationError."""
        address = self.address(f"webhook/{settings.tenant}/{settings.channel}")
        return self._plugins.gateway(settings.kind, self.connection(settings), address)

    def address(self, path: str) -> str:
        """Returns the public address of a function's path. Raises ConfigurationError if no origin is set."""
        if not self._origin:
            raise ConfigurationError("environment: CONCIERGE_ORIGIN is not set (expected https://…)")
        return f"{self._origin}/{path}"

    def model(self, tenant: Tenant) -> llm.Model | None:
        """Returns the tenant's language model, or None if it answers offline. Raises ConfigurationError.

        It is built anew for each answer, because it has no state but the tenant's settings.
        """
        chosen = tenant.answers
        if chosen.provider == OFFLINE:
            return None
        connection = llm.Connection(chosen.model, self._secret_or_none(chosen.secrets))
        return self._plugins.model(chosen.provider, connection)

    def notifier(self, tenant: Tenant, name: str) -> notifiers.Notifier:
        """Returns a tenant's notifier. Raises ConfigurationError if there is none of this name."""
        connection = self._notifying(tenant, name)
        return self._plugins.notifier(connection.settings.kind, connection)

    def answers(self, tenant: Tenant, name: str) -> notifiers.Answers | None:
        """Returns the reader of staff's answers by a notifier, or None if its kind brings none back.

        Raises ConfigurationError if there is no notifier of this name.
        """
        connection = self._notifying(tenant, name)
        return self._plugins.answers(connection.settings.kind, connection)

    async def link_key(self, tenant: str) -> str:
        """Returns the tenant's key for signed links. Raises ConfigurationError if it has none."""
        found = await self.tenant(tenant)
        name = found.secrets.get("link_key") if found else None
        key = await self._secrets.get(name) if name else ""
        if not key:
            raise ConfigurationError(f"{tenant}: secrets.link_key is missing (expected its name)")
        return key

    def _notifying(self, tenant: Tenant, name: str) -> notifiers.Connection:
        settings = tenant.notifiers.get(name)
        if settings is None:
            raise ConfigurationError(f"{tenant.tenant}: notifiers.{name} is missing")

        async def secret(role: str) -> str:
            if role not in settings.secrets:
                raise ConfigurationError(
                    f"{tenant.tenant}: notifiers.{name}.secrets.{role} is missing (expected its name)"
                )
            return await self._secrets.get(settings.secrets[role])

        return notifiers.Connection(tenant.tenant, name, settings, secret, self._http, self._clock.now)

    async def _found(self, tenant: str, channel: str) -> tuple[Channel, channels.Channel] | None:
        if not (is_slug(tenant) and is_slug(channel)):
            return None
        return await self._channels.get(f"{tenant}/{channel}", lambda: self._connect(tenant, channel))

    async def _connect(self, tenant: str, channel: str) -> tuple[Channel, channels.Channel] | None:
        settings = await self._store.get(Channel, tenant=tenant, channel=channel)
        if settings is None:
            return None
        return settings, self._plugins.channel(settings.kind, self.connection(settings))

    def _secret(self, settings: Channel) -> Callable[[str], Awaitable[str]]:
        async def secret(name: str) -> str:
            if name not in settings.secrets:
                raise ConfigurationError(
                    f"{settings.location()}: secrets.{name} is missing (expected its name)"
                )
            return await self._secrets.get(settings.secrets[name])

        return secret

    def _secret_or_none(self, names: dict[str, str]) -> Callable[[str], Awaitable[str | None]]:
        async def secret(name: str) -> str | None:
            return await self._secrets.get(names[name]) if name in names else None

        return secret


class _Cache(Generic[V]):
    """A cache of at most LIMIT entries (least recently used), kept for KEEP, or KEEP_MISS if None."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: OrderedDict[str, tuple[datetime, V | None]] = OrderedDict()

    async def get(self, key: str, load: Callable[[], Awaitable[V | None]]) -> V | None:
        now = self._clock.now()
        if key in self._values:
            until, value = self._values[key]
            if now < until:
                self._values.move_to_end(key)
                return value
        value = await load()
        self._values[key] = (now + (KEEP if value is not None else KEEP_MISS), value)
        self._values.move_to_end(key)
        while len(self._values) > LIMIT:
            self._values.popitem(last=False)
        return value
