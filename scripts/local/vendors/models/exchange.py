"""A request to a language model and its answer, in no vendor's format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Medium:
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Call:
    name: str
    arguments: Mapping[str, Any]
    id: str = ""


@dataclass(frozen=True)
class Result:
    """A tool's result; `id` is the call's, or "" in formats that match results by order."""

    text: str
    failed: bool = False
    id: str = ""


Said = str | Medium | Call | Result


@dataclass(frozen=True)
class Line:
    role: Literal["person", "model"]
    parts: Sequence[Said]


@dataclass(frozen=True)
class Seen:
    """What a vendor understands of a request."""

    model: str
    instruction: str
    lines: Sequence[Line]
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None

    @property
    def last(self) -> Sequence[Said]:
        return self.lines[-1].parts if self.lines else []

    @property
    def text(self) -> str:
        """The last text of a person."""
        texts = [part for line in self.lines if line.role == "person" for part in line.parts]
        return next((part for part in reversed(texts) if isinstance(part, str)), "")

    @property
    def question(self) -> dict[str, Any]:
        """The JSON object at the end of the last text, or the text as its `message`."""
        text = self.text
        for start in (0, text.rfind("\n\n{") + 2):
            try:
                found = json.loads(text[start:])
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
        return {"message": text}

    @property
    def results(self) -> list[Result]:
        return [part for part in self.last if isinstance(part, Result)]


@dataclass(frozen=True)
class Reply:
    """A model's answer: words and calls, with the tokens that the vendor charges for."""

    text: str = ""
    calls: Sequence[Call] = ()
    thoughts: str = ""
    stop: Literal["done", "cut_off", "refused"] = "done"
    input: int = 90
    output: int = 30
    cached: int = 0
    audio: int = 0
