"""Permissions in a plan: each account has the least rights, and the documented table matches the plan."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from scripts import manifest, permissions
from scripts.permissions import Grant
from scripts.terraform import EXAMPLE
from shared.errors import ConfigurationError

FUNCTIONS = manifest.load().functions
_OURS = f"projects/{EXAMPLE['project']}/roles"
GETTER, READER = f"{_OURS}/documentGetter", f"{_OURS}/documentReader"
#: Roles of each function on the project as a whole. Add one only after review.
PROJECT_ROLES = {
    "contacts": {"roles/datastore.user", "roles/telemetry.tracesWriter"},
    "deliver": {"roles/datastore.user", "roles/telemetry.tracesWriter"},
    "desk": {"roles/datastore.user", "roles/telemetry.tracesWriter"},
    "gateways": {GETTER, "roles/telemetry.tracesWriter"},
    "handoff": {"roles/datastore.user", "roles/telemetry.tracesWriter"},
    "health": {
        "roles/aiplatform.user",
        READER,
        "roles/pubsub.viewer",
        "roles/telemetry.tracesWriter",
    },
    "knowledge": {"roles/aiplatform.user", "roles/datastore.user", "roles/telemetry.tracesWriter"},
    "maintenance": {"roles/datastore.user", "roles/telemetry.tracesWriter"},
    "pages": {"roles/datastore.user", "roles/telemetry.tracesWriter"},
    "pairing": {GETTER, "roles/telemetry.tracesWriter"},
    "reply": {"roles/aiplatform.user", "roles/datastore.user", "roles/telemetry.tracesWriter"},
    "triggers": {"roles/datastore.user", "roles/telemetry.tracesWriter"},
    "webhook": {READER, "roles/telemetry.tracesWriter"},
}
#: The only kinds of grant that a function may get.
KINDS = {
    "bucket": {"roles/storage.objectUser", "roles/storage.objectViewer"},
    "secret": {"roles/secretmanager.secretAccessor", f"{_OURS}/secretVersionTimes"},
    "topic": {"roles/pubsub.publisher"},
}


@pytest.fixture(scope="module")
def grants(plan: dict[str, Any]) -> list[Grant]:
    return permissions.grants(plan)


def of(grants: list[Grant], function: str) -> list[Grant]:
    return [grant for grant in grants if grant.who == f"function `{function}`"]


def test_the_table_is_this_plan_s(plan: dict[str, Any]) -> None:
    assert permissions.PAGE.read_text("utf-8") == permissions.page(plan), "run make permissions"


def test_roles_of_our_own_are_as_narrow_as_their_names(plan: dict[str, Any]) -> None:
    """A lookup by name lists nothing: https://cloud.google.com/firestore/docs/security/iam"""
    roles = permissions.own_roles(plan)
    assert roles["documentGetter"] == ["datastore.entities.get"]
    assert roles["documentReader"] == ["datastore.entities.get", "datastore.entities.list"]


def test_only_what_checks_its_callers_itself_is_public(grants: list[Grant]) -> None:
    """Public functions check signatures, signed links, or a token for anything confidential."""
    public = [grant for grant in grants if grant.who == "*everybody*"]
    assert {(grant.role, grant.kind, grant.name) for grant in public} == {
        ("roles/run.invoker", "function", "contacts"),
        ("roles/run.invoker", "function", "desk"),
        ("roles/run.invoker", "function", "health"),
        ("roles/run.invoker", "function", "pages"),
        ("roles/run.invoker", "function", "pairing"),
        ("roles/run.invoker", "function", "webhook"),
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_its_roles_on_the_project_and_no_others(name: str, grants: list[Grant]) -> None:
    assert {grant.role for grant in of(grants, name) if grant.kind == "the project"} == PROJECT_ROLES[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_everything_else_it_has_is_a_topic_or_a_secret_by_name(name: str, grants: list[Grant]) -> None:
    roles = defaultdict(set)
    for grant in of(grants, name):
        if grant.kind != "the project":
            roles[grant.kind].add(grant.role)
    assert all(found <= KINDS[kind] for kind, found in roles.items())


def test_health_only_looks(grants: list[Grant]) -> None:
    """Health is public: its only right on data is to read."""
    assert {grant.role for grant in of(grants, "health") if grant.kind == "bucket"} == {
        "roles/storage.objectViewer"
    }
    assert not [grant for grant in of(grants, "health") if grant.kind == "topic"]


def test_triggers_begin_messages_without_any_secret(grants: list[Grant]) -> None:
    """`deliver` sends them: what is planned needs the terms of channels, and no key of theirs."""
    assert [grant for grant in of(grants, "triggers") if grant.kind == "secret"] == []


def test_contacts_read_the_key_that_verifies_their_callers_alone(grants: list[Grant]) -> None:
    secrets = {grant.name for grant in of(grants, "contacts") if grant.kind == "secret"}
    assert secrets == {"hotel-contacts-key"}


def test_knowledge_reads_files_and_no_key_of_the_demo_tenants(grants: list[Grant]) -> None:
    """Files are stored by operators; the demo tenants' sources need no secret."""
    found = of(grants, "knowledge")
    assert {grant.role for grant in found if grant.kind == "bucket"} == {"roles/storage.objectViewer"}
    assert [grant for grant in found if grant.kind == "secret"] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_publishes_what_the_manifest_says(name: str, grants: list[Grant]) -> None:
    topics = {grant.name for grant in of(grants, name) if grant.kind == "topic"}
    assert topics == set(FUNCTIONS[name].publishes)


def test_what_is_for_people_is_called_by_operators_alone(grants: list[Grant]) -> None:
    private = [name for name, each in FUNCTIONS.items() if each.trigger.http == "private"]
    people = {grant.name for grant in grants if grant.who == "the operators"}
    assert people == {name for name in private if not FUNCTIONS[name].trigger.every_minutes}
    assert {grant.role for grant in grants if grant.who == "the operators"} == {"roles/run.invoker"}


def test_a_schedule_calls_what_has_one_and_nothing_else(grants: list[Grant]) -> None:
    called = {grant.name for grant in grants if grant.who == "account `call-scheduler`"}
    assert called == {name for name, each in FUNCTIONS.items() if each.trigger.every_minutes}


def test_the_desk_only_looks_at_files(grants: list[Grant]) -> None:
    """The desk is public: it shows people's files to staff, and stores none."""
    buckets = {grant.role for grant in of(grants, "desk") if grant.kind == "bucket"}
    assert buckets == {"roles/storage.objectViewer"}


def test_what_calls_functions_can_do_nothing_else(grants: list[Grant]) -> None:
    callers = {(grant.who, grant.role) for grant in grants if grant.who.startswith("account `call-")}
    assert callers == {
        ("account `call-push`", "roles/run.invoker"),
        ("account `call-scheduler`", "roles/run.invoker"),
    }


def test_the_exporter_exports_and_does_nothing_else(grants: list[Grant]) -> None:
    found = {(grant.role, grant.kind) for grant in grants if grant.who == "account `exporter`"}
    assert found == {("roles/datastore.importExportAdmin", "the project")}
    writers = {grant.who for grant in grants if grant.name.endswith("-exports")}
    assert writers == {"Google's own `firestore` agent"}


def test_nobody_is_owner_or_editor(grants: list[Grant]) -> None:
    broad = {"roles/owner", "roles/editor", "roles/viewer", "roles/iam.securityAdmin"}
    assert [grant for grant in grants if grant.role in broad] == []


def test_a_kind_of_grant_that_is_unknown_is_an_error() -> None:
    resource = {"type": "google_kms_key_ring_iam_member", "address": "google_kms_key_ring_iam_member.x"}
    plan = {"planned_values": {"root_module": {"resources": [resource]}}}
    with pytest.raises(ConfigurationError, match="is not a kind of grant that we make"):
        permissions.grants(plan)


def test_pages_only_look_at_files_and_know_no_secret(grants: list[Grant]) -> None:
    """Pages are public: their links are random, and nothing signs them."""
    found = of(grants, "pages")
    assert {grant.role for grant in found if grant.kind == "bucket"} == {"roles/storage.objectViewer"}
    assert [grant for grant in found if grant.kind in ("secret", "topic")] == []
