"""Needs: a function gets all that its needs bring, and no more; errors name file, field and expectation."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import manifest
from shared.errors import ConfigurationError
from tests.unit.scripts.test_manifest import VALID

NEEDS = {
    "settings": {"always": True, "environment": ["STORE", "LOG_LEVEL"]},
    "traces": {"always": True, "environment": ["TRACES"], "roles": ["roles/telemetry.tracesWriter"]},
    "store_reader": {"roles": ["roles/datastore.viewer"]},
    "blobs_reader": {
        "environment": ["BLOBS"],
        "buckets": {"media": "roles/storage.objectViewer"},
        "dependencies": ["blobs"],
    },
    "blobs_writer": {
        "environment": ["BLOBS"],
        "buckets": {"media": "roles/storage.objectUser"},
        "dependencies": ["blobs"],
    },
    "vertex": {
        "environment": ["PROJECT"],
        "roles": ["roles/aiplatform.user"],
        "dependencies": ["vertex"],
    },
}
NAMED = {"shop": ["vertex", "blobs_writer"], "kitchen": ["store_reader", "blobs_reader"], "clock": []}

#: For each function of the real manifest: its variables beside the common ones, and its role on the bucket of
#: media. Change a line only after thinking about least privilege. Roles on the project are listed in
#: tests/infra/test_permissions.py.
GIVEN: dict[str, tuple[set[str], dict[str, str]]] = {
    "webhook": ({"CONCIERGE_CLIENT_IP", "CONCIERGE_WAKE_AHEAD"}, {}),
    "reply": (
        {
            "CONCIERGE_BLOBS",
            "CONCIERGE_EMBEDDINGS",
            "CONCIERGE_ORIGIN",
            "GOOGLE_CLOUD_PROJECT",
            "GOOGLE_CLOUD_LOCATION",
        },
        {"media": "roles/storage.objectUser"},
    ),
    "deliver": ({"CONCIERGE_ORIGIN"}, {}),
    "handoff": ({"CONCIERGE_ORIGIN"}, {}),
    "contacts": (set(), {}),
    "desk": ({"CONCIERGE_BLOBS"}, {"media": "roles/storage.objectViewer"}),
    "triggers": (set(), {}),
    "knowledge": (
        {"CONCIERGE_BLOBS", "CONCIERGE_EMBEDDINGS", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"},
        {"media": "roles/storage.objectViewer"},
    ),
    "pages": ({"CONCIERGE_BLOBS"}, {"media": "roles/storage.objectViewer"}),
    "maintenance": ({"CONCIERGE_BLOBS", "CONCIERGE_ORIGIN"}, {"media": "roles/storage.objectUser"}),
    "health": (
        {"CONCIERGE_BLOBS", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"},
        {"media": "roles/storage.objectViewer"},
    ),
    "gateways": ({"CONCIERGE_ORIGIN"}, {}),
    "pairing": ({"CONCIERGE_ORIGIN"}, {}),
}
EVERY = {f"CONCIERGE_{name}" for name in ("STORE", "BUS", "SECRETS", "LOG_LEVEL", "TRACES")}


def document(needs: dict[str, Any], named: dict[str, list[str]]) -> dict[str, Any]:
    """Returns a manifest with this table of needs, in which each function names the given ones."""
    made: dict[str, Any] = copy.deepcopy(VALID) | {"needs": needs}
    for function, names in named.items():
        made["functions"][function]["needs"] = names
    return made


def load(folder: Path, made: dict[str, Any]) -> manifest.Manifest:
    path = folder / "functions.yaml"
    path.write_text(yaml.safe_dump(made, sort_keys=False), "utf-8")
    return manifest.load(path)


def test_a_function_is_given_what_its_needs_bring_each_once_and_in_order(tmp_path: Path) -> None:
    shop = load(tmp_path, document(NEEDS, NAMED)).functions["shop"]
    assert shop.environment == ("STORE", "LOG_LEVEL", "TRACES", "BLOBS", "PROJECT")
    assert shop.roles == ("roles/telemetry.tracesWriter", "roles/aiplatform.user")
    assert shop.dependencies == ("blobs", "vertex")
    assert shop.buckets == {"media": "roles/storage.objectUser"}


def test_a_function_is_given_nothing_of_another_s_needs(tmp_path: Path) -> None:
    loaded = load(tmp_path, document(NEEDS, NAMED)).functions
    assert loaded["kitchen"].roles == ("roles/telemetry.tracesWriter", "roles/datastore.viewer")
    assert loaded["kitchen"].buckets == {"media": "roles/storage.objectViewer"}
    clock = loaded["clock"]
    assert clock.environment == ("STORE", "LOG_LEVEL", "TRACES")
    assert clock.roles == ("roles/telemetry.tracesWriter",)
    assert (clock.dependencies, clock.buckets) == ((), {})


@pytest.mark.parametrize("name", manifest.load().functions)
def test_a_function_of_ours_has_its_variables_and_its_role_on_media_and_no_others(name: str) -> None:
    function = manifest.load().functions[name]
    variables, buckets = GIVEN[name]
    assert set(function.environment) == EVERY | variables
    assert function.buckets == buckets


@pytest.mark.parametrize(
    ("function", "names", "said"),
    [
        (
            "clock",
            ["vortex"],
            "functions.clock.needs: 'vortex' is not a need "
            "(expected one of blobs_reader, blobs_writer, store_reader, vertex)",
        ),
        (
            "clock",
            ["traces"],
            "functions.clock.needs: 'traces' is every function's already "
            "(expected one of blobs_reader, blobs_writer, store_reader, vertex)",
        ),
        ("shop", ["blobs_writer"], "needs.vertex: no function names it (expected one that does, or always"),
        (
            "shop",
            ["vertex", "blobs_writer", "blobs_reader"],
            "functions.shop.needs: 'blobs_reader' and 'blobs_writer' both give a role on the bucket media "
            "(expected one of them)",
        ),
        ("clock", ["vertex", "vertex"], "functions.clock.needs: ['vertex', 'vertex'] names something twice"),
    ],
)
def test_a_function_s_wrong_needs_are_refused(
    tmp_path: Path, function: str, names: list[str], said: str
) -> None:
    assert refusal(tmp_path, document(NEEDS, NAMED | {function: names})).startswith(said)


@pytest.mark.parametrize(
    ("need", "entry", "said"),
    [
        (
            "vertex",
            {"roles": ["roles/telemetry.tracesWriter"]},
            "needs.vertex.roles: 'roles/telemetry.tracesWriter' comes with traces (expected it in one need)",
        ),
        (
            "settings",
            {"always": True, "buckets": {"media": "roles/storage.objectViewer"}},
            "functions.shop.needs: 'settings' and 'blobs_writer' both give a role on the bucket media",
        ),
        ("vertex", {}, "needs.vertex: is too short (expected at least 1)"),
        ("vertex", {"roles": []}, "needs.vertex.roles: is too short (expected at least 1)"),
        ("vertex", {"always": False}, "needs.vertex.always: False is not allowed"),
        ("vertex", {"role": "roles/owner"}, "needs.vertex.role: is not a field (expected one of always, "),
        ("vertex", {"roles": ["owner"]}, "needs.vertex.roles[0]: 'owner' is not allowed (expected the form"),
        (
            "vertex",
            {"buckets": {"attic": "roles/storage.objectUser"}},
            "needs.vertex.buckets.attic: is not a field (expected one of media)",
        ),
        ("Vertex", {"roles": ["roles/owner"]}, "needs.Vertex: is not a name for this place (expected the"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, need: str, entry: dict[str, Any], said: str) -> None:
    assert refusal(tmp_path, document(NEEDS | {need: entry}, NAMED)).startswith(said)


@pytest.mark.parametrize("field", ["roles", "environment", "dependencies"])
def test_a_function_cannot_list_by_hand_what_a_need_brings(tmp_path: Path, field: str) -> None:
    made = document(NEEDS, NAMED)
    made["functions"]["shop"][field] = ["roles/telemetry.tracesWriter"]
    said = refusal(tmp_path, made)
    assert said.startswith(f"functions.shop.{field}: is not a field (expected one of ")
    assert "needs" in said


def refusal(folder: Path, made: dict[str, Any]) -> str:
    """Returns the error's only line, without the file's name and the line's number."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, made)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{folder / 'functions.yaml'}:")
    return line.partition(": ")[2]
