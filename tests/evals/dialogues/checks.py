"""Checks of a played turn against its assertions: each fault is one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tests.evals.dialogues.cases import Dialogue, Expect, Turn, is_pattern
from tests.evals.dialogues.stage import Played


def faults(dialogue: Dialogue, turn: Turn, played: Played, *, scripted: bool) -> list[str]:
    """Returns the assertions of a turn that do not hold; `scripted` if the scripted model answered."""
    expected = [turn.expect, *([turn.scripted] if scripted and turn.scripted else [])]
    number = dialogue.turns.index(turn) + 1
    return [f"turn {number}: {fault}" for expect in expected for fault in _faults(expect, played)]


def _faults(expect: Expect, played: Played) -> Iterator[str]:
    said = _plain(played.said)
    for group in expect.says:
        if not any(_stands(each, said) for each in _listed(group)):
            yield f"does not say {' or '.join(_listed(group))}: {played.said!r}"
    yield from (f"says {each}: {played.said!r}" for each in expect.never if _stands(each, said))
    yield from _named("tools", expect.tools, played.tools)
    yield from _named("sources", expect.sources, played.sources)
    yield from _named("calls", expect.calls, sorted(played.calls))
    yield from _named("remembered", expect.remembered, played.remembered, part=True)
    yield from _named("choices", expect.choices, [each.title for each in played.choices], part=True)
    yield from _named("problems", expect.problems, played.problems)
    if expect.steps is not None and played.steps > expect.steps:
        yield f"steps: {played.steps} (expected at most {expect.steps})"
    if expect.cost is not None and played.cost > expect.cost:
        yield f"cost: {played.cost:g} (expected at most {expect.cost:g})"
    for name in ("outcome", "language", "opted_out"):
        wanted, found = getattr(expect, name), getattr(played, name)
        if wanted is not None and wanted != found:
            yield f"{name}: {found} (expected {wanted}; {played.why})"


def _named(
    field: str, wanted: Sequence[str | Sequence[str]] | None, found: Sequence[str], *, part: bool = False
) -> Iterator[str]:
    """Yields faults of a list: each item wanted must be in it, as a whole or as a `part` of one."""
    if wanted is None:
        return
    if not wanted and found:
        yield f"{field}: {', '.join(found)} (expected none)"
    for group in wanted:
        names = _listed(group)
        if not any(
            each == name or (part and _stands(name, _plain(each))) for name in names for each in found
        ):
            yield f"{field}: {', '.join(found) or 'none'} (expected {' or '.join(names)})"


def _listed(group: str | Sequence[str]) -> Sequence[str]:
    return [group] if isinstance(group, str) else group


def _stands(wanted: str, said: str) -> bool:
    """Whether a text or a pattern stands in words; capitals, marks and kinds of spaces do not matter."""
    if is_pattern(wanted):
        return re.search(wanted[1:-1], said, re.IGNORECASE) is not None
    return _plain(wanted) in said


def _plain(text: str) -> str:
    return " ".join(text.replace("*", "").replace("’", "'").split()).casefold()
