"""Costs of calls, from the price table beside this file; a cost that the vendor names comes first."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from shared.llm import File, Request, Text, ToolCall, ToolResult, Usage
from shared.models.answers import ModelEntry
from shared.platform import logs

FILE = Path(__file__).with_name("prices.json")
_MILLION = 1_000_000
#: What may stand after a listed name: a version, a date or a stage of the same model.
_VERSION = re.compile(r"[-@:](?:latest|preview|exp|beta|v\d|\d{3})[\w.:@-]*")
#: Ends of OpenRouter's names of variants without a price.
_FREE = ":free"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Characters of text for a token at least, tokens of a file, and bytes of sound in a second: for estimates.
_CHARACTERS, _FILE_TOKENS, _SOUND_BYTES = 2, 2_000, 1_000


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens, a minute of sound, or a million `characters` that are spoken.

    `cached` and `audio` are parts of the input.
    """

    input: float
    output: float
    cached: float
    audio: float
    minute: float = 0.0
    characters: float = 0.0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Price:
        plain = float(row["input"])
        cached, audio = float(row.get("cached", plain)), float(row.get("audio", plain))
        minute, characters = float(row.get("minute", 0.0)), float(row.get("characters", 0.0))
        return cls(plain, float(row["output"]), cached, audio, minute, characters)

    def cost(self, usage: Usage) -> float:
        """Returns the cost (US dollars) of these tokens and characters."""
        audio = min(usage.audio, usage.input)
        cached = min(usage.cached, usage.input - audio)
        plain = usage.input - audio - cached
        dollars = plain * self.input + cached * self.cached + audio * self.audio + usage.output * self.output
        return (dollars + usage.characters * self.characters) / _MILLION


@cache
def table() -> Mapping[str, Any]:
    """Returns the price table, read once."""
    found: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def cost(entry: ModelEntry, model: str, usage: Usage, now: datetime, sound: int = 0) -> float:
    """Returns the cost (US dollars) of a call to a tenant's model; `model` is as the answer names it.

    `sound` is the length (bytes) of a recording that was transcribed: its duration, for which some vendors
    charge, is estimated if the vendor tells none.
    """
    if usage.cost is not None and usage.cost >= 0:
        return usage.cost
    price = price_of(entry, model, usage.input, now)
    seconds = usage.seconds or (0.0 if usage.total else sound / _SOUND_BYTES)
    return price.cost(usage) + price.minute * seconds / 60


def estimate(entry: ModelEntry, request: Request, now: datetime) -> float:
    """Returns the most (US dollars) that a request is likely to cost."""
    tokens = len(request.instruction) // _CHARACTERS + sum(
        len(json.dumps(tool.parameters)) // _CHARACTERS for tool in request.tools
    )
    for message in request.messages:
        tokens += sum(_tokens(part) for part in message.parts)
    usage = Usage(input=tokens, output=request.output_tokens)
    return price_of(entry, "", tokens, now).cost(usage)


def _tokens(part: Text | File | ToolCall | ToolResult) -> int:
    if isinstance(part, File):
        # A second of sound is 25 to 32 tokens: https://ai.google.dev/gemini-api/docs/audio
        return _FILE_TOKENS + 32 * (len(part.data) // _SOUND_BYTES) * part.media_type.startswith("audio/")
    text = part.text if isinstance(part, Text | ToolResult) else str(part.arguments)
    return len(text) // _CHARACTERS + 10


def price_of(entry: ModelEntry, model: str, tokens: int, now: datetime) -> Price:
    """Returns the price of a tenant's model for a request of so many tokens.

    A model at an address of the tenant's own without a key costs nothing: nobody charges for it. One that is
    not in the table has a price above all in it, and is logged once.
    """
    if entry.url and not entry.keys:
        return Price(0.0, 0.0, 0.0, 0.0)
    names = [name for name in (model, entry.model) if name]
    if any(name.endswith(_FREE) for name in names):
        return Price(0.0, 0.0, 0.0, 0.0)
    for name in names:
        if rows := _listed(_plain(name)):
            return _at(rows, tokens, now)
    _tell_unknown(entry.format, names[-1] if names else "")
    return Price.of(table()["unknown"])


def _at(rows: Sequence[Mapping[str, Any]], tokens: int, now: datetime) -> Price:
    """Returns the price of that moment; before the first and after the last day that of the nearest."""
    today = now.astimezone(UTC).date()
    row = next((each for each in rows if _valid(each, today)), rows[-1])
    if (above := row.get("above")) and tokens > above["tokens"]:
        return Price.of(above)
    if (peak := row.get("peak")) and _at_peak(peak, now.astimezone(UTC)):
        return Price.of(peak)
    return Price.of(row)


def _valid(row: Mapping[str, Any], today: date) -> bool:
    since, until = str(row.get("since", "")), str(row.get("until", "9999"))
    return since <= today.isoformat() <= until


def _at_peak(peak: Mapping[str, Any], now: datetime) -> bool:
    first, last = (_DAYS.index(day) for day in str(peak["days"]).split("-"))
    spans = (hours.split("-") for hours in peak["hours"])
    return first <= now.weekday() <= last and any(begins <= f"{now:%H:%M}" < ends for begins, ends in spans)


def _plain(name: str) -> str:
    """Returns a vendor's name of a model without its maker, in the table's spelling: `claude-haiku-4-5`."""
    return name.rpartition("/")[2].lower().replace(".", "-")


@lru_cache(maxsize=200)
def _listed(name: str) -> Sequence[Mapping[str, Any]]:
    """Returns the prices of a model, by day; the longest listed name that fits counts."""
    fits: dict[str, list[Mapping[str, Any]]] = {}
    for row in table()["prices"]:
        listed = _plain(row["model"])
        rest = name.removeprefix(listed) if name.startswith(listed) else None
        if rest == "" or (rest and _VERSION.fullmatch(rest)):
            fits.setdefault(listed, []).append(row)
    return fits[max(fits, key=len)] if fits else []


@lru_cache(maxsize=1_000)
def _tell_unknown(format: str, model: str) -> None:
    logs.logger().warning("price_unknown", provider=format, model=model)
