"""The lock of Terraform's provider: its version and checksums, and the check against the registry."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.yaml_file import ROOT

LOCK = ROOT / "terraform" / ".terraform.lock.hcl"
TEXT = LOCK.read_text("utf-8")


def one(pattern: str, text: str) -> str:
    (found,) = re.findall(pattern, text)
    return str(found)


def test_the_lock_is_of_the_constraint_in_the_configuration() -> None:
    wanted = one(r'\n      version = "(.*)"', (ROOT / "terraform" / "versions.tf").read_text("utf-8"))
    assert one(r'constraints = "(.*)"', TEXT) == wanted
    version, least = one(r'  version     = "(.*)"', TEXT), wanted.removeprefix("~> ")
    assert version.split(".")[0] == least.split(".")[0]
    assert int(version.split(".")[1]) >= int(least.split(".")[1])


def test_one_provider_is_locked_with_its_publisher_s_checksums_for_every_platform() -> None:
    """A `zh:` is the checksum of one platform's package, as the publisher signed the list of them."""
    assert re.findall(r'^provider "(.*)"', TEXT, re.MULTILINE) == ["registry.terraform.io/hashicorp/google"]
    checksums = re.findall(r'"zh:([0-9a-f]{64})"', TEXT)
    assert len(set(checksums)) == len(checksums) >= 11


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Returns a repository with the lock and the check, and a `terraform` that writes `lock` over it."""
    for name in ("scripts/provider", "terraform/.terraform.lock.hcl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "terraform"
    fake.write_text('#!/bin/sh\ncp "$LOCK" terraform/.terraform.lock.hcl\n')
    fake.chmod(0o755)
    subprocess.run("git init -q && git add -A", cwd=tmp_path, shell=True, check=True)  # noqa: S602
    return tree_with(tmp_path, TEXT)


def tree_with(tree: Path, text: str) -> Path:
    (tree / "lock").write_text(text)
    return tree


def check(tree: Path) -> subprocess.CompletedProcess[str]:
    path = f"{tree / 'bin'}:{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "LOCK": str(tree / "lock")}
    return subprocess.run(["scripts/provider"], cwd=tree, env=variables, capture_output=True, text=True)


def test_a_lock_like_the_registry_s_passes(tree: Path) -> None:
    assert check(tree).returncode == 0


def test_checksums_of_contents_may_be_added(tree: Path) -> None:
    more = TEXT.replace('    "zh:', '    "h1:79CwMTsp3Ud1nOl5hFS5mxQHyT0fGVye7pqpU0PPlHI=",\n    "zh:', 1)
    assert check(tree_with(tree, more)).returncode == 0


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("zh:1f35", "zh:0f35"),
        ('"6.50.0"', '"6.50.1"'),
        ('"~> 6.50"', '"~> 6.51"'),
        ("  ]\n", '    "zh:00",\n  ]\n'),
    ],
)
def test_any_other_difference_fails_and_is_shown(tree: Path, right: str, wrong: str) -> None:
    assert right in TEXT
    done = check(tree_with(tree, TEXT.replace(right, wrong, 1)))
    assert done.returncode == 1
    assert wrong.strip().splitlines()[0].strip('" ,')[:7] in done.stderr
