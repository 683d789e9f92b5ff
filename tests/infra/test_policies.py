"""Preflight of an organisation's policies: each that a first deployment would fail at is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.cloud import preflight
from scripts.cloud.preflight import NotReady
from scripts.deployment import Deployment
from tests.fakes.commands import Commands
from tests.infra.conftest import evaluated
from tests.infra.test_states import has_states, resource

TARGET = Deployment("some-project", "europe-southwest1", "dev")
ALLOWED = [{"allowAll": True}]


def allowed(*values: str) -> list[dict[str, Any]]:
    return [{"values": {"allowedValues": list(values)}}]


def denied(*values: str) -> list[dict[str, Any]]:
    return [{"values": {"deniedValues": list(values)}}]


def has_policies(commands: Commands, **policies: list[dict[str, Any]]) -> None:
    """Sets the effective policies of a project in an organisation: `domains`, `members` and `locations`."""
    commands.answer("gcloud", "--quiet projects get-ancestors*", "project\nfolder\norganization")
    given = {"domains": ALLOWED, "members": [{"enforce": False}], "locations": ALLOWED} | policies
    for constraint, name in {
        "iam.allowedPolicyMemberDomains": "domains",
        "iam.managed.allowedPolicyMembers": "members",
        "gcp.resourceLocations": "locations",
    }.items():
        policy = {"name": f"projects/1/policies/{constraint}", "spec": {"rules": given[name]}}
        commands.answer("gcloud", f"--quiet org-policies describe {constraint} *", json.dumps(policy))


def problems() -> list[str]:
    try:
        preflight.check(TARGET)
    except NotReady as refusal:
        return str(refusal).splitlines()
    return []


def test_an_organisation_without_such_policies_is_ready(commands: Commands) -> None:
    has_policies(commands)
    assert problems() == []
    asked = [call for call in commands.calls("gcloud") if "org-policies" in call]
    assert len(asked) == 3
    assert all("--effective" in call and "--project=some-project" in call for call in asked)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("domains", allowed("is:C03xgje4y")),
        ("domains", [{"denyAll": True}]),
        ("members", [{"enforce": True, "parameters": {"allowedPrincipalSets": ["//org"]}}]),
        ("members", [{"enforce": True}, {"enforce": False, "condition": {"expression": "a tag"}}]),
    ],
)
def test_a_policy_that_forbids_everybody_is_named(
    commands: Commands, name: str, rules: list[dict[str, Any]]
) -> None:
    has_policies(commands, **{name: rules})
    (line,) = problems()
    constraint = "iam.allowedPolicyMemberDomains" if name == "domains" else "iam.managed.allowedPolicyMembers"
    assert line.startswith(f"the policy {constraint} forbids allUsers")
    assert f"gcloud org-policies describe {constraint} --project=some-project --effective" in line


@pytest.mark.parametrize(
    "rules",
    [
        allowed("in:eu-locations"),
        allowed("in:europe-locations"),
        allowed("in:europe-southwest1-locations", "in:europe-west1-locations"),
        allowed("europe-southwest1", "europe-west1"),
        allowed("in:us-locations", "in:eu-locations"),
        allowed("in:low-carbon-locations"),  # only Google knows its regions
        denied("in:us-locations", "europe-west6"),
        [{"values": {}}],
    ],
)
def test_policies_that_allow_our_regions_are_none(commands: Commands, rules: list[dict[str, Any]]) -> None:
    has_policies(commands, locations=rules)
    assert problems() == []


@pytest.mark.parametrize(
    ("rules", "excluded"),
    [
        (allowed("in:us-locations"), ["europe-southwest1", "europe-west1"]),
        (allowed("in:europe-southwest1-locations"), ["europe-west1"]),
        (allowed("europe-southwest1-a"), ["europe-southwest1", "europe-west1"]),
        (denied("in:europe-locations"), ["europe-southwest1", "europe-west1"]),
        (denied("europe-west1"), ["europe-west1"]),
        ([{"denyAll": True}], ["europe-southwest1", "europe-west1"]),
    ],
)
def test_a_policy_that_excludes_a_region_of_ours_is_named(
    commands: Commands, rules: list[dict[str, Any]], excluded: list[str]
) -> None:
    """The schedule has a region of its own, which has to be allowed too."""
    has_policies(commands, locations=rules)
    assert [line.split(":")[0] for line in problems()] == [
        f"the policy gcp.resourceLocations excludes {region}" for region in excluded
    ]


def test_london_and_zurich_are_not_in_the_union(commands: Commands) -> None:
    has_policies(commands, locations=allowed("in:eu-locations"))
    evaluated(commands, schedule_region="europe-west2")
    assert any("excludes europe-west2" in line for line in problems())


def test_without_the_right_to_read_them_it_says_so(commands: Commands) -> None:
    has_policies(commands)
    commands.answer("gcloud", "--quiet org-policies*", "ERROR: PERMISSION_DENIED", status=1)
    first, remedy = problems()
    assert "PERMISSION_DENIED" in first
    assert remedy == "  you need the role roles/orgpolicy.policyViewer"


@pytest.mark.parametrize("said", ["", "null", "[]", "garbage", '{"spec": []}', '{"spec": {"rules": [1]}}'])
def test_a_policy_of_another_shape_is_no_crash(commands: Commands, said: str) -> None:
    has_policies(commands)
    commands.answer("gcloud", "--quiet org-policies*", said)
    assert "is no policy" in problems()[0] or "not JSON" in problems()[0]


def test_a_later_deployment_does_not_ask_again(commands: Commands) -> None:
    """Policies hold for new resources; a workflow's account may not read them."""
    has_policies(commands, domains=[{"denyAll": True}])
    has_states(commands, dev=[resource()])
    assert problems() == []
    assert not [call for call in commands.calls("gcloud") if "org-policies" in call]
