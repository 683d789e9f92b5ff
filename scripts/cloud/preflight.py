"""The prerequisites of a deployment, checked before Terraform starts.

All problems are reported at once, each with its remedy.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable

from scripts.cloud import demo, gcloud, places, policies, rest, states, variables
from scripts.cloud.variables import Variables
from scripts.deployment import Deployment
from shared.errors import ConfigurationError

TERRAFORM = (1, 11)
#: The services that Terraform needs in order to enable the others, and those that are asked here.
APIS = (
    "aiplatform.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "orgpolicy.googleapis.com",
    "serviceusage.googleapis.com",
)

_STATE = "you need to read the bucket of Terraform's state (roles/storage.objectViewer)"


class NotReady(Exception):
    """Missing prerequisites, one line each."""


def check(target: Deployment, *, destroying: bool = False) -> str:
    """Returns the project's number. Raises NotReady with all problems; those of a new deployment do not keep
    one from being destroyed."""
    if problems := _tool_problems() or _credential_problems():
        raise NotReady("\n".join(problems))
    number, enabled, problems = _project(target)
    if number and destroying:
        problems += _asked(lambda: states.destroy_problems(target, states.read(target)), _STATE)
    elif number:
        problems += _deployment_problems(target, enabled)
    if problems:
        raise NotReady("\n".join(problems))
    return number


def _deployment_problems(target: Deployment, enabled: Collection[str]) -> list[str]:
    """Returns the problems of the project's states, of the variables, and of the places."""
    problems, deployed = _state_problems(target, enabled)
    problems += variables.workflow_problems(os.environ)
    try:
        wanted, with_demo = variables.read(target), demo.asked_for(target)
    except ConfigurationError as error:
        return [*problems, str(error)]
    if target.environment == demo.PRODUCTION and not wanted.operators:
        problems.append(
            "operators is empty, so no alert of prod would reach anybody: set it in "
            "terraform/people.auto.tfvars (terraform/README.md)"
        )
    if set(APIS) <= set(enabled):  # a service that is off has its line already
        problems += _place_problems(target, wanted, with_demo=with_demo)
        if not deployed:
            problems += _first_problems(target, wanted)
    return problems


def _state_problems(target: Deployment, enabled: Collection[str]) -> tuple[list[str], bool]:
    """Returns the problems of the project's states, and whether the environment may be deployed already."""
    try:
        found = states.read(target)
    except gcloud.Failed as failed:
        return [f"{failed}\n  {_STATE}"], True
    problems = _asked(lambda: states.problems(target, found, enabled), _STATE)
    return problems, target.environment in found.resources


def _place_problems(target: Deployment, wanted: Variables, *, with_demo: bool) -> list[str]:
    location = wanted.model_location
    return [
        *_asked(
            lambda: places.schedule_problems(target, wanted.schedule_region),
            "you need the role roles/cloudscheduler.viewer",
        ),
        *_asked(
            lambda: places.model_problems(target, location, wanted.embeddings, demo=with_demo),
            f"Vertex AI in {location} has to answer: is model_location right?",
        ),
    ]


def _first_problems(target: Deployment, wanted: Variables) -> list[str]:
    """Returns the problems that a first deployment would have, and a later one has no more."""
    regions = (target.region, wanted.schedule_region)
    return [
        *_asked(lambda: policies.problems(target, regions), "you need the role roles/orgpolicy.policyViewer"),
        *_asked(lambda: places.build_problems(target), "Service Usage has to answer: try again"),
    ]


def _asked(problems: Callable[[], Iterable[str]], remedy: str) -> list[str]:
    """Returns the problems found, and if not all can be found out, the reason with the remedy."""
    found = []
    try:
        for problem in problems():
            found.append(problem)
    except (ConfigurationError, gcloud.Failed) as failed:
        found.append(f"{failed}\n  {remedy}")
    except rest.Unanswered as unanswered:
        found.append(f"{unanswered}: no answer from Google\n  {remedy}")
    return found


def _tool_problems() -> list[str]:
    problems = []
    if shutil.which("gcloud") is None:
        problems.append("there is no gcloud on the PATH: https://cloud.google.com/sdk/docs/install")
    wanted = ".".join(map(str, TERRAFORM))
    if shutil.which("terraform") is None:
        how = "https://developer.hashicorp.com/terraform/install"
        problems.append(f"there is no terraform on the PATH (expected {wanted} or newer): {how}")
    elif (found := _terraform_version()) < TERRAFORM:
        shown = ".".join(map(str, found)) or "of no version that it tells"
        problems.append(f"terraform is {shown} (expected {wanted} or newer)")
    return problems


def _terraform_version() -> tuple[int, ...]:
    """Returns major and minor, empty if Terraform does not tell them."""
    command = ["terraform", "version", "-json"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=60, check=True
        )
        version = str(json.loads(done.stdout)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return ()
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _project(target: Deployment) -> tuple[str, list[str], list[str]]:
    """Returns the project's number, its services, and problems; without a number there is no more to ask."""
    named = f"--project={target.project}"
    try:
        number = gcloud.ask("projects", "describe", target.project, "--format=value(projectNumber)")
        enabled = gcloud.ask("services", "list", "--enabled", named, "--format=value(config.name)").split()
        paid = gcloud.ask("billing", "projects", "describe", target.project, "--format=value(billingEnabled)")
    except gcloud.Failed as failed:
        return "", [], [f"{failed}\n  does the project {target.project} exist, and may you see it?"]
    if not re.fullmatch("[0-9]+", number):
        return "", [], [f"gcloud tells no number of the project {target.project}: {number[:80]!r}"]
    problems = []
    if off := [api for api in APIS if api not in enabled]:
        problems.append(f"services are off: gcloud services enable {' '.join(off)} {named}")
    if paid != "True":
        problems.append(
            f"{target.project} has no billing account: gcloud billing projects link {target.project}"
        )
    return number, enabled, problems


def _credential_problems() -> list[str]:
    problems = []
    if not _answers("auth", "list", "--filter=status:ACTIVE", "--format=value(account)"):
        problems.append("nobody is signed in to gcloud: gcloud auth login")
    if not _answers("auth", "application-default", "print-access-token"):
        problems.append("Terraform has no credentials: gcloud auth application-default login")
    return problems


def _answers(*arguments: str) -> bool:
    try:
        return bool(gcloud.ask(*arguments))
    except gcloud.Failed:
        return False
