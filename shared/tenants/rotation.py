"""Verification of a sender while a secret is rotated: with the other values that it may sign with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import Rejected
from shared.platform import logs
from shared.platform.secrets import EARLIER, Secrets

R = TypeVar("R")
#: Reads a secret by its name in the secret store.
Get = Callable[[str], Awaitable[str]]


async def verified(secrets: Secrets, verify: Callable[[Get], Awaitable[R]]) -> R:
    """Returns the result of a verification with the current values, or with others that senders may use.

    Raises the Rejected of the current ones if none passes.
    """
    try:
        return await verify(secrets.get)
    except Rejected as refused:
        return await again(secrets, refused, verify)


async def again(secrets: Secrets, refused: Rejected, verify: Callable[[Get], Awaitable[R]]) -> R:
    """Returns the result of a verification that was `refused` with the current values, with another one.

    Raises `refused` if no other value passes either.
    """
    for rank in range(1 + EARLIER):
        others = _Others(secrets, rank)
        try:
            result = await verify(others.get)
        except Rejected:
            if not others.found:
                break
        else:
            logs.logger().info("other_key_used", reason="rotation")
            return result
    raise refused


class _Others:
    """Each secret's other value of this rank, or its current one if it has none."""

    def __init__(self, secrets: Secrets, rank: int) -> None:
        self._secrets, self._rank = secrets, rank
        self.found = False

    async def get(self, name: str) -> str:
        others = await self._secrets.others(name)
        if self._rank >= len(others):
            return await self._secrets.get(name)
        self.found = True
        return others[self._rank]
