"""The prerequisites of a deployment, checked before Terraform starts.

All problems are reported at once, each with its remedy.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass

from scripts.cloud import gcloud
from scripts.yaml_file import ROOT
from shared.formats.json_schema import one_of

TERRAFORM = (1, 11)
ENVIRONMENTS = ROOT / "terraform" / "environments"
#: The services that Terraform needs in order to enable the others.
APIS = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com")


@dataclass(frozen=True)
class Target:
    """The target of a deployment: a project, its region, and the environment (terraform/environments)."""

    project: str
    region: str
    environment: str

    @property
    def bucket(self) -> str:
        """The bucket of Terraform's state, with all its versions."""
        return f"{self.project}-terraform"


class NotReady(Exception):
    """Missing prerequisites, one line each."""


def check(target: Target) -> str:
    """Returns the project's number. Raises NotReady with all problems."""
    if problems := [*_environment_problems(target), *_tool_problems()]:
        raise NotReady("\n".join(problems))
    number, problems = _project(target)
    if problems:
        raise NotReady("\n".join(problems))
    return number


def _environment_problems(target: Target) -> list[str]:
    known = sorted(path.stem for path in ENVIRONMENTS.glob("*.tfvars"))
    if target.environment not in known:
        return [f"ENV={target.environment!r}: has no terraform/environments/*.tfvars ({one_of(known)})"]
    return []


def _tool_problems() -> list[str]:
    problems = []
    if shutil.which("gcloud") is None:
        problems.append("there is no gcloud on the PATH: https://cloud.google.com/sdk/docs/install")
    wanted = ".".join(map(str, TERRAFORM))
    if shutil.which("terraform") is None:
        how = "https://developer.hashicorp.com/terraform/install"
        problems.append(f"there is no terraform on the PATH (expected {wanted} or newer): {how}")
    elif (found := _terraform_version()) < TERRAFORM:
        problems.append(f"terraform is {'.'.join(map(str, found))} (expected {wanted} or newer)")
    return problems


def _terraform_version() -> tuple[int, ...]:
    command = ["terraform", "version", "-json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    version = json.loads(done.stdout)["terraform_version"]
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _project(target: Target) -> tuple[str, list[str]]:
    """Returns the project's number and problems. Without credentials it reports only those."""
    if problems := _credential_problems():
        return "", problems
    named = f"--project={target.project}"
    try:
        number = gcloud.ask("projects", "describe", target.project, "--format=value(projectNumber)")
        enabled = gcloud.ask("services", "list", "--enabled", named, "--format=value(config.name)").split()
        paid = gcloud.ask("billing", "projects", "describe", target.project, "--format=value(billingEnabled)")
    except gcloud.Failed as failed:
        return "", [f"{failed}\n  does the project {target.project} exist, and may you see it?"]
    problems = [f"{api} is off: gcloud services enable {api} {named}" for api in APIS if api not in enabled]
    if paid != "True":
        problems.append(
            f"{target.project} has no billing account: gcloud billing projects link {target.project}"
        )
    return number, [*problems, *_state_problems(target)]


def _credential_problems() -> list[str]:
    problems = []
    if not _answers("auth", "list", "--filter=status:ACTIVE", "--format=value(account)"):
        problems.append("nobody is signed in to gcloud: gcloud auth login")
    if not _answers("auth", "application-default", "print-access-token"):
        problems.append("Terraform has no credentials: gcloud auth application-default login")
    return problems


def _state_problems(target: Target) -> list[str]:
    place = f"gs://{target.bucket}"
    if _answers("storage", "buckets", "describe", place, "--format=value(name)"):
        return []
    make = f"gcloud storage buckets create {place} --project={target.project} --location={target.region}"
    keep = f"gcloud storage buckets update {place} --versioning"
    safe = "--uniform-bucket-level-access --public-access-prevention"
    return [f"there is no bucket for Terraform's state: {make} {safe} && {keep}"]


def _answers(*arguments: str) -> bool:
    try:
        return bool(gcloud.ask(*arguments))
    except gcloud.Failed:
        return False
