"""How many new visitors a web chat takes on, from one address and from everywhere.

Counted in this instance's memory: the function that answers pages may not write, and a token costs nothing
until its visitor writes. A deployment takes on so many times what stands here as it has instances, at most.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from shared.models.terms import Pace
from shared.platform import logs
from shared.platform.clock import Clock, Ids

#: A household, an office or a hotel's wireless network is one address.
PER_ADDRESS = Pace(burst=60, every=timedelta(minutes=1))
PER_CHANNEL = Pace(burst=300, every=timedelta(seconds=2))
#: How many are remembered; the one that was quiet for the longest is forgotten first.
ADDRESSES, CHANNELS = 10_000, 1_000
#: A provider gives one household a whole network of IPv6 addresses (RFC 6177).
_HOUSEHOLD = 64


class Visitors:
    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._key = ids.new("key").encode()
        self._addresses = _Spent(PER_ADDRESS, ADDRESSES)
        self._channels = _Spent(PER_CHANNEL, CHANNELS)

    def wait(self, place: str, address: str) -> float:
        """Counts one more visitor of the channel `place`. Returns 0, or the seconds until there is room for
        one; then none was counted. Of the address, a keyed digest is kept."""
        now = self._clock.now()
        household = hmac.digest(self._key, f"{place}/{_network(address)}".encode(), hashlib.sha256).hex()
        for cap, spent, key in (("address", self._addresses, household), ("channel", self._channels, place)):
            if wait := spent.wait(key, now):
                logs.logger().warning("visitor_refused", cap=cap)
                return wait
        self._addresses.take(household, now)
        self._channels.take(place, now)
        return 0.0


class _Spent:
    """Until when each key's pace is spent."""

    def __init__(self, pace: Pace, limit: int) -> None:
        self._pace, self._limit = pace, limit
        self._until: OrderedDict[str, datetime] = OrderedDict()

    def wait(self, key: str, now: datetime) -> float:
        moment, _ = self._pace.take(self._until.get(key), 1, now)
        return (moment - now).total_seconds()

    def take(self, key: str, now: datetime) -> None:
        _, self._until[key] = self._pace.take(self._until.get(key), 1, now)
        self._until.move_to_end(key)
        while len(self._until) > self._limit:
            self._until.popitem(last=False)


def last_hop(forwarded: str, peer: str) -> str:
    """The address that a request came from: the last one in X-Forwarded-For, which Google's front end wrote
    there; those before it are the client's own claims
    (https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header; no load balancer of our own
    stands before the function). Without that header, the connection's."""
    return forwarded.rpartition(",")[2].strip() or peer


def _network(address: str) -> str:
    """What counts as one address; all that are none are one."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found) >> _HOUSEHOLD << _HOUSEHOLD)
    return str(found)
