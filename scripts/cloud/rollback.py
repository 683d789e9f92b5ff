"""`make rollback PROJECT=… ENV=…`: the revisions from before the last deployment serve again.

Nothing is built: Cloud Run keeps the revisions, the registry their images, and the traffic is switched.
Each function that was deployed since BEFORE (a time, 2026-11-20T10:00:00Z) goes back to its newest revision
that is older; the others stay. Without BEFORE it is half an hour before the newest revision in service: the
last deployment. FUNCTION=… is for one function alone. YES=1 does not ask before the switch.

This holds until the function's next deployment. `make rollback … TO=latest` takes it back.
https://docs.cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scripts import deployment, manifest
from scripts.cloud import gcloud
from shared.errors import ConfigurationError

#: All functions of one deployment have their revisions within this time.
DEPLOYMENT = timedelta(minutes=30)


class Refused(Exception):
    """The reason why no traffic was switched."""


@dataclass(frozen=True)
class Revision:
    name: str
    made: datetime
    ready: bool


@dataclass(frozen=True)
class Service:
    """A function's service: the revision with its traffic, and all revisions, newest first."""

    name: str
    serving: Revision
    revisions: Sequence[Revision]

    def before(self, time: datetime) -> Revision:
        """Returns the newest ready revision older than `time`. Raises Refused if none is left."""
        for revision in self.revisions:
            if revision.ready and revision.made < time:
                return revision
        raise Refused(f"{self.name}: no revision from before {time:%Y-%m-%dT%H:%M:%SZ} is left")


class Run:
    """The Cloud Run services of one deployment, through gcloud. Methods raise gcloud.Failed."""

    def __init__(self, project: str, region: str) -> None:
        self._place = (f"--project={project}", f"--region={region}")

    def service(self, name: str) -> Service:
        """Raises Refused if its traffic is split, or goes to no revision."""
        described = json.loads(gcloud.ask("run", "services", "describe", name, *self._place, "--format=json"))
        listed = json.loads(
            gcloud.ask("run", "revisions", "list", f"--service={name}", *self._place, "--format=json")
        )
        revisions = sorted(map(_revision, listed), key=lambda revision: revision.made, reverse=True)
        with_traffic = {
            each["revisionName"] for each in described["status"].get("traffic", ()) if each.get("percent")
        }
        serving = [revision for revision in revisions if revision.name in with_traffic]
        if len(serving) != 1:
            raise Refused(f"{name}: {len(serving)} revisions have its traffic (expected one)")
        return Service(name, serving[0], revisions)

    def switch(self, name: str, to: str) -> None:
        """Sends all traffic of a service to a revision, or to `latest` and any that follows."""
        where = "--to-latest" if to == "latest" else f"--to-revisions={to}=100"
        gcloud.ask("run", "services", "update-traffic", name, where, *self._place)


def _revision(document: Mapping[str, Any]) -> Revision:
    conditions = document.get("status", {}).get("conditions", ())
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    made = datetime.fromisoformat(document["metadata"]["creationTimestamp"])
    return Revision(document["metadata"]["name"], made, ready)


def back(services: Sequence[Service], before: datetime | None) -> dict[str, str]:
    """Returns the revision that each service goes back to, of those deployed since `before`.

    Raises Refused if one has no revision to go back to: then none is switched, since functions of two
    deployments may not understand each other.
    """
    since = before or max(service.serving.made for service in services) - DEPLOYMENT
    found = {
        service.name: service.before(since).name for service in services if service.serving.made >= since
    }
    if not found:
        raise Refused(f"no function was deployed since {since:%Y-%m-%dT%H:%M:%SZ}")
    return found


def switch(run: Run, to: Mapping[str, str]) -> None:
    """Switches the traffic of each service, and prints each as it is done. Raises gcloud.Failed."""
    for name, revision in to.items():
        run.switch(name, revision)
        print(f"{name}: {revision} serves")


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"BEFORE={text}: expected a zone, such as 2026-11-20T10:00:00Z")
    return time


def _arguments(names: Sequence[str], given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        usage="make rollback PROJECT=… ENV=… [REGION=…] [FUNCTION=…] [BEFORE=… | TO=latest]"
    )
    parser.add_argument("--function", choices=names)
    parser.add_argument("--before", type=_time)
    parser.add_argument("--to", choices=["latest"])
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    names = sorted(manifest.load().functions)
    asked = _arguments(names, given)
    chosen = [asked.function] if asked.function else names
    try:
        target, yes = deployment.required(), deployment.yes()
        run = Run(target.project, target.region)
        to = (
            dict.fromkeys(chosen, "latest")
            if asked.to
            else back(list(map(run.service, chosen)), asked.before)
        )
        print("\n".join(f"{name} → {revision}" for name, revision in to.items()))
        if not yes and input(f"Switch their traffic in {target.project}? Type yes: ") != "yes":
            raise Refused("nothing was switched")
        switch(run, to)
    except (ConfigurationError, gcloud.Failed, Refused) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
