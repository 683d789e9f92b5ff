"""A simulated gateway, one in each vendor's folder, which knows only the vendor's wire format.

It needs no HTTP server: `exchange` serves it over HTTP, and has the behaviour that all gateways share
(authentication, records of calls, faults, messages in chats).
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
#: Kinds of call, in the outbox, that put a message into a chat.
MESSAGES = frozenset({"text", "image", "document", "voice", "location", "buttons", "list", "template"})
#: The organisation's own number on the simulated networks, and its name there.
OWN_NUMBER, OWN_NAME = "221330000000", "Concierge"

_PHONE = re.compile(r"\+?([1-9]\d{4,14})(?:@c\.us|@s\.whatsapp\.net)?\Z", re.ASCII)


def phone(peer: str) -> str:
    """Returns a phone number's digits from any spelling by people or WhatsApp, or ""."""
    found = _PHONE.match(re.sub(r"[\s().-]", "", peer) if "@" not in peer else peer)
    return found[1] if found else ""


@dataclass
class Network:
    """The state behind the gateways: the people's chats and their files. A message waits `queued_s` seconds
    in the queue of a vendor that has one."""

    clock: Clock
    origin: str
    db: sqlite3.Connection
    chats: Chats
    files: Files
    queued_s: float = 0


class Request(Protocol):
    """The parts of an HTTP request that a vendor reads. Starlette's requests fit."""

    @property
    def method(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def path_params(self) -> Mapping[str, Any]: ...
    @property
    def query_params(self) -> Mapping[str, str]: ...


class Answer(NamedTuple):
    """An HTTP response: a text is sent as it is, None is an empty body, any other value is sent as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = {}


class Asked(BaseModel):
    """The body of a call, with properties common to all vendors. Unknown fields are ignored, wrong types
    refused."""

    model_config = ConfigDict(strict=True)

    @property
    def chat(self) -> str:
        return ""

    @property
    def words(self) -> str:
        """The text that the person reads."""
        return ""

    @property
    def detail(self) -> Json:
        """Everything in the message but its text: `location`, `file`, `choices`."""
        return {}

    @property
    def turn(self) -> str:
        """The outbound message's id, if the vendor has a field for it; all vendors also take the header."""
        return ""

    @property
    def quotes(self) -> str:
        """The id (as the concierge knows it) of the message that this one answers."""
        return ""

    @property
    def seen(self) -> Sequence[str] | None:
        """The ids of the person's messages to mark as read; an empty list for all, None for no change."""
        return None


class Operation(NamedTuple):
    """One call of an API: its kind in the outbox, its body, the status of its success."""

    kind: str
    body: type[Asked]
    status: int = 200


class Problem(Exception):
    """The error of a failed call: status and text of the vendor's response. Optionally the vendor's own
    `code` and the seconds to wait (`after`)."""

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
    """A successful call; `said` is the message that it made."""

    operation: Operation
    asked: Asked
    chat: Chat
    said: ChatMessage | None
    network: Network


class Read(NamedTuple):
    """A call that only reads."""

    path: str
    answer: Callable[[Request, Channel, Network], Answer]


class Media(NamedTuple):
    """The address of files. If `public`, they need no API key: their names cannot be guessed."""

    path: str
    public: bool = False


class Gateway(Protocol):
    """A vendor's wire format. `secret` is the channel's name for the key of webhooks, `invalid` the status
    for a wrong body, `staff` whether people also write from the organisation's own phone."""

    kind: ClassVar[str]
    secret: ClassVar[str]
    invalid: ClassVar[int]
    staff: ClassVar[bool]
    #: Routes of calls with a body (method, path), of calls that only read, and of files (`{name}`).
    calls: ClassVar[Sequence[tuple[str, str]]]
    reads: ClassVar[Sequence[Read]]
    media: ClassVar[Media]

    def token(self, request: Request) -> str:
        """Returns the API key of the call."""
        ...

    def operation(self, request: Request, given: Any) -> Operation:
        """Returns the operation that the call requests. Raises Problem if the vendor has no such call."""
        ...

    def check(self, channel: Channel, request: Request, asked: Asked) -> None:
        """Raises Problem if the call is for another session, instance or number than the channel's."""
        ...

    def answer(self, done: Done) -> Answer: ...

    def refuse(self, problem: Problem) -> Answer:
        """Returns the vendor's error response."""
        ...

    def new_id(self, chat: Chat, number: int, *, press: bool = False) -> str:
        """Returns a message's id as the concierge will see it; no two calls have the same `number`."""
        ...

    def event(self, channel: Channel, chat: Chat, said: ChatMessage, network: Network) -> Json:
        """Returns the webhook for a message that the person, or staff on the organisation's phone, wrote."""
        ...

    def receipt(self, channel: Channel, chat: Chat, said: ChatMessage, ack: int, at: float) -> Json | None:
        """Returns the webhook for the delivery state of our message, or None if the vendor sends none."""
        ...

    def headers(self, key: str, event: Json, body: bytes) -> dict[str, str]:
        """Returns the webhook's headers, with the proof that the gateway sent it."""
        ...

    def chat_id(self, peer: str) -> str:
        """Returns the chat of a person, given in any spelling. Raises Rejected(400)."""
        ...

    def identity(self, chat: str) -> str:
        """Returns the identity of the person in a chat."""
        ...


def file_of(said: ChatMessage, network: Network) -> StoredFile | None:
    """Returns the file that the person sent with this message, or None."""
    name = said.detail.get("file", {}).get("id", "")
    return network.files.get(name) if name else None
