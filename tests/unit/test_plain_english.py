"""Docstrings name their subjects and objects: the thing, not "what" or "who"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The greatest share of clauses that may have one of these words as their subject or object.
SHARE = 0.02
_RELATIVE = re.compile(r"\b(?:what|who|whom|whoever|whatever)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.;:!?](?=\s|$)|,\s|\n\n|\s[—–]\s|[()]")
_QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`|“[^”]*”|«[^»]*»")
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def docstrings(folder: Path) -> Iterator[tuple[str, str]]:
    """Yields each docstring with its place."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, _DOCUMENTED) and (text := ast.get_docstring(node)):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", text


def clauses(text: str) -> list[str]:
    """Splits a text into clauses, without quotations and code; fragments of one or two words do not count."""
    return [clause for clause in _CLAUSE.split(_QUOTED.sub("x", text)) if len(clause.split()) > 2]


def relative(clause: str) -> bool:
    return _RELATIVE.search(clause) is not None


@pytest.mark.parametrize("folder", ["shared", "functions", "scripts", "tests"])
def test_docstrings_name_the_thing(folder: str) -> None:
    found = [(place, clause) for place, text in docstrings(ROOT / folder) for clause in clauses(text)]
    vague = [f"{place}: {' '.join(clause.split())}" for place, clause in found if relative(clause)]
    assert len(vague) <= SHARE * len(found), f"{len(vague)} of {len(found)} clauses:\n" + "\n".join(vague)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Returns what lies there.", 1),
        ("Stops sending to who blocked us; nobody else is told.", 1),
        ("Returns the person who wrote, and whatever was kept.", 2),
        ('Asks "what is that?" and waits for the answer.', 0),
        ("Returns the value at `what`, or None if there is none.", 0),
    ],
)
def test_the_count_can_fail(text: str, expected: int) -> None:
    assert sum(map(relative, clauses(text))) == expected
