"""The workflow runs the same commands as a laptop, with the fewest rights needed."""

from __future__ import annotations

import re
from typing import Any

import yaml

from scripts.yaml_file import ROOT

TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JOBS: dict[str, Any] = WORKFLOW["jobs"]


def steps() -> list[dict[str, Any]]:
    return [step for job in JOBS.values() for step in job["steps"]]


def test_actions_are_pinned_to_commits() -> None:
    """A tag can be moved to other code."""
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", each)] == []


def test_no_secret_of_the_repository_is_needed() -> None:
    assert "secrets." not in TEXT


def test_only_a_deployment_gets_a_token_of_its_own() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    allowed = {name: job.get("permissions", {}) for name, job in JOBS.items()}
    assert allowed == {"test": {}, "scan": {}, "deploy": {"contents": "read", "id-token": "write"}}


def test_only_the_main_branch_is_deployed_and_only_when_all_is_green() -> None:
    deploy = JOBS["deploy"]
    assert "github.ref == 'refs/heads/main'" in deploy["if"]
    assert "github.event_name == 'push'" in deploy["if"]
    assert set(deploy["needs"]) == {"test", "scan"}
    assert deploy["environment"] == "prod"


def test_it_runs_the_commands_that_people_run() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    run = [step["run"] for step in steps() if "run" in step]
    assert ".ci/run" in run
    called = [word for line in run for word in re.findall(r"^make ([a-z]+)", line)]
    assert called == ["scan", "deploy"]
    assert set(called) <= set(targets)


def test_every_job_ends() -> None:
    assert all(job["timeout-minutes"] <= 60 for job in JOBS.values())
