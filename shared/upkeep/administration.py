"""Administration of a channel's gateway by an operator, or by an administrator with a link.

Called by the functions `gateways` (an operator, admitted by IAM) and `pairing` (the holder of a link), and by
`make gateway`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.channels import Gateway, Pairing, Status
from shared.errors import Rejected
from shared.models.tenant import Channel, is_slug
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store
from shared.tenants import versions
from shared.tenants.directory import Directory
from shared.upkeep import links

#: How long a link is valid: time to send it, open it and use it with the phone at hand.
LINK_LASTS = timedelta(minutes=15)


@dataclass(frozen=True)
class Invitation:
    """A link to the page on which the channel can be paired, valid until `until`."""

    link: str
    until: datetime
    pairing: Pairing


@dataclass(frozen=True)
class Shown:
    """The state of a pairing as the page shows it; the link is valid for `left` more."""

    name: str
    channel: str
    left: timedelta
    pairing: Pairing


class Administration:
    """Operations on gateways.

    They raise Rejected: 404 no such channel or no gateway, 401 the link, 409 not supported by this gateway,
    424 refused by the gateway; and Retry if the gateway does not answer.
    """

    def __init__(self, store: Store, directory: Directory, clock: Clock) -> None:
        self._store, self._directory, self._clock = store, directory, clock

    async def status(self, tenant: str, channel: str) -> Status:
        _, gateway = await self._open(tenant, channel)
        return await gateway.status()

    async def restart(self, tenant: str, channel: str) -> None:
        _, gateway = await self._open(tenant, channel)
        await gateway.restart()
        logs.logger().info("gateway_restarted")

    async def register(self, tenant: str, channel: str) -> Mapping[str, str]:
        """Registers our webhook at the gateway. Returns the steps left to do by hand, as `Gateway.register`

        does.
        """
        _, gateway = await self._open(tenant, channel)
        left = await gateway.register()
        logs.logger().info("gateway_registered")
        return left

    async def invite(self, tenant: str, channel: str) -> Invitation:
        """Returns a link for the administrator with the phone.

        Any holder of the link can pair a phone of theirs: it is short-lived, and given to one person.
        """
        found, gateway = await self._open(tenant, channel)
        pairing = await gateway.pair()
        grant = links.Grant(tenant, channel, "pair", self._clock.now().replace(microsecond=0) + LINK_LASTS)
        token = grant.token(await self._key(found))
        logs.logger().info("pairing_link_issued", until=grant.until.isoformat())
        # After a #, so that it is sent to no server, and gets into no log and no Referer.
        return Invitation(f"{self._directory.address('pairing/')}#{token}", grant.until, pairing)

    async def pairing(self, token: str) -> Shown:
        """Returns the state of the pairing to the holder of a link."""
        grant, gateway = await self._granted(token)
        found = await self._directory.tenant(grant.tenant)
        name = found.name if found else grant.tenant
        left = grant.until - self._clock.now()
        return Shown(name, grant.channel, left, await gateway.pair())

    async def begin_again(self, token: str) -> None:
        """Starts a new pairing after the last one ran out.

        Raises Rejected(409) if none has run out: a link does not disturb a session that works.
        """
        _, gateway = await self._granted(token)
        if (await gateway.pair()).step != "stopped":
            raise Rejected(409, "the pairing is under way or done")
        await gateway.restart()
        logs.logger().info("gateway_restarted")

    async def _granted(self, token: str) -> tuple[links.Grant, Gateway]:
        grant = links.read(token, "pair", self._clock.now())
        try:
            found = await self._channel(grant.tenant, grant.channel)
        except Rejected:
            raise links.refusal() from None
        if "link_key" not in found.secrets:
            raise links.refusal()
        grant.check(token, await self._key(found))
        logs.bind(tenant=grant.tenant, channel=grant.channel)
        return grant, self._gateway(found)

    async def _open(self, tenant: str, channel: str) -> tuple[Channel, Gateway]:
        found = await self._channel(tenant, channel)
        logs.bind(tenant=tenant, channel=channel)
        return found, self._gateway(found)

    async def _channel(self, tenant: str, channel: str) -> Channel:
        """Reads a channel anew: an operator may have changed it a moment ago. Raises Rejected(404)."""
        named = is_slug(tenant) and is_slug(channel)
        found = await versions.channel(self._store, tenant, channel) if named else None
        if found is None:
            raise Rejected(404, "no such tenant or channel")
        return found

    def _gateway(self, channel: Channel) -> Gateway:
        gateway = self._directory.gateway(channel)
        if gateway is None:
            raise Rejected(404, f"a {channel.kind} has no gateway")
        return gateway

    async def _key(self, channel: Channel) -> str:
        return await self._directory.connection(channel).key("link_key")
