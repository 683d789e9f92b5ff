"""The way to a person: the channel and the conversation in which a message of a trigger may begin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.channels import Channel
from shared.conversation.arrivals import of_contact
from shared.conversation.conversation import Conversation
from shared.models.definition import WindowCloses
from shared.platform.clock import Ids
from shared.platform.store import Transaction
from shared.tenants.directory import Directory
from shared.triggers.deciding import Case, End

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Way:
    """A channel with the contact's conversation on it, new or known; `free` if the network's window allows
    free words now."""

    channel: Channel
    conversation: Conversation
    free: bool


class Reaching:
    def __init__(self, directory: Directory, ids: Ids) -> None:
        self._directory, self._ids = directory, ids

    async def find(self, tx: Transaction, case: Case) -> Way | End:
        """Returns the best way to the person, or why there is none.

        Channels on which they wrote last come first, then those that the tenant prefers.
        """
        reasons = []
        for name in _names(case):
            found = await self._on(tx, case, name)
            if isinstance(found, Way):
                return found
            reasons.append(f"{name}: {found}")
        return End("skipped", f"no way to reach the person ({'; '.join(reasons) or 'no channel'})")

    async def _on(self, tx: Transaction, case: Case, name: str) -> Way | str:
        channel = await self._directory.channel(case.tenant.tenant, name)
        if channel is None:
            return "the tenant has no such channel"
        if not channel.terms.pushes:
            return "a page that nobody may be looking at"
        known = next((each for each in case.conversations if each.channel == name), None)
        heard = known.writer.heard_at if known else None
        if heard is None and not channel.terms.strangers:
            return "the person has never written here"
        conversation = known
        if heard is None:
            conversation = await self._begun(tx, case, channel, name) or known
        if conversation is None:
            return "no phone number that this network takes"
        window = channel.terms.window
        free = window is None or (heard is not None and case.now < heard + window)
        if isinstance(case.rule.definition.when, WindowCloses) and (window is None or not free):
            return "no window that is about to close"
        if not free and not case.rule.definition.template:
            return "the network's window is closed, and the trigger has no approved template"
        return Way(channel, conversation, free)

    async def _begun(self, tx: Transaction, case: Case, channel: Channel, name: str) -> Conversation | None:
        """Returns the conversation with a person who has not written, at the number that they have now."""
        address = channel.address(case.contact.phone) if case.contact.phone else None
        if address is None:
            return None
        keys = (case.tenant.tenant, name, case.contact.contact, address)
        conversation = await of_contact(tx, *keys, self._ids, case.now)
        conversation.chat = address.chat
        return conversation


def _names(case: Case) -> Iterator[str]:
    """Yields the channels to try, each once."""
    only = case.rule.definition.channels
    heard = sorted(case.conversations, key=_heard_at, reverse=True)
    names = [each.channel for each in heard] if not _silent(case) else [case.occurrence.facts["channel"]]
    preferred: Sequence[str] = () if _silent(case) else case.tenant.messaging.channels or only
    for name in dict.fromkeys([*names, *preferred, *(() if _silent(case) else only)]):
        if not only or name in only:
            yield name


def _silent(case: Case) -> bool:
    """Whether the occurrence is about the person's silence on one channel."""
    return "channel" in case.occurrence.facts


def _heard_at(conversation: Conversation) -> datetime:
    return conversation.writer.heard_at or _LONG_AGO
