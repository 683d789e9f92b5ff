"""Limits on new visitors of a web chat, per address and in all.

Counted in this instance's memory: the function that serves pages may not write, and a token costs nothing
until its visitor writes. A deployment admits at most these limits times its number of instances.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from shared.models.terms import Pace
from shared.platform import logs
from shared.platform.clock import Clock, Ids

#: A household, an office or a hotel's wireless network is one address.
PER_ADDRESS = Pace(burst=60, every=timedelta(minutes=1))
PER_CHANNEL = Pace(burst=300, every=timedelta(seconds=2))
#: Addresses that are remembered; the one that was quiet for the longest is forgotten first.
ADDRESSES, CHANNELS = 10_000, 1_000
#: Where Google's front end writes a client's address, and where a load balancer of ours does.
_FORWARDED = "x-forwarded-for"
_header = _FORWARDED
#: A provider gives one household a whole network of IPv6 addresses (RFC 6177).
_HOUSEHOLD = 64


class Visitors:
    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._key = ids.new("key").encode()
        self._addresses = _Spent(PER_ADDRESS, ADDRESSES)
        self._channels = _Spent(PER_CHANNEL, CHANNELS)

    def wait(self, place: str, address: str) -> float:
        """Counts a new visitor of the channel `place` and returns 0, or the seconds to wait if it is full.

        A refused visitor is not counted. Only a keyed digest of the address is kept.
        """
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
    """The time until which each key's pace is used up."""

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


def configure(header: str) -> None:
    """Sets the header in which a load balancer of ours writes a client's address."""
    global _header
    _header = header


def client_address(headers: Callable[[str], Sequence[str]], peer: str) -> str:
    """Returns a request's client address. `headers` gives the values of a header by its name.

    It is the last one in the header of our load balancer, if there is one; else the last one in
    X-Forwarded-For, written by Google's front end. The addresses before it are the client's own claims;
    behind a load balancer the last one is that balancer's own
    (https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header). Without these headers, it is
    the connection's address.
    """
    for header in (_header, _FORWARDED):
        if told := headers(header):
            return told[-1].rpartition(",")[2].strip() or peer
    return peer


def _network(address: str) -> str:
    """Returns the network that counts as one address; all malformed addresses count as one."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found) >> _HOUSEHOLD << _HOUSEHOLD)
    return str(found)
