"""The indexes of infra/firestore.yaml serve the recorded queries, and no others are kept.

The emulator needs no index, so a query without one fails in the cloud only.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from scripts import queries, yaml_file
from scripts.infra_files import INFRA
from scripts.queries import Shape
from shared.conversation.conversation import Conversation
from shared.models.message import Inbound, Outbound
from shared.platform.store import Where
from tests import recorded

DOCUMENT = yaml_file.read(INFRA / "firestore.yaml")
SHAPES = queries.load()


def test_each_query_has_an_index_and_each_index_a_query() -> None:
    assert queries.breaches(SHAPES, DOCUMENT) == []


@pytest.mark.parametrize("place", range(len(DOCUMENT["indexes"])))
def test_an_index_that_is_dropped_is_missed(place: int) -> None:
    spoilt = copy.deepcopy(DOCUMENT)
    dropped = spoilt["indexes"].pop(place)
    found = queries.breaches(SHAPES, spoilt)
    assert any("no index serves the query" in each and dropped["collection"] in each for each in found)


@pytest.mark.parametrize(
    ("field", "place"),
    [
        (field, place)
        for field, entry in enumerate(DOCUMENT["fields"])
        for place in range(len(entry["indexes"]))
    ],
)
def test_a_field_s_index_that_is_dropped_is_missed(field: int, place: int) -> None:
    spoilt = copy.deepcopy(DOCUMENT)
    del spoilt["fields"][field]["indexes"][place]
    assert any("no index serves the query" in each for each in queries.breaches(SHAPES, spoilt))


def _served(place: int) -> list[Shape]:
    """Returns the queries that need this index."""
    spoilt = copy.deepcopy(DOCUMENT)
    del spoilt["indexes"][place]
    indexes = queries.Indexes(spoilt)
    return [shape for shape in SHAPES if indexes.serving(shape) is None]


#: An index whose queries have no order serves them in any direction.
CHANGES = [
    (place, change)
    for place in range(len(DOCUMENT["indexes"]))
    for change in ("scope", "field", "direction")
    if change != "direction" or any(shape.order for shape in _served(place))
]


@pytest.mark.parametrize(("place", "change"), CHANGES)
def test_an_index_of_another_form_serves_nothing(place: int, change: str) -> None:
    spoilt = copy.deepcopy(DOCUMENT)
    index = spoilt["indexes"][place]
    match change:
        case "scope":
            other = {"COLLECTION": "COLLECTION_GROUP", "COLLECTION_GROUP": "COLLECTION"}
            index["scope"] = other[index["scope"]]
        case "direction":
            last: dict[str, Any] = index["fields"][-1]
            last.pop("array", None)
            last["order"] = "DESCENDING" if last.get("order") == "ASCENDING" else "ASCENDING"
        case "field":
            index["fields"][0]["path"] = "another"
    assert queries.breaches(SHAPES, spoilt)


def test_an_index_without_a_query_is_named() -> None:
    spoilt = copy.deepcopy(DOCUMENT)
    spoilt["indexes"].append(
        {"collection": "messages", "scope": "COLLECTION", "fields": [{"path": "a", "order": "ASCENDING"}]}
    )
    assert queries.breaches(SHAPES, spoilt) == ["no query uses the index: messages (one collection): a"]


def test_what_a_query_asks_is_its_shape() -> None:
    keys = {"tenant": "hotel", "conversation": "c"}
    where = [Where("direction", "==", "out"), Where("seq", ">", 3)]
    assert queries.shape(Outbound, keys, where, "seq") == Shape(
        "messages", False, ("direction",), "", ("seq",)
    )
    where = [Where("gateway_ids", "array_contains", "x")]
    assert queries.shape(Outbound, {"tenant": "hotel"}, where) == Shape(
        "messages", True, ("tenant",), "gateway_ids", ()
    )
    assert queries.shape(Conversation, {"tenant": "hotel"}, [], "-updated_at") == Shape(
        "conversations", False, (), "", ("-updated_at",)
    )
    assert queries.shape(Inbound, keys, []) is None


def test_a_query_that_is_not_recorded_fails_a_run_of_all_tests() -> None:
    new = Shape("messages", True, (), "", ("-at",))
    known = set(SHAPES)
    (line,) = recorded.differences(known | {new}, known)
    assert "messages (all collections): everything, by -at" in line
    gone = next(iter(known), new)
    assert "no test made this query" in recorded.differences(known - {gone}, known | {gone})[0]
