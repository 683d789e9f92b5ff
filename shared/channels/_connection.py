"""The connection given to every channel file: settings, secrets, HTTP and the time."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.errors import ConfigurationError, Drop, Retry
from shared.models.tenant import Channel as Settings
from shared.platform.guard import Forbidden
from shared.platform.http import Http, TooLarge, Unanswered, Unreachable

#: The largest file (bytes) that is fetched.
MEDIA_LIMIT = 25 * 1024 * 1024


@dataclass(frozen=True)
class Connection:
    """Settings of a tenant's channel, its secrets by the file's own names, HTTP and the time.

    A secret is read with `await connection.secret("api_key")`.
    """

    settings: Settings
    secret: Callable[[str], Awaitable[str]]
    http: Http
    now: Callable[[], datetime]

    @property
    def place(self) -> str:
        """Tenant and channel, for messages to the operator."""
        return f"{self.settings.tenant}/{self.settings.channel}"

    def setting(self, name: str, pattern: str) -> str:
        """Returns a setting that matches the regular expression. Raises ConfigurationError if none does."""
        value = self.settings.settings.get(name)
        text = str(value) if isinstance(value, str | int) else ""
        if not re.fullmatch(pattern, text):
            raise ConfigurationError(f"{self.place}: settings.{name}: expected {pattern}")
        return text

    def flag(self, name: str) -> bool:
        """Returns a setting that is true or false, false without one. Raises ConfigurationError if it is
        neither."""
        value = self.settings.settings.get(name, False)
        if not isinstance(value, bool):
            raise ConfigurationError(f"{self.place}: settings.{name}: expected true or false")
        return value

    async def key(self, name: str) -> str:
        """Returns a secret that authenticates a sender.

        Raises ConfigurationError if it is empty: any stranger could sign with that.
        """
        value = await self.secret(name)
        if not value:
            raise ConfigurationError(f"{self.place}: secrets.{name} is empty")
        return value

    async def download(self, url: str, *, own: str, headers: Mapping[str, str] | None = None) -> Download:
        """Returns the file at an address from a gateway. Raises the exceptions of `Channel.fetch`.

        `own` is the gateway's base_url (see guard.target).
        """
        try:
            answer = await self.http.fetch(url, own=own, limit=MEDIA_LIMIT, headers=headers, timeout=8.0)
        except Forbidden as refused:
            raise Drop("media_forbidden") from refused
        except TooLarge as refused:
            raise Drop("media_too_large") from refused
        except (Unreachable, Unanswered) as error:
            raise Retry("media_unavailable") from error
        if answer.status == 200:
            return Download(answer.body, answer.headers.get("content-type", ""))
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise Retry(f"media_http_{answer.status}", after=answer.retry_after)
        raise Drop("media_gone" if answer.status in (404, 410) else f"media_http_{answer.status}")


@dataclass(frozen=True)
class Download:
    """A file from the gateway, with the gateway's claim of its type."""

    data: bytes
    content_type: str
