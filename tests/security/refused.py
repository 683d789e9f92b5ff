"""Conditions for each refused request: its status, nothing published, and no secret in the answer."""

from __future__ import annotations

from collections.abc import Collection

from tests.security.raw import Answer, Headers
from tests.security.run import Run

Statuses = Collection[int]


def refused(
    run: Run,
    target: str,
    headers: Headers,
    body: bytes = b"",
    *,
    method: str = "POST",
    statuses: Statuses = (401,),
) -> Answer:
    """Sends the request, which must be answered with one of the statuses and have no effect."""
    before = len(run.lines)
    answer = run.send(method, target, headers, body)
    assert answer.status in statuses, answer
    published = [line["published"] for line in run.handled(before)]
    assert not any(published), published
    assert not answer.holds("key-of-"), "a secret's value is in the answer"
    assert run.told("key-of-", before) == [], "a secret's value is in the log"
    return answer


def nobody_was_answered(run: Run) -> None:
    """Checks that the run left no message, person or conversation, and no call to a gateway.

    The people whom the demo organisations know are there from the beginning.
    """
    run.settle()
    assert run.calls() == []
    for place in ("conversations", "handoffs"):
        assert run.documents(f"tenants/*/{place}/*") == {}
    known = {record["contact"] for record in run.documents("tenants/*/externals/*").values()}
    for place in ("contacts", "identities"):
        found = run.documents(f"tenants/*/{place}/*").values()
        assert {document["contact"] for document in found} <= known
