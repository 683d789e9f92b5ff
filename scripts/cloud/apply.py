"""`make apply PROJECT=… ENV=…`: applies exactly the plan that `make plan` saved and people saw.

Terraform itself refuses a plan if the state changed since. Nothing is bundled again: the plan's bundles lie
beside it, in build/.
"""

from __future__ import annotations

import subprocess
import sys

from scripts import deployment
from scripts.cloud import gcloud, remote, service_agents
from scripts.deployment import Deployment
from shared.errors import ConfigurationError


def apply(target: Deployment) -> None:
    """Applies the saved plan of a deployment.

    Raises FileNotFoundError if there is none, gcloud.Failed, CalledProcessError if Terraform refuses.
    """
    plan = remote.saved_plan(target.environment)
    remote.init(target, "-lockfile=readonly")
    service_agents.create(target.project)
    remote.run("apply", "-input=false", str(plan))


def main() -> None:
    try:
        apply(deployment.required())
    except (ConfigurationError, FileNotFoundError, gcloud.Failed) as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # Terraform has printed the reason


if __name__ == "__main__":
    main()
