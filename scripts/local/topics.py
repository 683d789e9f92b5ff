"""The manifest's topics and subscriptions on the Pub/Sub emulator, as Terraform makes them in the cloud."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.manifest import Manifest, Subscription

#: Pub/Sub's own bounds for what a dead-letter policy may say.
_MOST_ATTEMPTS = 100


def create(manifest: Manifest, project: str, urls: Mapping[str, str]) -> None:
    """Topics, dead-letter topics with a subscription that keeps what they get, and push subscriptions."""
    from google.cloud import pubsub_v1  # most of a second; only this run needs the admin clients

    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    for topic in manifest.topics:
        publisher.create_topic(name=f"projects/{project}/topics/{topic}")
    for subscription in manifest.subscriptions():
        dead = f"projects/{project}/topics/{subscription.dead_letter_topic}"
        publisher.create_topic(name=dead)
        kept = f"projects/{project}/subscriptions/{subscription.dead_letter_topic}"
        subscriber.create_subscription(name=kept, topic=dead)
        subscriber.create_subscription(
            request=_push(subscription, project, dead, urls[subscription.function])
        )


def _push(subscription: Subscription, project: str, dead: str, url: str) -> dict[str, object]:
    return {
        "name": f"projects/{project}/subscriptions/{subscription.name}",
        "topic": f"projects/{project}/topics/{subscription.topic}",
        "push_config": {"push_endpoint": f"{url}{subscription.path}"},
        "ack_deadline_seconds": subscription.ack_deadline,
        "enable_message_ordering": subscription.ordered,
        "retry_policy": {
            "minimum_backoff": {"seconds": subscription.min_backoff},
            "maximum_backoff": {"seconds": subscription.max_backoff},
        },
        "dead_letter_policy": {
            "dead_letter_topic": dead,
            "max_delivery_attempts": min(subscription.attempts, _MOST_ATTEMPTS),
        },
    }
