"""Chatwoot's API served over HTTP: contacts, conversations and messages, with scripted faults."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]

ACCOUNT, INBOX, TOKEN = 2, 1, "not-a-real-token"
PAGE = 20


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: Json


#: A response in place of Chatwoot's own, or None to let the call through.
Script = Callable[[Call], Response | None]


class Chatwoot:
    """Carries calls out, unless the next of `before` answers in their place.

    The next of `after` answers for a call that was carried out, for example not at all.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.contacts: list[Json] = []
        self.conversations: list[Json] = []
        self.messages: list[Json] = []
        self.before: deque[Script] = deque()
        self.after: deque[Script] = deque()
        self._calls: dict[tuple[str, str], Callable[[Request, Json], Response]] = {
            ("GET", "contacts/search"): self._search,
            ("POST", "contacts"): self._create_contact,
            ("POST", "contacts/{id:int}/contact_inboxes"): self._add_to_inbox,
            ("GET", "contacts/{id:int}/conversations"): self._conversations_of,
            ("POST", "conversations"): self._create_conversation,
            ("GET", "conversations/{id:int}/messages"): self._list,
            ("POST", "conversations/{id:int}/messages"): self._write,
        }
        root = f"/api/v1/accounts/{ACCOUNT}/"
        routes = [
            Route(root + path, self._carried_out(run), methods=[method])
            for (method, path), run in self._calls.items()
        ]
        self.app = Starlette(routes=routes)

    def _carried_out(self, run: Callable[[Request, Json], Response]) -> Any:
        async def call(request: Request) -> Response:
            body = await request.json() if request.method == "POST" else {}
            called = Call(request.method, request.url.path, body)
            self.calls.append(called)
            if request.headers.get("api_access_token") != TOKEN:
                return JSONResponse({"error": "Invalid Access Token"}, 401)
            if self.before and (answer := self.before.popleft()(called)):
                return answer
            done = run(request, body)
            return (self.after.popleft()(called) if self.after else None) or done

        return call

    def _search(self, request: Request, _: Json) -> Response:
        """Finds parts of a name or an identifier."""
        part = request.query_params["q"].casefold()
        found = [each for each in self.contacts if part in f"{each['name']} {each['identifier']}".casefold()]
        return JSONResponse({"meta": {"count": len(found)}, "payload": found})

    def _create_contact(self, _: Request, body: Json) -> Response:
        if any(each["identifier"] == body["identifier"] for each in self.contacts):
            problem = {"message": "Identifier has already been taken", "attributes": ["identifier"]}
            return JSONResponse(problem, 422)
        contact = self.know(body["identifier"], body["name"], body["inbox_id"])
        return JSONResponse({"payload": {"contact": contact, "contact_inbox": contact["contact_inboxes"][0]}})

    def know(self, identifier: str, name: str, *inboxes: int) -> Json:
        """Adds a contact with a place in these inboxes."""
        contact: Json = {"id": len(self.contacts) + 7, "identifier": identifier, "name": name}
        contact["contact_inboxes"] = [_place(contact["id"], inbox) for inbox in inboxes]
        self.contacts.append(contact)
        return contact

    def _add_to_inbox(self, request: Request, body: Json) -> Response:
        contact = next(each for each in self.contacts if each["id"] == request.path_params["id"])
        place = _place(contact["id"], body["inbox_id"])
        contact["contact_inboxes"].append(place)
        return JSONResponse(place)

    def _conversations_of(self, request: Request, _: Json) -> Response:
        theirs = [each for each in self.conversations if each["contact"] == request.path_params["id"]]
        return JSONResponse({"payload": theirs})

    def _create_conversation(self, _: Request, body: Json) -> Response:
        if not body["source_id"].endswith(f"{body['contact_id']}-{body['inbox_id']}"):
            return JSONResponse({"error": "Resource could not be found"}, 404)
        conversation = {
            "id": len(self.conversations) + 31,
            "contact": body["contact_id"],
            "inbox_id": body["inbox_id"],
            "status": body.get("status", "pending"),
            "custom_attributes": body.get("custom_attributes", {}),
            "messages": [],
        }
        self.conversations.append(conversation)
        return JSONResponse(conversation)

    def _list(self, request: Request, _: Json) -> Response:
        """Lists the newest page, oldest first."""
        theirs = [each for each in self.messages if each["conversation_id"] == request.path_params["id"]]
        return JSONResponse({"meta": {}, "payload": theirs[-PAGE:]})

    def _write(self, request: Request, body: Json) -> Response:
        incoming = body["message_type"] == "incoming"
        if incoming and body.get("private"):
            return JSONResponse({"error": "Incoming messages cannot be private"}, 422)
        message = {
            "id": len(self.messages) + 100,
            "conversation_id": request.path_params["id"],
            "content": body["content"],
            "message_type": 0 if incoming else 1,
            "private": body.get("private", False),
            "content_attributes": body.get("content_attributes", {}),
        }
        self.messages.append(message)
        return JSONResponse(message)


def _place(contact: int, inbox: int) -> Json:
    return {"source_id": f"source-{contact}-{inbox}", "inbox": {"id": inbox, "channel_type": "Channel::Api"}}
