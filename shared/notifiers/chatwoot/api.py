"""Chatwoot's API: the contact, the conversation and the messages of a request, found before they are made."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import quote

from shared.formats import wire
from shared.notifiers import Later, Refused, Unclear
from shared.notifiers._posting import accepted, failure
from shared.platform.http import Http, HttpAnswer, Unanswered, Unreachable

Json = dict[str, Any]

#: Deadlines (s) of one call, and of all calls for one notice.
CALL_S, NOTICE_S = 6.0, 18.0
#: Names of our own fields: the notice of a message, the request of a conversation.
NOTICE, REQUEST = "concierge_notice", "concierge_request"
_REASONS = {
    404: "Chatwoot does not know the account or the inbox: check the settings",
    422: "Chatwoot does not accept the message: is the inbox that of an API channel?",
}
#: Punctuation of Markdown, which Chatwoot shows, and of Liquid, which it carries out in outgoing messages; a
#: link stays as it is. Marks of lists, rules and code count at the beginning of a line alone.
_MARKS = re.compile(
    r"https?://[^\s<>()\[\]{}*`\\]+|[\\`*_{}\[\]<>#~|%&]|^[ \t]*(?:[-+=]|\d{1,9}[.)])|^[ \t]{4,}",
    re.MULTILINE,
)


class Failed(Exception):
    """A call failed before the notice was written; `result` is its meaning."""

    def __init__(self, result: Later | Refused) -> None:
        super().__init__(result.reason)
        self.result = result


class Lost(Exception):
    """The answer to the message that we named `name` was lost, and Chatwoot does not show the message."""

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(reason)
        self.reason, self.name = reason, name


class Api:
    """The calls for one notice, all within NOTICE_S."""

    def __init__(self, http: Http, url: str, token: str, inbox: int) -> None:
        self._http, self._url, self._inbox = http, url, inbox
        self._headers = {"api_access_token": token}
        self._until = asyncio.get_running_loop().time() + NOTICE_S

    async def conversation(self, thread: str, name: str) -> int:
        """Returns the number of the request's conversation. Raises Failed."""
        contact = await self._contact(thread, name)
        number = _id(contact)
        listed = await self._read("GET", f"/contacts/{number}/conversations")
        for each in wire.items(listed, "payload"):
            ours = wire.words(each, "custom_attributes", REQUEST) == thread
            if ours and wire.inside(each, "inbox_id") == self._inbox:
                return wire.whole_number(wire.inside(each, "id"))
        made: Json = {"source_id": await self._source(contact), "inbox_id": self._inbox, "contact_id": number}
        made |= {"status": "open", "custom_attributes": {REQUEST: thread}}
        return _id(await self._read("POST", "/conversations", made))

    async def known(self, conversation: int) -> dict[str, str]:
        """Returns the ids of the newest messages by our names of them. Raises Failed."""
        listed = await self._read("GET", f"/conversations/{conversation}/messages")
        found = {}
        for each in wire.items(listed, "payload"):
            if name := wire.words(each, "content_attributes", NOTICE):
                found[name] = str(wire.whole_number(wire.inside(each, "id")))
        return found

    async def write(self, conversation: int, body: Json) -> str:
        """Writes a message, and returns its id.

        After a failure that leaves it open, Chatwoot is asked for the message. Raises Failed, Lost.
        """
        try:
            answer = await self._call("POST", f"/conversations/{conversation}/messages", body)
        except Unanswered:
            return await self._settled(conversation, body, "unanswered")
        if accepted(answer):
            return str(wire.whole_number(wire.inside(wire.loads(answer.body), "id")))
        meaning = failure(answer, _REASONS.get(answer.status, ""))
        if isinstance(meaning, Unclear):
            return await self._settled(conversation, body, meaning.reason)
        raise Failed(meaning)

    async def _settled(self, conversation: int, body: Json, reason: str) -> str:
        """Returns the message's id if Chatwoot has it. Raises Lost."""
        name = body["content_attributes"][NOTICE]
        try:
            found = (await self.known(conversation)).get(name)
        except Failed:
            found = None
        if not found:
            raise Lost(reason, name)
        return found

    async def _contact(self, thread: str, name: str) -> Json:
        """Returns the request's contact: found, made, or found again if another call has just made it."""
        if found := await self._found(thread):
            return found
        try:
            answer = await self._call("POST", "/contacts", _contact(thread, name, self._inbox))
        except Unanswered:
            raise Failed(Later("unanswered")) from None
        if answer.status == 422 and (found := await self._found(thread)):
            return found
        made = wire.inside(_body(answer), "payload", "contact")
        return made if isinstance(made, dict) else {}

    async def _found(self, thread: str) -> Json | None:
        """Returns the contact with exactly this identifier; a search also finds parts of one."""
        found = await self._read("GET", f"/contacts/search?q={quote(thread, safe='')}")
        for each in wire.items(found, "payload"):
            if wire.words(each, "identifier") == thread:
                return each if isinstance(each, dict) else None
        return None

    async def _source(self, contact: Json) -> str:
        """Returns the contact's id in our inbox, to which it is added if it is not there."""
        for each in wire.items(contact, "contact_inboxes"):
            if wire.inside(each, "inbox", "id") == self._inbox:
                return wire.words(each, "source_id")
        path = f"/contacts/{_id(contact)}/contact_inboxes"
        return wire.words(await self._read("POST", path, {"inbox_id": self._inbox}), "source_id")

    async def _read(self, method: str, path: str, body: Json | None = None) -> Any:
        """Returns the JSON of an accepted call. Nothing is written yet, so an open failure is repeated."""
        try:
            return _body(await self._call(method, path, body))
        except Unanswered:
            raise Failed(Later("unanswered")) from None

    async def _call(self, method: str, path: str, body: Json | None = None) -> HttpAnswer:
        left = self._until - asyncio.get_running_loop().time()
        if left < 0.1:
            raise Failed(Later("too_slow"))
        try:
            return await self._http.request(
                method, f"{self._url}{path}", headers=self._headers, json=body, timeout=min(CALL_S, left)
            )
        except Unreachable:
            raise Failed(Later("unreachable")) from None


def plain(text: str) -> str:
    """Returns the text with backslashes before everything that Chatwoot reads as markup."""
    return _MARKS.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    mark = found[0] if found[0].startswith("http") else found[0].lstrip(" \t")
    return mark if mark.startswith("http") or not mark else mark[:-1] + "\\" + mark[-1]


def _contact(thread: str, name: str, inbox: int) -> Json:
    return {"inbox_id": inbox, "name": name, "identifier": thread}


def _body(answer: HttpAnswer) -> Any:
    """Returns the JSON of an accepted answer. Raises Failed."""
    if accepted(answer):
        return wire.loads(answer.body)
    meaning = failure(answer, _REASONS.get(answer.status, ""))
    raise Failed(Later(meaning.reason) if isinstance(meaning, Unclear) else meaning)


def _id(made: Any) -> int:
    """Returns the number of what was made. Raises Failed if the answer has none."""
    number = wire.whole_number(wire.inside(made, "id"))
    if not number:
        raise Failed(Later("unexpected_answer"))
    return number
