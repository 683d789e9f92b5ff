"""The JSON Schema that editors are told, and the model that checks: they accept the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from shared.tenants.declared import Declared, schema
from tests.fakes.clinic import VALID, changed

SCHEMA = Path(__file__).resolve().parents[3] / "infra" / "tenant.schema.json"


def test_the_schema_for_editors_is_the_one_that_tenants_are_checked_by() -> None:
    kept = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(kept)
    assert kept == schema(), "run: python -m scripts.tenant_file --schema > infra/tenant.schema.json"


def places(document: Any, above: tuple[str | int, ...] = ()) -> list[list[str | int]]:
    """Every place in a document."""
    steps: Any = document.items() if isinstance(document, dict) else enumerate(document)
    found: list[list[str | int]] = []
    for step, value in steps:
        found.append([*above, step])
        if isinstance(value, dict | list):
            found += places(value, (*above, step))
    return found


EXACT = Draft202012Validator(schema())
VALUES = st.one_of(
    st.sampled_from(
        [None, True, 0, -1, 1.5, "", "x", "fr", "a b", "x" * 5000, [], ["x"], [1], {}, {"fr": "x"}]
    ),
    st.sampled_from(
        [{"questions": ["q"], "answer": "a"}, {"kind": "waha"}, {"x y": "z"}, {"mon": ["09:00-10:00"]}]
    ),
    st.text(max_size=20),
    st.integers(-5, 20_000),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    place=st.sampled_from(places(VALID)),
    key=st.sampled_from([None, "extra", "fr", "no", "a b"]),
    value=VALUES,
)
def test_schema_and_model_accept_the_same(place: list[str | int], key: str | None, value: Any) -> None:
    """A value replaced anywhere, or another key beside it."""
    where = [*place[:-1], key] if key and isinstance(place[-1], str) else place
    document = changed(where, value)
    by_schema = EXACT.is_valid(document)
    try:
        Declared.model_validate(document, strict=True)
    except ValidationError:
        assert not by_schema, where
    else:
        assert by_schema, where
