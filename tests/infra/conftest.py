"""An initialised copy of the Terraform configuration, and fake gcloud and terraform commands.

Tests without Terraform are skipped, but fail under CI.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NoReturn

import pytest

from scripts import terraform
from scripts.cloud import preflight, rest
from tests.fakes.commands import Commands
from tests.fakes.google import Google


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> terraform.Copy:
    """Returns an uninitialised copy, for tests without a provider."""
    copy = terraform.Copy(tmp_path_factory.mktemp("terraform"))
    try:
        copy.run("version")
    except terraform.Unavailable as unavailable:
        missing(unavailable)
    return copy


@pytest.fixture(scope="session")
def configuration(copied: terraform.Copy) -> terraform.Copy:
    """Returns the copy, initialised with the provider."""
    try:
        copied.init()
    except terraform.Unavailable as unavailable:
        missing(unavailable)
    return copied


@pytest.fixture(scope="session")
def plan(configuration: terraform.Copy) -> dict[str, Any]:
    """Returns the plan for an empty project, in Terraform's JSON."""
    return configuration.plan()


def missing(what: terraform.Unavailable) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(str(what))
    pytest.skip(str(what).splitlines()[0])


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Returns fake commands of a machine on which all is ready, for a project without an organisation."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("CI", "FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    ready = Commands(tmp_path)
    ready.answer("terraform", "version -json", '{"terraform_version": "1.11.4"}')
    evaluated(ready)
    for question, answer in {
        "auth list*": "operator@example.org",
        "auth application-default print-access-token": "token",
        "projects describe some-project*": "123456789012",
        "projects get-ancestors some-project*": "project",
        "services list*": "\n".join(preflight.APIS),
        "billing projects describe*": "True",
        "storage buckets describe*": "some-project-terraform",
        "storage ls --recursive*": "",
        "scheduler locations list*": "europe-west1\neurope-west3\nus-central1",
    }.items():
        ready.answer("gcloud", f"--quiet {question}", answer)
    return ready


def evaluated(commands: Commands, **values: Any) -> None:
    """Sets the values of Terraform's variables that `terraform console` tells."""
    ready = {
        "embeddings": "local",
        "model_location": "eu",
        "operators": ["operator@example.org"],
        "schedule_region": "europe-west1",
    }
    commands.answer("terraform", "*console*", json.dumps(json.dumps(ready | values)))


@pytest.fixture(autouse=True)
def google(monkeypatch: pytest.MonkeyPatch) -> Google:
    """Returns Google's APIs with every model in every location, and quota for builds."""
    fake = Google()
    fake.answer("aiplatform", 200, {"totalTokens": 1})
    fake.answer("consumerQuotaMetrics", 200, quota({"": "10"}))
    monkeypatch.setattr(rest, "ask", fake.ask)
    return fake


def quota(limits: dict[str, str]) -> dict[str, Any]:
    """Returns the quota of builds with these limits by region; "" is the default."""
    buckets = [
        {"effectiveLimit": limit, "dimensions": {"region": region} if region else {}}
        for region, limit in limits.items()
    ]
    return {"consumerQuotaLimits": [{"quotaBuckets": buckets}]}
