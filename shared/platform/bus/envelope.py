"""The Pub/Sub push envelope: the body in which a message reaches a function, read and written in one place.

Our own push subscriptions and Eventarc post the same JSON (Eventarc adds `ce-*` headers, which are not used):
https://cloud.google.com/pubsub/docs/push#receive_push,
https://cloud.google.com/pubsub/docs/reference/rest/v1/PubsubMessage
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from shared.errors import Rejected
from shared.formats import wire
from shared.models.dead_letter import Undelivered

#: Prefix of the attributes that Pub/Sub adds to a dead letter.
_SOURCE = "CloudPubSubDeadLetterSource"
#: The reason of the last failed push: the SQLite queue reports it, Pub/Sub does not.
_REASON = "dead_letter_reason"


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver a message.

    `published_at` is in UTC. `attempt` counts from 1 and is None if the subscription has no dead-letter
    policy (and on Google's emulator, which also leaves out `ordering_key`).
    """

    data: bytes
    attributes: dict[str, str]
    message_id: str
    published_at: datetime
    ordering_key: str
    attempt: int | None
    subscription: str


def parse(body: bytes) -> Delivery:
    """Reads an envelope. Raises Rejected(400) if malformed; its detail quotes no part of the body."""
    try:
        push = _Push.model_validate_json(body)
    except ValidationError as error:
        raise Rejected(400, f"not a Pub/Sub push envelope: {wire.problem(error, _Push)}") from None
    message = push.message
    return Delivery(
        data=message.data,
        attributes=message.attributes,
        message_id=message.message_id,
        published_at=message.publish_time.astimezone(UTC),
        ordering_key=message.ordering_key,
        attempt=push.delivery_attempt,
        subscription=push.subscription,
    )


def build(
    data: bytes,
    *,
    attributes: Mapping[str, str],
    message_id: str,
    published_at: datetime,
    ordering_key: str,
    attempt: int,
    subscription: str,
) -> bytes:
    """Returns the body that Pub/Sub would push. Empty fields are left out, as Pub/Sub does."""
    message = {
        "data": base64.b64encode(data).decode(),
        "attributes": dict(attributes),
        "messageId": message_id,
        "publishTime": published_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "orderingKey": ordering_key,
    }
    push = {
        "message": {name: value for name, value in message.items() if value},
        "subscription": subscription,
        "deliveryAttempt": attempt,
    }
    return json.dumps(push).encode()


def dead_letter_attributes(
    subscription: str, attempts: int, published_at: datetime, reason: str
) -> dict[str, str]:
    """Returns the attributes that Pub/Sub adds to a dead letter, and our reason

    (https://cloud.google.com/pubsub/docs/handling-failures#dead-letter_topic_properties).
    """
    return {
        f"{_SOURCE}Subscription": subscription,
        f"{_SOURCE}SubscriptionProject": "local",
        f"{_SOURCE}DeliveryCount": str(attempts),
        f"{_SOURCE}TopicPublishTime": published_at.isoformat(),
        _REASON: reason,
    }


def undelivered(delivery: Delivery) -> Undelivered:
    """Returns the original message of a delivery through a dead-letter topic.

    Raises Rejected(400) if a dead letter's attributes are missing.
    """
    told = delivery.attributes
    subscription = told.get(f"{_SOURCE}Subscription", "").rpartition("/")[2]
    count = told.get(f"{_SOURCE}DeliveryCount", "")
    if not subscription or not count.isdecimal():
        raise Rejected(400, f"not a dead letter: the attributes {_SOURCE}… are missing")
    return Undelivered(
        bus_message=delivery.message_id,
        subscription=subscription,
        attempts=int(count),
        error=told.get(_REASON, ""),
        published_at=delivery.published_at,
        data=delivery.data,
        attributes={
            name: value for name, value in told.items() if name != _REASON and not name.startswith(_SOURCE)
        },
        key=delivery.ordering_key,
    )


def _decoded(value: object) -> object:
    """Decodes strict base64: a damaged body is refused, not guessed at. Other types fail as `bytes`."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None


def _either(camel: str, snake: str) -> AliasChoices:
    """Accepts both spellings that Pub/Sub uses for some names."""
    return AliasChoices(camel, snake)


class _Message(BaseModel):
    model_config = ConfigDict(strict=True)

    data: Annotated[bytes, BeforeValidator(_decoded)] = b""
    attributes: dict[str, str] = {}
    message_id: str = Field(min_length=1, validation_alias=_either("messageId", "message_id"))
    publish_time: AwareDatetime = Field(validation_alias=_either("publishTime", "publish_time"))
    ordering_key: str = Field("", validation_alias=_either("orderingKey", "ordering_key"))


class _Push(BaseModel):
    model_config = ConfigDict(strict=True)

    message: _Message
    subscription: str = Field(min_length=1)
    delivery_attempt: int | None = Field(
        None, ge=1, validation_alias=_either("deliveryAttempt", "delivery_attempt")
    )
