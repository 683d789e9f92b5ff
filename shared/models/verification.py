"""The proof of a person's identity: what a session knows of it, and what it was about to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

#: How long an errand that was broken off is offered again.
RESUMED = timedelta(days=1)


class Linked(BaseModel):
    """A record that another one links to, or a plain value: its id in the source, and its text."""

    id: str
    text: str = ""


class Verified(BaseModel):
    """A proven identity, for one session. `subject` is what its record says, by the names of the proof's
    `keeps`: all parameters of actions come from it."""

    profile: str
    at: datetime
    name: str = ""
    subject: dict[str, list[Linked]] = {}


class Errand(BaseModel):
    """What the person is about to do: prove an identity for an action, choose one of several, or confirm.

    `of` is the id of the chosen one of the action's `each`, "" for all of them.
    """

    step: Literal["code", "one_time", "which", "confirm"]
    profile: str
    action: str = ""
    of: str = ""
    at: datetime
