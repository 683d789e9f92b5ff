"""Faults that a test arms: the next calls of a channel fail in the way that was asked for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from shared.models.tenant import Slug, Strict

#: How many may be armed at once.
LIMIT = 100

Kind = Literal[
    "text", "image", "document", "voice", "location", "buttons", "list", "template",
    "reaction", "typing", "seen", "other",
]  # fmt: skip
#: What a fault without a `kind` does not touch: nobody waits for these.
COURTESIES = frozenset({"typing", "seen", "other"})


class Fault(Strict):
    """`status` answers so without doing it; `garbage` does it and answers 200 with no JSON; `drop` does it
    and breaks the connection in place of an answer; `hang_s` does it and answers that much later, and may
    go with one of the others. With a status, `retry_after` is how long (s) the vendor says to wait, `code`
    the error's number where a vendor has one of its own (Meta's 131047)."""

    channel: Slug
    tenant: Slug | None = None
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

    def strikes(self, tenant: str, channel: str, kind: str) -> bool:
        """Whether a call of this kind is one it was armed for."""
        if self.channel != channel or self.tenant not in (None, tenant):
            return False
        return kind == self.kind if self.kind else kind not in COURTESIES


class Faults:
    """Those armed now, the first armed struck first. They do not outlive the process."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Raises ValueError where too many are armed already."""
        if len(self._armed) >= LIMIT:
            raise ValueError(f"{LIMIT} faults are armed already; DELETE /_sim/faults clears them")
        self._armed.append(fault)

    def armed(self) -> list[Fault]:
        return list(self._armed)

    def clear(self) -> None:
        self._armed.clear()

    def take(self, tenant: str, channel: str, kind: str) -> Fault | None:
        """The fault that this call meets, used up by one."""
        for place, fault in enumerate(self._armed):
            if fault.strikes(tenant, channel, kind):
                left = fault.times - 1
                self._armed[place : place + 1] = [fault.model_copy(update={"times": left})] if left else []
                return fault
        return None
