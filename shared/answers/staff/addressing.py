"""For whom the words of staff are: by a number, by the quoted message, by the one talk that went on, else
asked.

A plain text is for a person only if exactly one talk of its writer went on when it was written, and a number
picks a choice only if the choices had been sent by then, or are quoted. So words can never reach the wrong
person, however late they arrive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.answers.choosing import chosen
from shared.conversation.conversation import Conversation
from shared.language.folding import folded
from shared.models.handoff import Desk, Handoff, Talk
from shared.models.message import Inbound, Outbound
from shared.models.parts import Choice, Choices, Part, Pressed, Text
from shared.models.words import words_of
from shared.platform.store import Store, Where

#: How long after its end a talk may still be meant, by staff who have not seen that it ended.
UNSEEN = timedelta(minutes=2)
_NUMBERED = re.compile(r"\s*#\s?(?P<number>[0-9]{1,18})\b[\s:,]*(?P<rest>.*)", re.S)
_COMMAND = re.compile(r"\s*#\s?(?P<word>[^\W\d_]\w{0,30})\s*(?P<rest>.*)", re.S)
#: Most characters of the words before a media message's caption etc. that are read as a command.
_PREFIX = "staff:"


@dataclass(frozen=True)
class Said:
    """Words for the person of a request; `take` if writing them takes the request first.

    `origin` is the message that has the words if it is another one than that which says for whom they are.
    """

    handoff: str
    parts: Sequence[Part]
    take: bool = False
    origin: str = ""


@dataclass(frozen=True)
class Command:
    """A command: its word, folded, the rest of the text, and the request that it names, "" if none."""

    word: str
    rest: str = ""
    handoff: str = ""


@dataclass(frozen=True)
class Unclear:
    """Words that are for nobody certain: the key of the text that says so, and the talks to choose from."""

    key: str
    talks: Sequence[Talk] = ()


@dataclass(frozen=True)
class Unseen:
    """A number for choices that its writer cannot have seen when they wrote it."""

    choices: Sequence[Choice]


Meant = Said | Command | Unclear | Unseen


class Addressing:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, own: Conversation, message: Inbound, desk: Desk) -> Meant | None:
        """Returns what a message of staff means, or None if it is no word of staff as such.

        `own` is their conversation with us.
        """
        for part in message.parts:
            if isinstance(part, Pressed):  # any other choice is one that they made as a person
                return await self._choice(own, part.id) if part.id.startswith(_PREFIX) else None
        said, quoted = words_of(message), await self._quoted(own, message)
        if (typed := await self._typed(own, message, quoted)) is not None:
            return typed
        if found := _COMMAND.fullmatch(said):
            word, rest = folded(found["word"]), found["rest"].strip()
            # A title may begin with a number: a page's request is named with its sign alone.
            if word != "page" or rest.startswith("#"):
                named, rest = await self._named(own.tenant, rest)
            else:
                named = ""
            return Command(word, rest, named or (quoted.handoff if quoted else ""))
        if found := _NUMBERED.fullmatch(said):
            return await self._numbered(own.tenant, int(found["number"]), found["rest"], message)
        if quoted is not None and quoted.handoff:
            return Said(quoted.handoff, message.parts, take=not quoted.message.startswith("relay-"))
        return _by_talk(message, desk)

    async def _typed(self, own: Conversation, message: Inbound, quoted: Outbound | None) -> Meant | None:
        """Returns the meaning of a choice for staff that is typed: of the quoted choices, else of the last
        ones."""
        offered = own.sending.offered if quoted is None else _choices(quoted)
        picked = chosen(offered, message)
        if picked is None or not picked.id.startswith(_PREFIX):
            return None
        relays = picked.id.startswith(f"{_PREFIX}say")
        if quoted is None and not await self._seen(own, message, certainly=relays):
            return Unseen(offered)
        return await self._choice(own, picked.id)

    async def _seen(self, own: Conversation, message: Inbound, *, certainly: bool) -> bool:
        """Whether the last choices had been sent when the message was written.

        Gateways tell whole seconds, and may lose the answer to a send: then it is likely, but not certain.
        """
        keys = {"conversation": own.conversation, "message": own.sending.offered_in}
        found = await self._store.get(Outbound, tenant=own.tenant, **keys) if keys["message"] else None
        if found is None or (certainly and found.sent_at is None):
            return False
        tried = max((part.attempted_at for part in found.parts if part.attempted_at), default=None)
        moment = found.sent_at or tried
        return moment is not None and (moment if certainly else moment.replace(microsecond=0)) <= message.at

    async def _choice(self, own: Conversation, picked: str) -> Meant:
        """Returns the meaning of a choice: `take:H`, `close:H`, `send:H`, or `say:H:M` for an earlier
        message."""
        word, _, rest = picked.removeprefix(_PREFIX).partition(":")
        handoff, _, name = rest.partition(":")
        if word != "say":
            return Command(word, "", handoff)
        keys = {"conversation": own.conversation, "message": name}
        found = await self._store.get(Inbound, tenant=own.tenant, **keys)
        return Said(handoff, found.parts, origin=found.message) if found else Unclear("staff_none")

    async def _numbered(self, tenant: str, number: int, rest: str, message: Inbound) -> Meant:
        request = await self._by_number(tenant, number)
        if request is None:
            return Command("unknown", str(number))
        first, *others = message.parts
        parts = [Text(text=rest.strip()), *others] if isinstance(first, Text) else list(message.parts)
        if isinstance(first, Text) and not rest.strip() and not others:
            return Unclear("staff_one_word")
        return Said(request.handoff, [part for part in parts if not isinstance(part, Text) or part.text])

    async def _named(self, tenant: str, rest: str) -> tuple[str, str]:
        """Returns the request whose number begins the rest of a command, "" if none, and the rest after
        it."""
        found = re.match(r"#?([0-9]{1,18})\b[\s:,]*", rest)
        if found is None:
            return "", rest
        request = await self._by_number(tenant, int(found[1]))
        return (request.handoff if request else f"#{found[1]}"), rest[found.end() :]

    async def _by_number(self, tenant: str, number: int) -> Handoff | None:
        found = await self._store.query(
            Handoff, where=[Where("number", "==", number)], limit=1, tenant=tenant
        )
        return found[0] if found and number else None

    async def _quoted(self, own: Conversation, message: Inbound) -> Outbound | None:
        """Returns the message of ours that this one quotes, or None."""
        quote = message.quote.id if message.quote else ""
        if not quote:
            return None
        for place in [own.conversation, *own.archive.earlier]:
            found = await self._store.query(
                Outbound,
                where=[Where("gateway_ids", "array_contains", quote)],
                limit=1,
                tenant=own.tenant,
                conversation=place,
            )
            if found:
                return found[0]
        return None


def _choices(quoted: Outbound) -> Sequence[Choice]:
    """Returns the choices that a message of ours offered."""
    return [choice for part in quoted.parts if isinstance(part.part, Choices) for choice in part.part.choices]


def _by_talk(message: Inbound, desk: Desk) -> Meant | None:
    """Returns the meaning of a text: for the one talk that went on when it was written, if it was one.

    A text that quotes a message whose id we do not know may be for anybody.
    """
    mine = [talk for talk in desk.talks if talk.staff == message.staff]
    then = [talk for talk in mine if talk.until is None or message.at < talk.until + UNSEEN]
    if not then:
        return None
    known = message.quote is None or not message.quote.id
    if known and len(then) == 1 and then[0].since <= message.at + timedelta(seconds=1):
        return Said(then[0].handoff, message.parts)
    going_on = [talk for talk in mine if talk.until is None]
    return Unclear("staff_for_whom", going_on) if going_on else Unclear("staff_none")
