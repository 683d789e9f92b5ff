"""An initialised copy of the Terraform configuration, and fake gcloud and terraform commands.

Tests without Terraform are skipped, but fail under CI.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NoReturn

import pytest

from scripts import terraform
from scripts.cloud import preflight
from tests.fakes.commands import Commands


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
    """Returns fake commands of a machine on which all is ready."""
    monkeypatch.setenv("PATH", str(tmp_path))
    ready = Commands(tmp_path)
    ready.answer("terraform", "version -json", '{"terraform_version": "1.11.4"}')
    ready.answer("gcloud", "--quiet auth list*", "operator@example.org")
    ready.answer("gcloud", "--quiet auth application-default print-access-token", "token")
    ready.answer("gcloud", "--quiet projects describe some-project*", "123456789012")
    ready.answer("gcloud", "--quiet services list*", "\n".join(preflight.APIS))
    ready.answer("gcloud", "--quiet billing projects describe*", "True")
    ready.answer("gcloud", "--quiet storage buckets describe*", "some-project-terraform")
    return ready
