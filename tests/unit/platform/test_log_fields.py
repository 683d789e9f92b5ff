"""One type for each field of a log line: in the code's own calls, and in the line whatever is passed."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.yaml_file import ROOT
from shared.platform import log_fields, logs
from shared.platform.log_fields import KINDS, MEANINGS, MISFITS, Kind

_LEVELS = {"debug", "info", "warning", "error", "critical"}
#: Fields that the logs add themselves.
_OWN = {"event", "severity", "time", MISFITS}
#: Fields of `logs.describe`, and of ids that travel as a mapping (platform/endpoint.py, platform/tracing.py).
_SPREAD = {"error", "where", "trace", "span", "tenant", "conversation", "message"}
#: Names that Cloud Logging takes out of a line: https://cloud.google.com/logging/docs/structured-logging
_TAKEN = {
    "httprequest",
    "labels",
    "insertid",
    "log",
    "operation",
    "sourcelocation",
    "spanid",
    "stack_trace",
    "timestamp",
    "timestampnanos",
    "timestampseconds",
}
#: https://cloud.google.com/bigquery/docs/schemas#column_names
_PREFIXES = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier")

Call = tuple[str, str, ast.expr]


def calls() -> Iterator[Call]:
    """Yields each field that the code logs or binds: file and line, name, and the value's expression."""
    for folder in ("shared", "functions", "scripts/local"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and logs_a_line(node):
                    for keyword in node.keywords:
                        yield f"{path.name}:{node.lineno}", keyword.arg or "", keyword.value


def logs_a_line(call: ast.Call) -> bool:
    """Whether a call logs an event of ours, or binds ids to the lines."""
    callee = ast.unparse(call.func)
    if callee in ("logs.bind", "logs.begin"):
        return True
    named = bool(call.args) and not re.search(r"[ %]", ast.unparse(call.args[0]).partition(" if ")[0])
    level = bool(re.search(rf"\b(logger\(\)|log)\.({'|'.join(_LEVELS)})\b", callee)) or callee == "say"
    return level and named


CALLS = list(calls())


def kind_of(value: ast.expr) -> Kind | None:
    """Returns the kind of an expression, or None if its form does not tell."""
    match value:
        case ast.Constant(value=bool()) | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return Kind.FLAG
        case ast.Constant(value=int() | float()) | ast.BinOp(op=ast.Div() | ast.Mult()):
            return Kind.NUMBER
        case ast.Constant(value=str()) | ast.JoinedStr() | ast.Attribute(attr="__name__"):
            return Kind.TEXT
        case ast.Call(func=ast.Name(id="len" | "round" | "max" | "min" | "sum" | "int" | "float")):
            return Kind.NUMBER
        case ast.Call(func=ast.Name(id="str") | ast.Attribute(attr="isoformat")):
            return Kind.TEXT
        case ast.List() | ast.ListComp():
            return Kind.TEXTS
        case ast.IfExp():
            return kind_of(value.body) or kind_of(value.orelse)
    return None


def test_the_calls_are_found() -> None:
    """As many as there are lines with `logs.logger().` in the source, or a few more."""
    sources = [path.read_text("utf-8") for path in (ROOT / "shared").rglob("*.py")]
    written = sum(len(re.findall(r"logs\.logger\(\)\.[a-z]+\(", source)) for source in sources)
    assert len({where for where, *_ in CALLS}) >= written - 5  # some lines have an event and no field


def test_every_field_that_is_logged_is_known() -> None:
    unknown = [(where, name) for where, name, _ in CALLS if name and name not in KINDS]
    assert unknown == [], "name, kind and meaning belong into shared/platform/log_fields.py"


def test_every_known_field_is_logged() -> None:
    assert set(KINDS) - {name for _, name, _ in CALLS} <= _OWN | _SPREAD


def test_no_call_passes_another_type_than_its_fields() -> None:
    wrong = [
        (where, name, kind, KINDS[name])
        for where, name, value in CALLS
        if name and (kind := kind_of(value)) not in (None, KINDS[name])
    ]
    assert wrong == []


def test_only_known_mappings_are_spread_over_a_line() -> None:
    spread = {ast.unparse(value) for _, name, value in CALLS if not name}
    assert {each for each in spread if "describe(" not in each and "follow(" not in each} == {"ids"}


def test_a_name_is_fit_for_bigquery_and_no_name_of_cloud_logging() -> None:
    names = defaultdict(list)
    for name in KINDS:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,127}", name), name
        assert name not in _TAKEN
        assert not name.startswith(_PREFIXES)
        names[name.casefold()].append(name)
    assert [each for each in names.values() if len(each) > 1] == []


def test_every_field_has_a_kind_and_a_meaning() -> None:
    assert set(KINDS) == set(MEANINGS)
    assert len(KINDS) == sum(
        map(len, (log_fields._TEXT, log_fields._NUMBER, log_fields._FLAG, log_fields._TEXTS))
    )
    assert all(MEANINGS.values())


# --- the line, whatever is passed

TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.NUMBER: (int, float),
    Kind.FLAG: (bool,),
    Kind.TEXTS: (list,),
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=5,
)


@pytest.mark.misfits
@given(st.sampled_from([*sorted(set(KINDS) - {"event"}), "unknown"]), ANYTHING)
def test_a_line_holds_each_fields_type_whatever_is_passed(field: str, value: Any) -> None:
    written: list[dict[str, Any]] = []
    logs.configure("info", lambda line: written.append(dict(line)))
    logs.begin()
    logs.logger().info("handled", **{field: value})
    (line,) = written
    for name, held in json.loads(json.dumps(line, allow_nan=False)).items():
        kind = KINDS.get(name, Kind.TEXT)
        assert isinstance(held, TYPES[kind]), (name, held)
        assert kind is Kind.FLAG or not isinstance(held, bool)
        if isinstance(held, list):
            assert all(isinstance(each, str) for each in held)


@pytest.mark.misfits
@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        ("status", "FAILED", {MISFITS: ["status=FAILED"]}),
        ("status", "401", {"status": 401.0}),
        ("status", True, {"status": 1.0}),
        ("ms", float("nan"), {MISFITS: ["ms=nan"]}),
        ("reason", 401, {"reason": "401"}),
        ("until", datetime(2026, 12, 24, tzinfo=UTC), {"until": "2026-12-24 00:00:00+00:00"}),
        ("kept", "yes", {MISFITS: ["kept=yes"]}),
        ("kept", "true", {"kept": True}),
        ("wrote", "one", {"wrote": ["one"]}),
        ("wrote", [1, None], {"wrote": ["1", "None"]}),
        ("facts", {"status": 204}, {"facts": ["status=204"]}),
        ("waited", None, {}),
        ("surprise", 3, {"surprise": "3"}),
    ],
)
def test_a_value_of_another_type_becomes_the_fields(
    field: str, value: Any, written: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    logs.begin()
    logs.logger().info("handled", **{field: value})
    assert {name: held for name, held in lines[0].items() if name not in _OWN - {MISFITS}} == written


@pytest.mark.misfits
def test_a_value_of_another_type_is_noticed_in_tests(misfits: list[str], lines: list[dict[str, Any]]) -> None:
    logs.logger().info("channel_health", status="FAILED")
    assert misfits == ["status='FAILED'"]
