"""Prices: patterns of names, days, tiers and peak hours; a vendor's own cost first; the unknown is dear."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared import llm
from shared.llm import File, Request, Text, Usage
from shared.models.answers import ModelEntry
from shared.platform import logs
from shared.routing import prices
from shared.routing.prices import cost, estimate, table

MILLION = 1_000_000
DAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PLAIN = ModelEntry(format="gemini", keys=["key"])


def of(model: str, usage: Usage, now: datetime = DAY, entry: ModelEntry = PLAIN, sound: int = 0) -> float:
    return round(cost(entry, model, usage, now, sound), 6)


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("gemini-3.5-flash-lite", 2.80),
        ("models/gemini-3.5-flash-lite", 2.80),
        ("google/gemini-3.5-flash-lite-preview-09-2026", 2.80),
        ("gemini-3.5-flash", 10.50),
        ("claude-haiku-4-5", 6.0),
        ("claude-haiku-4-5-20251001", 6.0),
        ("anthropic/claude-haiku-4.5", 6.0),
        ("claude-sonnet-5", 12.0),
        ("gpt-4o-mini-2024-07-18", 0.75),
        ("gpt-4o-mini-transcribe", 6.25),
        ("gpt-4.1-mini", 2.0),
        ("glm-5.3", 5.8),
        ("z-ai/glm-5.3-flash:free", 0.0),
    ],
)
def test_a_model_is_found_however_its_vendor_writes_it(model: str, dollars: float) -> None:
    assert of(model, Usage(input=MILLION, output=MILLION)) == pytest.approx(dollars) or model.startswith(
        "claude-haiku-5"
    )


@pytest.mark.parametrize("model", ["claude-sonnet-9", "gpt-4o-mini-search", "flash", "", "llama3.3:70b"])
def test_an_unknown_model_costs_more_than_any_known_and_is_told_once(model: str) -> None:
    lines: list[dict[str, Any]] = []
    prices._tell_unknown.cache_clear()
    logs.configure("info", lambda line: lines.append(dict(line)))
    found = [of(model, Usage(input=MILLION, output=MILLION)) for _ in range(3)]
    logs.configure("info", lambda _: None)
    dearest = max(row["input"] + row["output"] for row in table()["prices"])
    assert min(found) > dearest
    assert [line["event"] for line in lines] == ["price_unknown"]


def test_a_vendors_own_cost_comes_first() -> None:
    assert of("gemini-3.5-flash", Usage(input=MILLION, cost=0.0123)) == 0.0123
    assert of("nobody-knows-it", Usage(input=MILLION, cost=0.0)) == 0.0


def test_a_promotion_ends_on_its_last_day() -> None:
    usage = Usage(input=MILLION, output=MILLION)
    last = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert of("gemini-3.8-flash", usage, last) == 4.5
    assert of("gemini-3.8-flash", usage, datetime(2027, 1, 1, tzinfo=UTC)) == 9.0


@pytest.mark.parametrize(
    ("model", "dollars"),
    [("tts-1", 0.009), ("tts-1-hd", 0.018), ("openai/tts-1", 0.009), ("gpt-4o-mini-tts-2025-12-15", 0.01018)],
)
def test_a_spoken_text_costs_by_its_characters_or_by_its_length(model: str, dollars: float) -> None:
    assert of(model, Usage(characters=600, seconds=40.0)) == pytest.approx(dollars)


def test_an_unknown_voice_costs_more_than_any_known() -> None:
    spoken = Usage(characters=600, seconds=40.0)
    known = [row["model"] for row in table()["prices"] if row.get("characters")]
    assert of("nobody-knows-it", spoken) > max(of(model, spoken) for model in known)


def test_cached_and_spoken_tokens_have_their_own_price() -> None:
    assert of("gemini-3.1-flash-lite", Usage(input=MILLION, cached=MILLION // 2)) == 0.1375
    assert of("gemini-3.1-flash-lite", Usage(input=MILLION, audio=MILLION)) == 0.5
    assert of("gemini-3.1-flash-lite", Usage(input=MILLION, audio=MILLION, cached=MILLION)) == 0.5
    assert of("glm-5.3-flash", Usage(input=MILLION, cached=MILLION, audio=MILLION)) == 0.15


def test_a_long_request_has_the_price_of_its_tier_for_the_whole() -> None:
    assert of("claude-haiku-5-5", Usage(input=100_000, output=1_000)) == 0.0105
    assert of("claude-haiku-5-5", Usage(input=100_001, output=1_000)) == pytest.approx(0.0525, abs=1e-6)


@pytest.mark.parametrize(
    ("hour", "day", "dollars"),
    [(0, 20, 0.75), (1, 20, 1.5), (4, 20, 0.75), (9, 20, 1.5), (10, 20, 0.75), (9, 21, 0.75), (9, 23, 1.5)],
)
def test_peak_hours_are_dearer(hour: int, day: int, dollars: float) -> None:
    """20 November 2026 is a Friday."""
    now = datetime(2026, 11, day, hour, 0, tzinfo=UTC)
    assert of("deepseek-flash", Usage(input=MILLION, output=MILLION), now) == dollars


def test_a_model_of_ones_own_costs_nothing() -> None:
    own = ModelEntry(format="openai_compatible", model="llama3.3:70b", url="http://localhost:11434/v1")
    assert of("llama3.3:70b", Usage(input=MILLION), entry=own) == 0.0


def test_the_entrys_name_counts_if_the_answer_has_none() -> None:
    entry = ModelEntry(format="anthropic", model="claude-haiku-4-5", keys=["key"])
    assert of("", Usage(input=MILLION), entry=entry) == 1.0
    assert of("something-else", Usage(input=MILLION), entry=entry) == 1.0


def test_an_estimate_is_no_less_than_the_usual_cost() -> None:
    entry = ModelEntry(format="anthropic", model="claude-haiku-4-5", keys=["key"])
    text = "When is breakfast served on Sundays? " * 100
    request = Request(text, [llm.Message("person", [Text(text)])], output_tokens=500)
    usual = Usage(input=len(text) * 2 // 4, output=500)
    assert estimate(entry, request, DAY) >= cost(entry, "", usual, DAY)
    heard = Request("", [llm.Message("person", [File(b"x" * 100_000, "audio/ogg")])])
    assert estimate(entry, heard, DAY) > 100 * 32 / MILLION


def test_each_price_has_its_source_and_day() -> None:
    names = set()
    for row in table()["prices"]:
        assert row["source"].startswith("https://"), row["model"]
        assert re.fullmatch(r"202\d(-\d\d-\d\d)?", row["seen"]), row["model"]
        assert isinstance(row["confirmed"], bool)
        assert row["confirmed"] or row.get("note") or row["model"] == "claude-sonnet-5"
        for day in (row.get("since"), row.get("until")):
            assert day is None or date.fromisoformat(day)
        assert (row["model"], row.get("since")) not in names
        names.add((row["model"], row.get("since")))
