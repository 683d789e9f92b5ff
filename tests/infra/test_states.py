"""Preflight of a project's states: one environment in one region, and no resources that it does not know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.cloud import preflight
from scripts.cloud.preflight import NotReady
from scripts.deployment import Deployment
from tests.fakes.commands import Commands

TARGET = Deployment("some-project", "europe-southwest1", "dev")
PLACE = "gs://some-project-terraform/concierge"


def resource(kind: str = "google_pubsub_topic", **attributes: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": "this", "instances": [{"attributes": attributes}]}


def has_states(commands: Commands, **states: list[dict[str, Any]]) -> None:
    """Sets the states in the bucket, as `gcloud storage ls --recursive` lists them."""
    lines = [f"gs://{TARGET.bucket}/concierge/:"]
    for environment, resources in states.items():
        lines += [f"{PLACE}/{environment}/:", f"{PLACE}/{environment}/default.tfstate", ""]
        state = json.dumps({"version": 4, "resources": resources})
        commands.answer("gcloud", f"--quiet storage cat {PLACE}/{environment}/default.tfstate", state)
    commands.answer("gcloud", "--quiet storage ls --recursive*", "\n".join(lines))


def has_resources(commands: Commands) -> None:
    """Sets a project with our functions, topics and database, beside others."""
    enabled = ["cloudfunctions", "pubsub", "firestore"]
    listed = [*preflight.APIS, *(f"{name}.googleapis.com" for name in enabled)]
    commands.answer("gcloud", "--quiet services list*", "\n".join(listed))
    functions = ["webhook", "reply", "deliver", "handoff", "somebody-else-s"]
    path = "projects/some-project/locations/europe-southwest1/functions"
    commands.answer("gcloud", "--quiet functions list*", "\n".join(f"{path}/{name}" for name in functions))
    commands.answer("gcloud", "--quiet pubsub topics list*", "projects/some-project/topics/inbound")
    commands.answer(
        "gcloud", "--quiet firestore databases list*", "projects/some-project/databases/(default)"
    )


def problems(target: Deployment = TARGET, *, destroying: bool = False) -> list[str]:
    with pytest.raises(NotReady) as refusal:
        preflight.check(target, destroying=destroying)
    return str(refusal.value).splitlines()


def test_an_environment_is_deployed_again_over_its_own_state(commands: Commands) -> None:
    has_resources(commands)
    has_states(commands, dev=[resource()])
    assert preflight.check(TARGET) == "123456789012"


def test_a_project_with_another_environment_is_refused(commands: Commands) -> None:
    has_resources(commands)
    has_states(commands, prod=[resource()])
    assert problems() == [
        "some-project holds ENV=prod: each environment needs a project of its own "
        "(expected another PROJECT, or make destroy ENV=prod first)"
    ]


def test_two_environments_in_a_project_are_refused_although_one_is_its_own(commands: Commands) -> None:
    has_states(commands, dev=[resource()], prod=[resource()])
    (line,) = problems()
    assert "holds ENV=prod" in line


def test_the_state_that_destroy_leaves_is_no_environment(commands: Commands) -> None:
    has_states(commands, prod=[])
    assert preflight.check(TARGET)


@pytest.mark.parametrize("states", [{}, {"dev": []}, {"dev": [{**resource(), "mode": "data"}]}])
def test_resources_that_no_state_knows_are_listed(
    commands: Commands, states: dict[str, list[dict[str, Any]]]
) -> None:
    has_resources(commands)
    has_states(commands, **states)
    (line,) = problems()
    assert line.startswith(
        "no state of ENV=dev knows function deliver, function handoff, function reply, function webhook, "
        "topic inbound and 1 more of some-project"
    )
    assert "import them" in line
    assert "somebody-else-s" not in line


def test_a_database_that_somebody_made_is_one_of_them(commands: Commands) -> None:
    commands.answer(
        "gcloud", "--quiet services list*", "\n".join([*preflight.APIS, "firestore.googleapis.com"])
    )
    commands.answer("gcloud", "--quiet firestore databases list*", "projects/p/databases/(default)")
    (line,) = problems()
    assert "knows database (default) of some-project" in line


def test_services_that_are_off_are_not_asked(commands: Commands) -> None:
    preflight.check(TARGET)
    asked = [call for call in commands.calls("gcloud") if " list " in call]
    assert not [call for call in asked if "functions" in call or "topics" in call or "databases" in call]


@pytest.mark.parametrize("destroying", [False, True])
def test_another_region_than_the_documents_is_refused(commands: Commands, destroying: bool) -> None:
    has_states(commands, dev=[resource("google_firestore_database", location_id="africa-south1")])
    (line,) = problems(destroying=destroying)
    assert "some-project has its documents in africa-south1 (expected REGION=africa-south1" in line


@pytest.mark.parametrize("state", ["garbage", "[]", '{"resources": [1]}', '{"resources": null}', "{}"])
def test_a_state_that_cannot_be_read_is_a_problem(commands: Commands, state: str) -> None:
    has_states(commands, dev=[])
    commands.answer("gcloud", "--quiet storage cat*", state)
    first, remedy = problems()
    assert f"{PLACE}/dev/default.tfstate is no state of Terraform" in first
    assert remedy.startswith("  you need to read")


def test_a_bucket_that_may_not_be_seen_is_not_one_to_create(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet storage buckets describe*", "ERROR: 403: no permission", status=1)
    assert "create" not in "".join(problems())


def test_nothing_is_destroyed_in_another_environment(commands: Commands) -> None:
    has_states(commands, prod=[resource()])
    assert problems(destroying=True) == [
        "nothing of ENV=dev is deployed in some-project (its environments: prod)"
    ]


def test_what_a_deployment_lacks_does_not_keep_it_from_being_destroyed(commands: Commands) -> None:
    """Neither does a second environment: one of the two has to go."""
    has_states(commands, dev=[resource()], prod=[resource()])
    commands.answer("gcloud", "--quiet scheduler*", "ERROR: no", status=1)
    commands.answer("terraform", "*console*", "no", status=1)
    assert preflight.check(TARGET, destroying=True) == "123456789012"
