"""Addresses of files that we keep and send on: signed links that the gateway fetches, made when they are
sent."""

from __future__ import annotations

from datetime import timedelta

from shared.errors import ConfigurationError
from shared.models.message import Outbound
from shared.models.parts import Media, Part, Text, in_words, words
from shared.platform import logs
from shared.platform.clock import Clock
from shared.tenants.directory import Directory
from shared.tenants.links import FileGrant

#: How long a gateway may fetch a file.
_LASTS = timedelta(hours=1)


class Files:
    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory, self._clock = directory, clock

    async def addressed(self, message: Outbound, part: Part) -> Part:
        """Returns the part with an address for its stored file; another part as it is.

        Without a link key or an origin, which is logged as an error, its words go out in its place.
        """
        if not isinstance(part, Media) or part.url or not part.stored:
            return part
        until = self._clock.now().replace(microsecond=0) + _LASTS
        grant = FileGrant(message.tenant, until, part.stored, part.stored_type)
        try:
            token = grant.token(await self._directory.link_key(message.tenant))
            return part.model_copy(update={"url": self._directory.address(f"desk/files/{token}")})
        except ConfigurationError as error:
            logs.logger().error("file_without_address", turn=message.message, **logs.describe(error))
            return in_words(part) or Text(text=words(part))
