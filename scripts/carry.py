"""`make carry FROM=… TO=… SINCE=…`: carries the events of one deployment to another that has its export.

    make carry FROM=concierge-old TO=concierge-new SINCE=2026-01-31T09:30:00Z

Messages that FROM took in after the export are not in it, but its topics keep every event for seven days. A
subscription of this command's own reads them again from SINCE, the beginning of the export, and a while
before it, and publishes them to TO. That can be repeated: TO knows by its documents which events it has
(shared/inbound/intake.py), and stores the others.
https://cloud.google.com/pubsub/docs/replay-overview#seek_to_a_time
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scripts import deployment
from scripts.settle import moment
from shared.errors import ConfigurationError, Retry
from shared.platform.bus import Bus
from shared.platform.bus.pubsub import PubSubBus

if TYPE_CHECKING:
    from google.cloud.pubsub_v1.subscriber import Client

#: Topics with events from outside, and the kinds that are none: signals between our own functions, which
#: follow from the documents.
TOPICS = ("inbound", "receipts", "handoffs")
OWN = {"warm", "wake", "due", "relay", "fetch_media"}
#: How long before SINCE an event may have been published without being in the export: its retries' time.
MARGIN = timedelta(hours=1)
#: Messages per pull, and how often a pull may find none before all are carried.
_MESSAGES, _EMPTY = 100, 3


def main() -> None:
    arguments = _arguments()
    deployment.announce(
        f"from {arguments.source} to {arguments.target}, since {arguments.since:%Y-%m-%d %H:%M:%S} UTC"
    )
    try:
        asyncio.run(_run(arguments))
    except (ConfigurationError, Retry) as error:
        sys.exit(str(error))


async def _run(arguments: argparse.Namespace) -> None:
    bus = PubSubBus(arguments.target)
    for topic in TOPICS:
        counts = await carry(arguments.source, bus, topic, arguments.since)
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        print(f"{topic:10} {kinds or 'nothing'}")


async def carry(
    source: str, target: Bus, topic: str, since: datetime, *, quiet: float = 20.0
) -> Mapping[str, int]:
    """Publishes a topic's events since then to `target`; returns how many of each kind.

    It ends when no event came for a few pulls of `quiet` seconds. An event is acknowledged after its publish.
    """
    counts: Counter[str] = Counter()
    with _subscribed(source, topic, since - MARGIN) as (client, subscription):
        empty = 0
        while empty < _EMPTY:
            found = await asyncio.to_thread(_pull, client, subscription, quiet)
            empty = 0 if found else empty + 1
            outside = [each.message for each in found if each.message.attributes.get("kind") not in OWN]
            await asyncio.gather(*(_publish(target, topic, message) for message in outside))
            counts.update(message.attributes.get("kind", "?") for message in outside)
            if found:
                ids = [received.ack_id for received in found]
                await asyncio.to_thread(client.acknowledge, subscription=subscription, ack_ids=ids)
    return counts


async def _publish(target: Bus, topic: str, message: Any) -> None:
    attributes = dict(message.attributes)
    await target.publish(topic, message.data, attributes=attributes, key=message.ordering_key)


@contextmanager
def _subscribed(project: str, topic: str, since: datetime) -> Iterator[tuple[Client, str]]:
    """Makes a subscription that begins at `since`, and deletes it after the block."""
    from google.api_core.exceptions import NotFound
    from google.cloud import pubsub_v1

    name = f"projects/{project}/subscriptions/carry-{topic}"
    with pubsub_v1.SubscriberClient() as client:
        with suppress(NotFound):  # of a run that was killed
            client.delete_subscription(subscription=name)
        place = f"projects/{project}/topics/{topic}"
        client.create_subscription(request={"name": name, "topic": place, "ack_deadline_seconds": 60})
        try:
            client.seek(request={"subscription": name, "time": since})
            yield client, name
        finally:
            client.delete_subscription(subscription=name)


def _pull(client: Client, subscription: str, quiet: float) -> Sequence[Any]:
    """Returns the next events, none if none came within `quiet` seconds."""
    from google.api_core.exceptions import DeadlineExceeded

    try:
        pulled = client.pull(subscription=subscription, max_messages=_MESSAGES, timeout=quiet, retry=None)
    except DeadlineExceeded:
        return ()
    return list(pulled.received_messages)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make carry", description="Carries events to another deployment.")
    for name, variable in (("source", "FROM"), ("target", "TO")):
        given = os.environ.get(variable)
        parser.add_argument(
            f"--{name}",
            type=deployment.project,
            default=given or None,
            required=not given,
            help=f"a project ({variable}=…)",
        )
    since = os.environ.get("SINCE")
    parser.add_argument(
        "--since", type=moment, default=since or None, required=not since, help="the export's time (SINCE=…)"
    )
    arguments = parser.parse_args()
    if arguments.source == arguments.target:
        parser.error("FROM and TO are the same project")
    return arguments


if __name__ == "__main__":
    main()
