"""Terraform on a deployment's own state, and the plan that `make plan` saves."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from scripts.deployment import Deployment
from scripts.yaml_file import ROOT

_TERRAFORM = ("terraform", f"-chdir={ROOT / 'terraform'}")


def run(*arguments: str) -> None:
    """Runs Terraform, which prints to the terminal. Raises CalledProcessError."""
    subprocess.run([*_TERRAFORM, *arguments], check=True, stdin=subprocess.DEVNULL)


def read(*arguments: str) -> str:
    """Runs Terraform and returns its output. Raises CalledProcessError."""
    done = subprocess.run([*_TERRAFORM, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def init(target: Deployment, *more: str) -> None:
    """Opens the deployment's state. Raises CalledProcessError."""
    state = (
        f"-backend-config=bucket={target.bucket}",
        f"-backend-config=prefix=concierge/{target.environment}",
    )
    run("init", "-input=false", "-reconfigure", *more, *state)


def plan_file(environment: str) -> Path:
    """Returns the place of an environment's saved plan."""
    return ROOT / "build" / f"{environment}.tfplan"


def saved_plan(environment: str) -> Path:
    """Returns an environment's saved plan. Raises FileNotFoundError if there is none."""
    plan = plan_file(environment)
    if not plan.exists():
        raise FileNotFoundError(f"there is no {plan.relative_to(ROOT)} (expected the file of make plan)")
    return plan


def shown(plan: Path) -> dict[str, Any]:
    """Returns a plan in Terraform's JSON. Raises CalledProcessError."""
    document: dict[str, Any] = json.loads(read("show", "-json", str(plan)))
    return document
