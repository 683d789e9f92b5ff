"""`make apply PROJECT=… ENV=…`: applies exactly the plan that `make plan` saved and people saw.

Terraform itself refuses a plan if the state changed since. Nothing is bundled again: the plan's bundles lie
beside it, in build/.
"""

from __future__ import annotations

import subprocess
import sys

from scripts import deployment
from scripts.cloud import gcloud, service_agents
from scripts.deployment import Deployment
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError

_TERRAFORM = ("terraform", f"-chdir={ROOT / 'terraform'}")


def apply(target: Deployment) -> None:
    """Applies the saved plan of a deployment.

    Raises FileNotFoundError if there is none, gcloud.Failed, CalledProcessError if Terraform refuses.
    """
    plan = ROOT / "build" / f"{target.environment}.tfplan"
    if not plan.exists():
        raise FileNotFoundError(f"there is no {plan.relative_to(ROOT)} (expected the file of make plan)")
    state = (
        f"-backend-config=bucket={target.bucket}",
        f"-backend-config=prefix=concierge/{target.environment}",
    )
    _run("init", "-input=false", "-reconfigure", "-lockfile=readonly", *state)
    service_agents.create(target.project)
    _run("apply", "-input=false", str(plan))


def _run(*arguments: str) -> None:
    subprocess.run([*_TERRAFORM, *arguments], check=True, stdin=subprocess.DEVNULL)


def main() -> None:
    try:
        apply(deployment.required())
    except (ConfigurationError, FileNotFoundError, gcloud.Failed) as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # Terraform has printed the reason


if __name__ == "__main__":
    main()
