"""The values of Terraform's variables that a plan will use, evaluated by Terraform itself.

`terraform console` on a copy of the declarations needs no provider and no state. Precedence is Terraform's:
https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.deployment import ENVIRONMENTS, Deployment
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError

_DEADLINE_S = 60
_FOLDER = ROOT / "terraform"
_READ = ("embeddings", "hostname", "hostname_use", "model_location", "operators", "schedule_region")
#: The variables that a workflow must pass, and the names of the repository's variables for them.
_WORKFLOW = {
    "TF_VAR_operators": "OPERATORS",
    "TF_VAR_administrators": "ADMINISTRATORS",
    "TF_VAR_billing_account": "BILLING_ACCOUNT",
}


@dataclass(frozen=True)
class Variables:
    """The variables that this code reads. A location that is not set is the deployment's region; `hostname`
    is empty unless it is the functions' address by now."""

    embeddings: str
    hostname: str
    model_location: str
    operators: list[str]
    schedule_region: str


def read(target: Deployment) -> Variables:
    """Returns the values for a deployment. Raises ConfigurationError if Terraform cannot read them."""
    declarations = (_FOLDER / "variables.tf").read_text("utf-8")
    declared = [name for name in _READ if f'variable "{name}"' in declarations]
    expression = ", ".join(f"{name} = var.{name}" for name in declared)
    with tempfile.TemporaryDirectory() as folder:
        for path in _value_files():
            shutil.copy(path, folder)
        (Path(folder) / "variables.tf").write_text(declarations, "utf-8")
        values = _evaluate(folder, f"jsonencode({{{expression}}})", target)
    return Variables(
        embeddings=str(values.get("embeddings") or "local"),
        hostname="" if values.get("hostname_use") == "prepared" else str(values.get("hostname") or ""),
        model_location=str(values.get("model_location") or target.region),
        operators=[str(each) for each in values.get("operators") or []],
        schedule_region=str(values.get("schedule_region") or target.region),
    )


def settings(target: Deployment) -> dict[str, str]:
    """Returns the settings of the deployment's functions, with its own address and embeddings. Raises
    ConfigurationError."""
    found = read(target)
    return target.settings(
        embeddings=found.embeddings, model_location=found.model_location, hostname=found.hostname
    )


def workflow_problems(environment: Mapping[str, str]) -> Iterator[str]:
    """Yields a line for each variable that a workflow (CI) does not pass. Terraform would delete resources
    that an empty one no longer asks for."""
    if not environment.get("CI"):
        return
    for name, ours in _WORKFLOW.items():
        if not environment.get(name):
            yield (
                f"{name} is missing, so alerts, grants or the budget would be deleted: "
                f"set the variable {ours} of the workflow's environment"
            )


def _value_files() -> Iterator[Path]:
    """Yields the files of values that Terraform loads by itself."""
    for path in sorted(_FOLDER.iterdir()):
        if re.fullmatch(r"terraform\.tfvars(\.json)?|.*\.auto\.tfvars(\.json)?", path.name):
            yield path


def _evaluate(folder: str, expression: str, target: Deployment) -> dict[str, Any]:
    given = {
        "environment": target.environment,
        "project": target.project,
        "project_number": "0",
        "region": target.region,
    }
    arguments = [f"-var={name}={value}" for name, value in given.items()]
    numbers = f"-var-file={ENVIRONMENTS / target.environment}.tfvars"
    try:
        done = subprocess.run(
            ["terraform", f"-chdir={folder}", "console", numbers, *arguments],
            input=f"{expression}\n",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DEADLINE_S,
        )
        # Warnings stand before the value.
        lines = done.stdout.strip().splitlines()
        values = json.loads(json.loads(lines[-1])) if lines and done.returncode == 0 else None
    except OSError:
        raise ConfigurationError("there is no terraform on the PATH, which reads the variables") from None
    except (subprocess.TimeoutExpired, ValueError, TypeError):
        raise ConfigurationError("terraform console did not tell the variables' values") from None
    if not isinstance(values, dict):
        raise ConfigurationError(f"terraform cannot read the variables: {_error(done.stderr)}")
    return values


def _error(text: str) -> str:
    """Returns the line of Terraform's output that names its error, else the first, without colours and
    borders: warnings, as of a machine's own configuration, may stand before it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = [line.strip(" │╷╵") for line in plain.splitlines()]
    said = [line for line in lines if line]
    return next(
        (line for line in said if line.startswith("Error")), (said or ["it failed without a message"])[0]
    )
