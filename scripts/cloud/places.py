"""Places of a deployment that not every service offers: the schedule's, the models', and that of builds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from scripts import tenant_file
from scripts.cloud import gcloud, rest
from scripts.deployment import Deployment
from shared.embeddings import gemini as embeddings
from shared.llm import gemini

#: Regions whose builds no project is denied: https://cloud.google.com/build/docs/locations
_OPEN_TO_BUILDS = {
    "asia-east1",
    "australia-southeast1",
    "europe-west1",
    "southamerica-east1",
    "us-central1",
    "us-west2",
}
_BUILD_QUOTA = "cloudbuild.googleapis.com/concurrent_public_pool_build_cpus"
#: Vertex AI's locations of several regions, which have addresses of their own:
#: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations
_HOSTS = {
    "eu": "aiplatform.eu.rep.googleapis.com",
    "global": "aiplatform.googleapis.com",
    "us": "aiplatform.us.rep.googleapis.com",
}


def schedule_problems(target: Deployment, region: str) -> Iterator[str]:
    """Yields a problem if Cloud Scheduler is not offered in the schedule's region. Raises gcloud.Failed."""
    listed = gcloud.ask(
        "scheduler", "locations", "list", f"--project={target.project}", "--format=value(locationId)"
    )
    offered = sorted(line.rpartition("/")[2] for line in listed.splitlines())
    if region not in offered:
        near = [each for each in offered if each.partition("-")[0] == region.partition("-")[0]] or offered
        expected = f"expected one of {', '.join(near)}"
        yield f"schedule_region={region}: Cloud Scheduler is not offered there ({expected})"


def model_problems(target: Deployment, location: str, embedded: str, *, demo: bool) -> Iterator[str]:
    """Yields a problem for each model that Vertex AI does not serve at the location. Counting tokens is free;
    one embedding of a character costs next to nothing. `embedded` is the variable `embeddings`. Raises
    ConfigurationError if a tenant's file is wrong, gcloud.Failed, rest.Unanswered."""
    for model in sorted(_models(demo=demo)):
        body = {"contents": [{"role": "user", "parts": [{"text": "?"}]}]}
        yield from _model_problems(target, location, model, "countTokens", body)
    kind, _, named = embedded.partition(":")
    if kind == "gemini":
        body = {"instances": [{"content": "?"}]}
        yield from _model_problems(target, location, named or embeddings.DEFAULT_MODEL, "predict", body)


def build_problems(target: Deployment) -> Iterator[str]:
    """Yields a problem if the project may not build in its region, as many new ones. Raises gcloud.Failed,
    rest.Unanswered."""
    if target.region in _OPEN_TO_BUILDS:
        return
    service = f"projects/{target.project}/services/cloudbuild.googleapis.com"
    metric = f"consumerQuotaMetrics/{quote(_BUILD_QUOTA, safe='')}"
    address = f"https://serviceusage.googleapis.com/v1beta1/{service}/{metric}"
    status, found = rest.ask("GET", address, target.project)
    if status != 200:
        yield (
            f"Cloud Build's quota in {target.region} cannot be read (status {status}): "
            "you need the role roles/servicemanagement.quotaViewer"
        )
    elif _limit(found, target.region) == "0":
        yield (
            f"{target.project} may not build in {target.region}: ask for Cloud Build's quota there "
            f"(https://console.cloud.google.com/iam-admin/quotas?project={target.project}), or choose one of "
            f"{', '.join(sorted(_OPEN_TO_BUILDS))}"
        )


def _models(*, demo: bool) -> set[str]:
    """Returns the models that tenants ask on Vertex AI, that is without an API key of their own."""
    files = [tenant_file.load(path) for path in tenant_file.files(tenant_file.FOLDER, demo=demo)]
    answers = [file.tenant.answers for file in files]
    asked = [each for each in answers if each.provider == "gemini" and "api_key" not in each.secrets]
    return {each.model or gemini.DEFAULT_MODEL for each in asked} or {gemini.DEFAULT_MODEL}


def _model_problems(target: Deployment, location: str, model: str, method: str, body: Any) -> Iterator[str]:
    if not re.fullmatch("[a-z]+(-[a-z]+[0-9]+)?", location):
        yield f"model_location={location}: is no location (expected eu, us, global or a region)"
        return
    host = _HOSTS.get(location, f"{location}-aiplatform.googleapis.com")
    path = f"projects/{target.project}/locations/{location}/publishers/google/models/{quote(model, safe='')}"
    status, _ = rest.ask("POST", f"https://{host}/v1/{path}:{method}", target.project, body)
    if status in (401, 403):
        yield (
            f"Vertex AI in {location} cannot be asked for {model} (status {status}): "
            "you need the role roles/aiplatform.user"
        )
    elif status in (400, 404):
        yield (
            f"model_location={location}: Vertex AI does not serve {model} there (status {status}; "
            "expected eu, us, global or another region, or another model)"
        )
    elif status != 200:
        yield f"Vertex AI in {location} answers {status} for {model}: try again"


def _limit(metric: Any, region: str) -> str:
    """Returns the effective limit of a quota in the region, or of all regions without one of their own:
    https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics"""
    limits = metric.get("consumerQuotaLimits", []) if isinstance(metric, dict) else []
    buckets = [bucket for limit in limits for bucket in limit.get("quotaBuckets", [])]
    by_region = {bucket.get("dimensions", {}).get("region", ""): bucket for bucket in buckets}
    found = by_region.get(region) or by_region.get("", {})
    return str(found.get("effectiveLimit", ""))
