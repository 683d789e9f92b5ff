"""What every plugin file of a channel is given: settings, secrets, HTTP and the time."""

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
    """What a channel file is given: the tenant's settings, its secrets by the file's own names for them
    (`await connection.secret("api_key")`), HTTP and the time."""

    settings: Settings
    secret: Callable[[str], Awaitable[str]]
    http: Http
    now: Callable[[], datetime]

    @property
    def place(self) -> str:
        """Which channel of whom, for messages to the operator."""
        return f"{self.settings.tenant}/{self.settings.channel}"

    def setting(self, name: str, pattern: str) -> str:
        """A setting that matches the regular expression. Raises ConfigurationError where there is none."""
        value = self.settings.settings.get(name)
        text = str(value) if isinstance(value, str | int) else ""
        if not re.fullmatch(pattern, text):
            raise ConfigurationError(f"{self.place}: settings.{name}: expected {pattern}")
        return text

    async def key(self, name: str) -> str:
        """A secret that proves who sent something. Raises ConfigurationError where it is empty: anyone could
        sign with that."""
        value = await self.secret(name)
        if not value:
            raise ConfigurationError(f"{self.place}: secrets.{name} is empty")
        return value

    async def download(self, url: str, *, own: str, headers: Mapping[str, str] | None = None) -> Download:
        """The file at an address that a gateway told; `own` is the gateway's base_url (see guard.target).
        Raises what `Channel.fetch` does."""
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
    """A file as the gateway gave it, and the type that it says the file has."""

    data: bytes
    content_type: str
