"""Workflows: what runs with which rights, and in which order a change reaches production."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from scripts.yaml_file import ROOT

FOLDER = ROOT / ".github"
TEXTS = {path.stem: path.read_text("utf-8") for path in sorted((FOLDER / "workflows").glob("*.yml"))}
WORKFLOWS: dict[str, dict[Any, Any]] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
#: Composite actions of ours, by the name that steps use.
OURS = {
    f"./.github/actions/{path.parent.name}": yaml.safe_load(path.read_text("utf-8"))
    for path in (FOLDER / "actions").glob("*/action.yml")
}
JOBS: dict[str, dict[str, Any]] = {
    f"{name}/{job}": content
    for name, workflow in WORKFLOWS.items()
    for job, content in workflow["jobs"].items()
}
#: Rights beyond reading the code. Add one only after review.
RIGHTS: dict[str, dict[str, str]] = {
    "plan/plan": {"contents": "read", "id-token": "write"},
    "plan/comment": {"pull-requests": "write"},
    "deliver/staging": {"contents": "read", "id-token": "write"},
    "deliver/plan": {"contents": "read", "id-token": "write"},
    "deliver/prod": {"contents": "read", "id-token": "write"},
    "rollback/rollback": {"contents": "read", "id-token": "write"},
    "drift/drift": {"contents": "read", "id-token": "write"},
    "drift/issue": {"issues": "write"},
}
DEPLOYS = {"deliver/staging": "staging", "deliver/prod": "prod", "rollback/rollback": "prod"}
SIGNED_IN = sorted(name for name, rights in RIGHTS.items() if "id-token" in rights)


def triggers(workflow: str) -> dict[str, Any]:
    """Returns the triggers; YAML reads the key `on` as true."""
    on = WORKFLOWS[workflow][True]
    return {on: None} if isinstance(on, str) else on


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = JOBS[job].get("steps", [])
    return found


def all_steps() -> Iterator[dict[str, Any]]:
    for job in JOBS:
        yield from steps(job)
    for action in OURS.values():
        yield from action["runs"]["steps"]


def commands(job: str) -> list[str]:
    """Returns the make targets that a job runs, in order."""
    run = "\n".join(step.get("run", "") for step in steps(job))
    return re.findall(r"^make (?:--silent )?([a-z]+)", run, re.MULTILINE)


def account(job: str) -> str:
    """Returns the variable with the account that a job signs in as."""
    (signed,) = (step for step in steps(job) if step.get("uses") == "./.github/actions/cloud")
    assert signed["with"]["provider"] == "${{ vars.IDENTITY_PROVIDER }}"
    return str(signed["with"]["account"])


# Whose code runs


def test_actions_of_others_are_pinned_to_commits_with_their_versions() -> None:
    """A tag can be moved to other code."""
    used = [step["uses"] for step in all_steps() if "uses" in step]
    others = [each for each in used if each not in OURS]
    assert others
    assert [each for each in others if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", each)] == []
    text = "".join(path.read_text("utf-8") for path in FOLDER.rglob("*.yml"))
    versions: dict[str, set[str]] = {}
    for name, commit, version in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40}) # (v[\d.]+)\n", text):
        versions.setdefault(name, set()).add(f"{commit} {version}")
    assert sum(text.count(f"uses: {name}@") for name in versions) == len(others)
    assert {name: each for name, each in versions.items() if len(each) > 1} == {}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_no_trigger_gives_a_stranger_s_code_our_rights(workflow: str) -> None:
    """https://securitylab.github.com/resources/github-actions-preventing-pwn-requests"""
    assert triggers(workflow).keys() <= {
        "push",
        "pull_request",
        "schedule",
        "workflow_call",
        "workflow_dispatch",
    }
    if "push" in triggers(workflow):
        assert triggers(workflow)["push"] == {"branches": ["main"]}


def test_no_secret_of_the_repository_is_needed() -> None:
    assert [name for name, text in TEXTS.items() if "secrets." in text or "secrets:" in _code(text)] == [
        "audit"  # its job is called `secrets`
    ]
    assert "secrets." not in TEXTS["audit"]


def _code(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def test_no_text_of_a_stranger_becomes_a_command() -> None:
    """A title or a branch's name reaches a script as a variable of its environment."""
    assert [step["run"] for step in all_steps() if "${{" in step.get("run", "")] == []


def test_code_is_checked_out_without_credentials() -> None:
    checkouts = [step for step in all_steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


# Rights


@pytest.mark.parametrize("job", JOBS)
def test_a_job_has_the_rights_that_it_needs(job: str) -> None:
    workflow = WORKFLOWS[job.partition("/")[0]]
    assert workflow["permissions"] == {"contents": "read"}
    assert JOBS[job].get("permissions", {}) == RIGHTS.get(job, {})


@pytest.mark.parametrize("job", [job for job, rights in RIGHTS.items() if "id-token" not in rights])
def test_a_job_that_may_write_to_github_runs_no_code_of_the_repository(job: str) -> None:
    assert [step["uses"].partition("@")[0] for step in steps(job) if "uses" in step] == [
        "actions/download-artifact"
    ]
    assert commands(job) == []


@pytest.mark.parametrize("job", SIGNED_IN)
def test_a_job_signs_in_as_the_deployer_in_an_environment_only(job: str) -> None:
    """An environment has reviewers, and terraform/delivery.tf trusts its jobs alone to deploy."""
    assert JOBS[job].get("environment") == DEPLOYS.get(job)
    assert account(job) == ("${{ vars.DEPLOYER }}" if job in DEPLOYS else "${{ vars.PLANNER }}")


@pytest.mark.parametrize("job", [job for job in SIGNED_IN if job not in DEPLOYS])
def test_the_planner_plans_and_shows(job: str) -> None:
    assert commands(job) == ["plan", "changes"]
    assert JOBS[job]["env"]["TF_CLI_ARGS_plan"].split()[0] == "-lock=false"


@pytest.mark.parametrize(
    "job", [job for job in SIGNED_IN if "pull_request" in triggers(job.partition("/")[0])]
)
def test_a_fork_s_pull_request_gets_no_token(job: str) -> None:
    guard = "github.event.pull_request.head.repo.full_name == github.repository"
    assert guard in JOBS[job]["if"]
    assert "||" not in JOBS[job]["if"]


# The way to production


def needed(job: str) -> set[str]:
    """Returns the jobs of `deliver` that succeed before this one."""
    found = JOBS[f"deliver/{job}"].get("needs", [])
    direct = {found} if isinstance(found, str) else set(found)
    return direct.union(*(needed(each) for each in direct))


def test_production_comes_after_the_checks_staging_and_its_plan() -> None:
    assert needed("prod") == {"checks", "staging", "plan"}
    assert needed("plan") == {"checks", "staging"}
    assert JOBS["deliver/checks"]["uses"] == "./.github/workflows/ci.yml"
    assert "workflow_call" in triggers("ci")
    assert set(WORKFLOWS["ci"]["jobs"]) == {"test", "scan"}
    conditions = [JOBS[f"deliver/{job}"].get("if", "") for job in ("staging", "plan", "prod")]
    assert conditions == ["vars.DEPLOY == 'true'", "", ""]  # a later job is skipped with the one before


def test_staging_and_production_answer_a_message() -> None:
    assert commands("deliver/staging") == ["deploy", "smoke"]
    assert commands("deliver/prod") == ["apply", "smoke"]
    assert commands("rollback/rollback") == ["rollback", "rollback", "smoke"]


def test_production_gets_exactly_the_plan_that_was_seen() -> None:
    """Plan and bundles are the files of the job before; the plan is shown where reviewers say yes."""
    planned = steps("deliver/plan")
    assert any('changes >> "$GITHUB_STEP_SUMMARY"' in step.get("run", "") for step in planned)
    kept = planned[-1]["with"]
    assert kept["path"].split() == ["build/prod.tfplan", "build/bundles"]
    (taken,) = (each for each in steps("deliver/prod") if "download-artifact" in each.get("uses", ""))
    assert taken["with"] == {"name": kept["name"], "path": "build"}
    assert JOBS["deliver/plan"]["env"]["ENV"] == JOBS["deliver/prod"]["env"]["ENV"] == "prod"


@pytest.mark.parametrize(("job", "environment"), DEPLOYS.items())
def test_deployments_of_an_environment_wait_for_each_other(job: str, environment: str) -> None:
    assert JOBS[job]["concurrency"] == {"group": f"deliver-{environment}", "cancel-in-progress": False}


@pytest.mark.parametrize("job", [job for job in SIGNED_IN if {"plan", "deploy"} & set(commands(job))])
def test_a_plan_has_every_variable(job: str) -> None:
    """Without one, Terraform would delete what it no longer asks for: channels, grants, the trust itself."""
    given = {name: value for name, value in JOBS[job]["env"].items() if name.startswith("TF_VAR_")}
    assert given == {
        "TF_VAR_administrators": "${{ vars.ADMINISTRATORS }}",
        "TF_VAR_billing_account": "${{ vars.BILLING_ACCOUNT }}",
        "TF_VAR_operators": "${{ vars.OPERATORS }}",
        "TF_VAR_repository": "${{ github.repository }}",
        "TF_VAR_repository_id": "${{ github.repository_id }}",
    }
    declared = (ROOT / "terraform" / "variables.tf").read_text("utf-8")
    assert all(f'variable "{name.removeprefix("TF_VAR_")}"' in declared for name in given)


@pytest.mark.parametrize("job", SIGNED_IN)
def test_an_environment_has_its_numbers(job: str) -> None:
    numbers = ROOT / "terraform" / "environments" / f"{JOBS[job]['env']['ENV']}.tfvars"
    assert numbers.exists()


# What is checked, and when


def test_it_runs_the_commands_that_people_run() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {command for job in JOBS for command in commands(job)} <= set(targets)
    assert ".ci/run" in [step.get("run") for step in steps("ci/test")]
    assert commands("ci/scan") == ["scan"]


def test_dependencies_secrets_and_the_provider_are_checked_for_each_change_and_each_night() -> None:
    run = [command for job in JOBS if job.startswith("audit/") for command in commands(job)]
    assert sorted(run) == ["audit", "leaks", "provider"]
    assert triggers("audit").keys() >= {"pull_request", "schedule"}
    (checkout, *_) = steps("audit/secrets")
    assert checkout["with"]["fetch-depth"] == 0  # the whole history


def test_drift_is_looked_for_each_night_and_opens_an_issue() -> None:
    ((cron,),) = (each.values() for each in triggers("drift")["schedule"])
    assert re.fullmatch(r"\d+ \d+ \* \* \*", cron)
    assert any("changes NONE=1" in step.get("run", "") for step in steps("drift/drift"))
    assert (JOBS["drift/issue"]["needs"], JOBS["drift/issue"]["if"]) == ("drift", "failure()")


@pytest.mark.parametrize("job", [job for job, content in JOBS.items() if "uses" not in content])
def test_every_job_ends(job: str) -> None:
    assert JOBS[job]["timeout-minutes"] <= 45
