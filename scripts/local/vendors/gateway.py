"""A simulated gateway, one in each vendor's folder. It knows the vendor's wire format and nothing else.

Reading a request and building its answer needs no HTTP server: `exchange` serves a gateway over HTTP, and
decides what all have in common (who may call, what is kept, which fault strikes, what happens in the chat).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from scripts.local.vendors.chats import Chat, ChatMessage, Chats
from scripts.local.vendors.files import Files, StoredFile
from shared.models.tenant import Channel
from shared.platform.clock import Clock

Json = dict[str, Any]
#: What the outbox calls the calls that put a message into a chat.
MESSAGES = frozenset({"text", "image", "document", "voice", "location", "buttons", "list", "template"})
#: The organisation's own number on the simulated networks, and its name there.
OWN_NUMBER, OWN_NAME = "221330000000", "Concierge"

_PHONE = re.compile(r"\+?([1-9]\d{4,14})(?:@c\.us|@s\.whatsapp\.net)?\Z", re.ASCII)


def phone(peer: str) -> str:
    """The digits of a number that people or WhatsApp spell, "" where it is none."""
    found = _PHONE.match(re.sub(r"[\s().-]", "", peer) if "@" not in peer else peer)
    return found[1] if found else ""


@dataclass
class Network:
    """What is behind the gateways: the people's chats and the files in them. A message waits `queued_s`
    seconds in the queue of a vendor that has one."""

    clock: Clock
    origin: str
    db: sqlite3.Connection
    chats: Chats
    files: Files
    queued_s: float = 0


class Request(Protocol):
    """An HTTP request, as far as a vendor reads it. Starlette's requests are such."""

    @property
    def method(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def path_params(self) -> Mapping[str, Any]: ...
    @property
    def query_params(self) -> Mapping[str, str]: ...


class Answer(NamedTuple):
    """An HTTP answer: a text is sent as it is, None is an empty body, anything else is sent as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = {}


class Asked(BaseModel):
    """The body of a call, and what it asks for in our words. Unknown fields are ignored, wrong types not."""

    model_config = ConfigDict(strict=True)

    @property
    def chat(self) -> str:
        return ""

    @property
    def words(self) -> str:
        """What the person reads of it."""
        return ""

    @property
    def detail(self) -> Json:
        """What of a message is not text: `location`, `file`, `choices`."""
        return {}

    @property
    def turn(self) -> str:
        """Where the vendor has a field for it; the header is read for all."""
        return ""

    @property
    def quotes(self) -> str:
        """The concierge's id of the message that it answers."""
        return ""

    @property
    def seen(self) -> Sequence[str] | None:
        """The ids of the person's messages that it marks as read; none for all, None for nothing."""
        return None


class Operation(NamedTuple):
    """One call of an API: what it is in the outbox, its body, the status of its success."""

    kind: str
    body: type[Asked]
    status: int = 200


class Problem(Exception):
    """Why a call is not carried out: `status` and words as the vendor's answer has them, its own `code` and
    the seconds to wait where they are to be told."""

    def __init__(
        self, status: int, words: str | list[str], *, code: int | None = None, after: int | None = None
    ) -> None:
        super().__init__(status, words)
        self.status, self.code, self.after = status, code, after
        self.lines = [words] if isinstance(words, str) else words

    @property
    def words(self) -> str:
        return "; ".join(self.lines)

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.after is None else {"Retry-After": str(self.after)}


class Done(NamedTuple):
    """A call that was carried out; `said` is the message that it made."""

    operation: Operation
    asked: Asked
    chat: Chat
    said: ChatMessage | None
    network: Network


class Read(NamedTuple):
    """A call that only asks."""

    path: str
    answer: Callable[[Request, Channel, Network], Answer]


class Media(NamedTuple):
    """Where files lie. Those that are `public` anyone may fetch: their names cannot be guessed."""

    path: str
    public: bool = False


class Gateway(Protocol):
    """`secret` is the channel's name for what webhooks are signed with, `invalid` the status for a wrong
    body, `staff` whether people also write from the organisation's own phone."""

    kind: ClassVar[str]
    secret: ClassVar[str]
    invalid: ClassVar[int]
    staff: ClassVar[bool]
    #: Where calls with a body come in (method, path), what else can be asked, and where `{name}` is a file.
    calls: ClassVar[Sequence[tuple[str, str]]]
    reads: ClassVar[Sequence[Read]]
    media: ClassVar[Media]

    def token(self, request: Request) -> str:
        """The API key that the call carries."""
        ...

    def operation(self, request: Request, given: Any) -> Operation:
        """What this call is. Raises Problem where the vendor has no such call."""
        ...

    def check(self, channel: Channel, request: Request, asked: Asked) -> None:
        """Raises Problem where the call is for another session, instance or number than the channel's."""
        ...

    def answer(self, done: Done) -> Answer: ...

    def refuse(self, problem: Problem) -> Answer:
        """The vendor's error."""
        ...

    def new_id(self, chat: Chat, number: int, *, press: bool = False) -> str:
        """A message's id as the concierge will know it; no two calls have the same `number`."""
        ...

    def event(self, channel: Channel, chat: Chat, said: ChatMessage, network: Network) -> Json:
        """The webhook for what the person, or the staff on the organisation's phone, wrote."""
        ...

    def receipt(self, channel: Channel, chat: Chat, said: ChatMessage, ack: int, at: float) -> Json | None:
        """The webhook for how far our message came; None where the vendor tells no such thing."""
        ...

    def headers(self, key: str, event: Json, body: bytes) -> dict[str, str]:
        """The webhook's headers: the proof that the gateway sent it among them."""
        ...

    def chat_id(self, peer: str) -> str:
        """The chat of a person in any spelling. Raises Rejected(400)."""
        ...

    def identity(self, chat: str) -> str:
        """Who is at the other end of a chat."""
        ...


def file_of(said: ChatMessage, network: Network) -> StoredFile | None:
    """The file that the person sent with this message."""
    name = said.detail.get("file", {}).get("id", "")
    return network.files.get(name) if name else None
