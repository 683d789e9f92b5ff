"""A server on this machine that nobody may reach: whoever connects to it was led inside."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from shared.platform import guard


@dataclass(frozen=True)
class Canary:
    listener: socket.socket

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def hits(self) -> int:
        """How many connections there were since it was last asked."""
        found = 0
        while True:
            try:
                connection, _ = self.listener.accept()
            except BlockingIOError:
                return found
            connection.close()
            found += 1


@contextmanager
def canary(host: str = "", port: int = 0) -> Iterator[Canary]:
    """On all of this machine's addresses, of both families, unless on one."""
    if host:
        listener = socket.create_server((host, port), backlog=100)
    else:
        listener = socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100
        )
    with listener:
        listener.setblocking(False)
        yield Canary(listener)


def names(known: Mapping[str, list[str]]) -> guard.Resolve:
    """A resolver that knows these names, and IP addresses in all the spellings that the system takes."""

    async def resolve(host: str, port: int) -> list[str]:
        if host in known:
            return known[host]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(ipaddress.ip_address(str(address[0]))) for *_, address in found]

    return resolve
