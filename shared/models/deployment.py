"""The state of a whole deployment: whether it is paused."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared.models.document import Document


class Deployment(Document):
    """The deployment's one document of its own, which exists while it is paused.

    `paused_at` is the time of its pause, None if it is at work; `why` is for operators. As data, a pause
    survives a deploy and travels with an export (infra/decisions/0022-pausing-and-moving.md).
    """

    path: ClassVar[str] = "deployment/{document}"
    document: str = "state"
    paused_at: datetime | None = None
    why: str = ""
