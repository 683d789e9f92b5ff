"""The JSON schema of a tenant's file, for editors: it accepts the same files as the model."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from scripts import tenant_file, yaml_file
from tests.unit.scripts.tenant_document import VALID, changed

SCHEMA = yaml_file.ROOT / "infra" / "tenant.schema.json"


def test_the_schema_for_editors_is_the_one_that_files_are_checked_by() -> None:
    kept = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(kept)
    assert kept == tenant_file.schema(), (
        "run: python -m scripts.tenant_file --schema > infra/tenant.schema.json"
    )


def places(document: Any, above: tuple[str | int, ...] = ()) -> list[list[str | int]]:
    """Returns every place in a document."""
    steps: Any = document.items() if isinstance(document, dict) else enumerate(document)
    found: list[list[str | int]] = []
    for step, value in steps:
        found.append([*above, step])
        if isinstance(value, dict | list):
            found += places(value, (*above, step))
    return found


EXACT = Draft202012Validator(tenant_file.schema())

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


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.sampled_from(places(VALID)),
    key=st.sampled_from([None, "extra", "fr", "no", "a b"]),
    value=VALUES,
)
def test_schema_and_model_accept_the_same(place: list[str | int], key: str | None, value: Any) -> None:
    """Replaces a value anywhere, or adds a key beside it."""
    where = [*place[:-1], key] if key and isinstance(place[-1], str) else place
    document = changed(where, value)
    by_schema = EXACT.is_valid(document)
    try:
        tenant_file.File.model_validate(document)
    except ValidationError:
        assert not by_schema, where
    else:
        assert by_schema, where
