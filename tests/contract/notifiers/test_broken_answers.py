"""Answers of staff, corrupted in hundreds of ways: each is an act, nothing, or refused."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, quote_from_bytes

import pytest

from scripts.local.vendors.chatwoot.webhooks import AGENT, changed, conversation, message
from scripts.local.vendors.slack import webhooks as slack
from scripts.local.vendors.teams import webhooks as teams
from shared.errors import Rejected
from shared.models.events import HANDOFFS
from tests.contract.notifiers.rooms import posted, reader
from tests.fakes.connection import NOW
from tests.payloads.mutations import broken

BUTTON = {"action_id": "take", "text": {"text": "Take"}, "value": "handoff-42"}
USER = {"id": "U1", "name": "dana"}
PRESS = slack.press(BUTTON, USER, trigger="1.2.abc", at=NOW.timestamp())
ASSIGNED = [{"assignee_id": {"previous_value": None, "current_value": 2}}]
OURS = conversation("handoff-42", assignee=AGENT)

ANSWERS: dict[str, tuple[str, Any]] = {
    "slack": ("slack", json.loads(parse_qs(PRESS.decode())["payload"][0])),
    "teams": ("teams", json.loads(teams.activity("yes", id="1", sender=USER | {"aadObjectId": "u"}))),
    "webhook": (
        "webhook",
        {"id": "1", "handoff": "h", "token": "t", "act": "say", "who": "d", "text": "Yes."},
    ),
    "chatwoot message": (
        "chatwoot",
        json.loads(message("Yes.", OURS, attachments=[{"data_url": "https://x.y"}])),
    ),
    "chatwoot assignment": (
        "chatwoot",
        json.loads(changed("conversation_updated", OURS, changed_attributes=ASSIGNED)),
    ),
    "chatwoot end": (
        "chatwoot",
        json.loads(changed("conversation_status_changed", OURS | {"status": "resolved"})),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_is_broken_is_parsed_or_rejected(name: str) -> None:
    kind, document = ANSWERS[name]
    answers = reader(kind, {}, {"inbox": 1})
    whole = json.dumps(document).encode()
    outcomes = set()
    for body in [whole, *broken(document)]:
        form = b"payload=" + quote_from_bytes(body).encode() if kind == "slack" else body
        try:
            found = answers.parse(posted(form, {}))
        except Rejected as refused:
            assert refused.status == 400, body  # noqa: PT017
            outcomes.add("rejected")
        else:
            assert [HANDOFFS.validate_json(each.model_dump_json()) for each in found] == list(found), body
            outcomes.add("acts" if found else "nothing")
    assert {"acts", "rejected"} <= outcomes
