"""Terraform on a copy of the configuration: no cloud, no remote state, no files in the work tree.

Used by the tests and for terraform/PERMISSIONS.md. The provider comes from the source that Terraform's own
CLI configuration names; ./manifest needs no provider.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from scripts import bundle, tenant_file
from scripts.yaml_file import ROOT

#: https://developer.hashicorp.com/terraform/language/files/override
_LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'
#: A guard against hanging: its own tests take a minute and a half on two slow processors.
_DEADLINE_S = 300
#: Variables of an example deployment with every optional part.
EXAMPLE: dict[str, Any] = {
    "administrators": {name: [f"group:{name}@example.org"] for name in ("editors", "operators", "viewers")},
    "billing_account": "ABCDEF-ABCDEF-ABCDEF",
    "environment": "example",
    "hostname": "concierge.example.org",
    "operators": ["operator@example.org"],
    "project": "the-project",
    "project_number": "100000000000",
    "repository": "OWNER/REPOSITORY",
    "repository_id": "123456789",
    "tenants": "one-tenant",
}
_TENANT = "hotel.yaml"


class Unavailable(Exception):
    """Terraform is not installed, or cannot get the provider."""


class Refused(Exception):
    """Terraform failed; the text is its output."""


class Copy:
    """A copy of the configuration in a folder of its own, with infra/ and the bundles."""

    def __init__(self, folder: Path) -> None:
        """Copies the files and makes the bundles. Raises ConfigurationError if the manifest is wrong."""
        shutil.copytree(ROOT / "infra", folder / "infra")
        shutil.copytree(
            ROOT / "terraform", folder / "terraform", ignore=shutil.ignore_patterns(".terraform*")
        )
        bundle.make(folder / "build" / "bundles")
        self.root = folder / "terraform"
        (self.root / "backend_override.tf").write_text(_LOCAL_BACKEND)

    def init(self, module: str = ".") -> None:
        """Runs `terraform init`. Raises Unavailable if the provider cannot be had, Refused for any other
        failure."""
        try:
            self.run("init", "-no-color", "-input=false", module=module)
        except Refused as refused:
            if "provider package" in str(refused) or "install provider" in str(refused):
                raise Unavailable(f"terraform cannot get the google provider (it said:)\n{refused}") from None
            raise

    def plan(self, environment: str = "") -> dict[str, Any]:
        """Returns a plan from an empty state with EXAMPLE's values, in Terraform's JSON:
        https://developer.hashicorp.com/terraform/internals/json-format

        Numbers are those of `environment` if one is given, else the defaults.
        """
        tenants = self.root / EXAMPLE["tenants"]
        tenants.mkdir(exist_ok=True)
        shutil.copyfile(tenant_file.DEMO / _TENANT, tenants / _TENANT)
        (self.root / "example.tfvars.json").write_text(json.dumps(EXAMPLE))
        numbers = (f"-var-file=environments/{environment}.tfvars",) if environment else ()
        given = (*numbers, "-var-file=example.tfvars.json", "-out=example.plan")
        self.run("plan", "-no-color", "-input=false", *given)
        shown: dict[str, Any] = json.loads(self.run("show", "-json", "example.plan"))
        return shown

    def run(self, *arguments: str, module: str = ".") -> str:
        """Runs Terraform and returns its output. Raises Refused with the output if it fails."""
        program = shutil.which("terraform")
        if program is None:
            raise Unavailable("there is no terraform on the PATH (expected 1.11 or newer)")
        done = subprocess.run(
            [program, f"-chdir={self.root / module}", *arguments],
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=_DEADLINE_S,
        )
        if done.returncode:
            raise Refused(done.stdout + done.stderr)
        return done.stdout


def _environment() -> dict[str, str]:
    """Returns the environment without real credentials. The provider wants a token, but this plan makes no
    calls."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TF_VAR_")}
    return ours | {"GOOGLE_OAUTH_ACCESS_TOKEN": "none", "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
