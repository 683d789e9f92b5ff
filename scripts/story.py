"""`make story MESSAGE=… [PROJECT=… ENV=…]`: shows the log lines of all functions about one message, in order.

It reads the running local run (PORT=…), or a deployment with gcloud; if gcloud fails, it prints the command
to run. The lines of an answered message include those of its answer, and the reverse.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from scripts import deployment
from scripts.cloud import gcloud
from scripts.local import console
from shared.errors import ConfigurationError
from shared.models.people import document_id
from shared.platform import logs

Line = Mapping[str, Any]
#: Returns the lines with these ids, in order. An id is a message's or its answer's.
Read = Callable[[Sequence[str]], list[Line]]

#: Look-ups of ids: a message and its answer name one another; a burst takes one more.
_STEPS = 3
_LIMIT = 1_000
_DEADLINE_S = 10.0


def story(read: Read, message: str) -> list[Line]:
    """Returns all lines of the message, of its turn, and of the answer."""
    ids, lines = [document_id(message)], list[Line]()
    for _ in range(_STEPS):
        lines = read(ids)
        named = [str(line[field]) for line in lines for field in ("message", "turn") if line.get(field)]
        found = list(dict.fromkeys([*ids, *named]))
        if found == ids:
            break
        ids = found
    return lines


def local(port: str) -> Read:
    """Reads the lines that the local run keeps in memory. Raises httpx.HTTPError."""

    def read(ids: Sequence[str]) -> list[Line]:
        address = f"http://localhost:{port}/_sim/story"
        with httpx.Client(trust_env=False, timeout=_DEADLINE_S) as http:
            answer = http.get(address, params={"id": list(ids)}).raise_for_status()
        return list(answer.json()["lines"])

    return read


def deployed(project: str) -> Read:
    """Reads the lines of a deployment. Raises gcloud.Failed."""

    def read(ids: Sequence[str]) -> list[Line]:
        entries = json.loads(gcloud.ask(*command(project, ids)) or "[]")
        return [logs.from_cloud({"time": each["timestamp"], **each["jsonPayload"]}) for each in entries]

    return read


def command(project: str, ids: Sequence[str]) -> list[str]:
    """Returns gcloud's arguments for the lines of functions. Our id `message` is `message_id` there
    (platform/logs)."""
    quoted = " OR ".join(json.dumps(each) for each in ids)
    told = f"jsonPayload.function:* AND (jsonPayload.message_id=({quoted}) OR jsonPayload.turn=({quoted}))"
    return [
        *("logging", "read", told, f"--project={project}"),
        *("--order=asc", "--freshness=30d", f"--limit={_LIMIT}", "--format=json"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make story", description="Shows the log lines about a message.")
    parser.add_argument("message", help="the message's id, or its answer's")
    message = parser.parse_args().message
    port = os.environ.get("PORT", "8080")
    try:
        found = deployment.given()
        deployment.announce(str(found) if found else f"the local run on port {port}")
        lines = story(deployed(found.project) if found else local(port), message)
    except ConfigurationError as error:
        sys.exit(str(error))
    except gcloud.Failed as error:
        asked = shlex.join(["gcloud", *command(found.project, [document_id(message)])]) if found else ""
        sys.exit(f"{error}\nthe command that failed:\n\n{asked}")
    except httpx.HTTPError as error:
        sys.exit(
            f"no local run answers on port {port}: {type(error).__name__} "
            "(expected make run, or PROJECT=… and ENV=…)"
        )
    if not lines:
        sys.exit(f"MESSAGE={message}: nobody has logged anything of it")
    for line in lines:
        print(console.told(line))


if __name__ == "__main__":
    main()
