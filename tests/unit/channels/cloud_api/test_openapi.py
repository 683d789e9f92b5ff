"""Requests to Meta's Cloud API and its answers, against the published OpenAPI and collected samples."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from starlette.responses import Response

from scripts.local.vendors.cloud_api import webhooks as meta
from shared.channels import Later, Refused, SendResult, Sent
from tests.unit.channels.cloud_api.calls import PARTS, Line, send

CONTRACTS = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "meta_cloud"


# The published schemas.


@cache
def openapi() -> dict[str, Any]:
    path = CONTRACTS / "business-messaging-api_v23.0.yaml"
    if not path.is_file():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    found: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return found


def schema(name: str) -> dict[str, Any]:
    """Returns a component with its `allOf` merged: as written, each branch forbids the other's fields."""
    components = openapi()["components"]
    named: dict[str, Any] = components["schemas"][name]
    merged: dict[str, Any] = {"properties": {}, "required": [], **named, "components": components}
    for half in merged.pop("allOf", []):
        half = schema(half["$ref"].rsplit("/", 1)[1]) if "$ref" in half else half
        merged["properties"] = merged["properties"] | half.get("properties", {})
        merged["required"] = merged["required"] + half.get("required", [])
    return merged


def conforms(body: Any, name: str) -> None:
    """Checks that a body is valid and has described fields only."""
    described = schema(name)
    Draft202012Validator(described).validate(body)
    assert set(body) <= set(described["properties"])


async def test_every_request_is_what_the_openapi_describes(line: Line) -> None:
    mapping = openapi()["components"]["schemas"]["Message"]["discriminator"]["mapping"]
    for part, kind in PARTS.values():
        line.server.reset()
        body = await line.say(part)
        assert len(body.pop("biz_opaque_callback_data")) <= 512  # described for calls, with that limit
        conforms(body, mapping[kind].rsplit("/", 1)[1])
        for component in body.get("template", {}).get("components", []):
            conforms(component, "BodyComponent")
            for value in component["parameters"]:
                conforms(value, "TextParameter")


async def test_ticks_are_what_the_openapi_describes(line: Line) -> None:
    await line.channel.show_seen(meta.PERSON, ["wamid.A1"])
    await line.channel.show_typing(meta.PERSON)
    operation = openapi()["paths"]["/{Version}/{Phone-Number-ID}/messages"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    seen, typing = (call.body for call in line.server.calls)
    conforms(seen, "MarkMessageRequestPayload")
    assert typing.keys() == examples["Send typing indicator and read receipt"]["value"].keys()
    assert typing["typing_indicator"] == {"type": "text"}


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("request_text.json", "text"),
        ("request_text_reply.json", "reply"),
        ("request_document_url.json", "document"),
        ("request_image_url.json", "image"),
        ("request_location.json", "venue"),
        ("request_interactive_buttons.json", "buttons"),
        ("request_interactive_list.json", "longest_list"),
        ("request_template_text.json", "template"),
    ],
)
async def test_requests_have_the_fields_of_the_collected_ones(line: Line, name: str, part: str) -> None:
    openapi()
    collected = json.loads((CONTRACTS / name).read_text("utf-8"))
    body = await line.say(PARTS[part][0])
    assert set(collected) == set(body) - {"biz_opaque_callback_data"}
    assert body["type"] == collected["type"]


async def test_the_collected_answers_are_understood(line: Line) -> None:
    openapi()
    meanings: dict[str, tuple[int, SendResult]] = {
        "response_send_ok.json": (
            200,
            Sent("wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA"),
        ),
        "error_130429_http429.json": (429, Later("meta_130429")),
        "error_131047_http400.json": (400, Refused("window_closed")),
    }
    for name, (status, meaning) in meanings.items():
        line.server.fault = Response((CONTRACTS / name).read_bytes(), status)
        assert await send(line.channel) == meaning
