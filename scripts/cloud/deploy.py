"""`make plan`, `make deploy`, `make destroy`: preflight checks, then Terraform; data loss must be allowed.

The target is PROJECT, REGION and ENV (scripts/deployment.py).

plan       shows the changes
deploy     shows the changes, asks, and applies them; YES=1 does not ask, for a workflow
destroy    only with CONFIRM=PROJECT; leaves documents, files, events and secrets
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from scripts import bundle, deployment, infra_files
from scripts.cloud import data_loss, demo, gcloud, preflight, remote, service_agents
from scripts.cloud.preflight import NotReady
from scripts.deployment import Deployment
from shared.errors import ConfigurationError


class Refused(Exception):
    """The reason why a command is not carried out."""


def prepare(target: Deployment, *, destroying: bool = False) -> list[str]:
    """Checks everything, bundles the functions, opens the state; returns the variables that a plan needs.
    Raises ConfigurationError or NotReady before anything is changed."""
    infra_files.check()
    with_demo = demo.asked_for(target)
    number = preflight.check(target, destroying=destroying)
    bundle.make()
    remote.init(target)
    values = {
        "demo": str(with_demo).lower(),
        "environment": target.environment,
        "project": target.project,
        "project_number": number,
        "region": target.region,
    }
    given = [f"-var={name}={value}" for name, value in values.items()]
    return [f"-var-file=environments/{target.environment}.tfvars", *given]


def plan(target: Deployment, allowed: frozenset[str]) -> str:
    """Shows the plan and returns its file. Raises Refused if it deletes data whose address is not in
    `allowed`."""
    file = remote.plan_file(target.environment)
    remote.run("plan", "-input=false", f"-out={file}", *prepare(target))
    lost = [each for each in data_loss.lost(remote.shown(file)) if each not in allowed]
    if lost:
        listed = "\n  ".join(lost)
        how = f"DELETE='{' '.join(lost)}'"
        raise Refused(f"this would delete data:\n  {listed}\nTo allow it, add: {how}")
    return str(file)


def deploy(target: Deployment, allowed: frozenset[str], *, yes: bool) -> None:
    file = plan(target, allowed)
    if not yes and input(f"Apply these changes to {target.project}? Type yes: ") != "yes":
        raise Refused("nothing was changed")
    service_agents.create(target.project)
    remote.run("apply", "-input=false", file)


def destroy(target: Deployment, confirmed: str) -> None:
    """Destroys a deployment. Removes resources with data from Terraform's state first, so that they stay."""
    if confirmed != target.project:
        raise Refused(f"to destroy it, repeat the project's name: CONFIRM={target.project}")
    given = prepare(target, destroying=True)
    kept = data_loss.kept(remote.read("state", "list").split("\n")[:-1])
    if kept:
        remote.run("state", "rm", *kept)
    remote.run("destroy", "-input=false", "-auto-approve", *given)
    if kept:
        listed = "\n  ".join(kept)
        print(f"These resources hold data and were kept; delete them by hand:\n  {listed}")


def main() -> None:
    parser = argparse.ArgumentParser(usage="make plan|deploy|destroy PROJECT=… REGION=… ENV=…")
    parser.add_argument("act", choices=["plan", "deploy", "destroy"])
    act = parser.parse_args().act
    allowed = frozenset(os.environ.get("DELETE", "").split())
    try:
        target = deployment.required()
        match act:
            case "plan":
                plan(target, allowed)
            case "deploy":
                deploy(target, allowed, yes=deployment.yes())
            case "destroy":
                destroy(target, os.environ.get("CONFIRM", ""))
    except (ConfigurationError, NotReady, Refused, gcloud.Failed) as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # Terraform has printed the reason


if __name__ == "__main__":
    main()
