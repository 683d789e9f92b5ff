"""Faults that a test arms: the next calls of a channel fail in the requested way."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from shared.models.staff import Slug, Strict

#: Maximum number of armed faults.
LIMIT = 100

Kind = Literal[
    "text", "image", "document", "voice", "location", "buttons", "list", "template",
    "reaction", "typing", "seen", "other",
]  # fmt: skip
#: Kinds of call that a fault without a `kind` skips: no message depends on them.
_OPTIONAL = frozenset({"typing", "seen", "other"})


class Fault(Strict):
    """One armed fault. `status` responds with it and does not carry out the call; `garbage` carries it out
    and responds 200 without JSON; `drop` carries it out and breaks the connection instead of responding;
    `hang_s` carries it out and responds that much later, and may be combined with one of the others. With a
    status, `retry_after` is the wait (s) that the vendor asks for, `code` the vendor's own error number, if
    it has such (Meta's 131047)."""

    channel: Slug
    tenant: Slug | None = None
    to: str | None = Field(None, min_length=1, max_length=100)
    kind: Kind | None = None
    times: int = Field(1, ge=1, le=10_000)
    status: int | None = Field(None, ge=300, le=599)
    retry_after: int | None = Field(None, ge=0, le=3600)
    code: int | None = None
    hang_s: float = Field(0, ge=0, le=600)
    drop: bool = False
    garbage: bool = False

    @model_validator(mode="after")
    def _one_way_to_fail(self) -> Fault:
        ways = [self.status is not None, self.drop, self.garbage]
        if sum(ways) > 1 or not (any(ways) or self.hang_s):
            raise ValueError("expected one of status, drop or garbage, or hang_s (alone or with one of them)")
        if self.status is None and (self.retry_after is not None or self.code is not None):
            raise ValueError("retry_after, code: expected only with a status")
        return self

    def strikes(self, tenant: str, channel: str, chat: str, kind: str) -> bool:
        """Whether it applies to a call of this kind for this chat."""
        if self.channel != channel or self.tenant not in (None, tenant) or self.to not in (None, chat):
            return False
        return kind == self.kind if self.kind else kind not in _OPTIONAL


class Faults:
    """The armed faults, in the order of arming. They last as long as the process."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Adds a fault. Raises ValueError if too many are armed already."""
        if len(self._armed) >= LIMIT:
            raise ValueError(f"{LIMIT} faults are armed already; DELETE /_sim/faults clears them")
        self._armed.append(fault)

    def armed(self) -> list[Fault]:
        return list(self._armed)

    def clear(self) -> None:
        self._armed.clear()

    def take(self, tenant: str, channel: str, chat: str, kind: str) -> Fault | None:
        """Returns the fault for this call, used up by one, or None."""
        for place, fault in enumerate(self._armed):
            if fault.strikes(tenant, channel, chat, kind):
                left = fault.times - 1
                self._armed[place : place + 1] = [fault.model_copy(update={"times": left})] if left else []
                return fault
        return None
