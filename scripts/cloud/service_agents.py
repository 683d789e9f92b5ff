"""Google's own service accounts in a project, made before a deployment grants them anything.

Pub/Sub's moves messages to dead-letter topics. Google makes it some time after Pub/Sub is first used, and a
grant to an account that does not exist is refused. Terraform's resource for it is in the beta provider only.
https://docs.cloud.google.com/sdk/gcloud/reference/beta/services/identity/create
"""

from __future__ import annotations

from scripts.cloud import gcloud

#: Services whose agent is granted something in terraform/ (pubsub.tf).
SERVICES = ("pubsub.googleapis.com",)


def create(project: str) -> None:
    """Enables the services and makes their agents; changes nothing where they exist. Raises gcloud.Failed."""
    for service in SERVICES:
        gcloud.ask("services", "enable", service, f"--project={project}")
        gcloud.ask("beta", "services", "identity", "create", f"--service={service}", f"--project={project}")
