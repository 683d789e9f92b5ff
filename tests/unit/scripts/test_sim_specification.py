"""Every request of our channels, against the vendors' own documents.

The documents are WAHA's and Meta's OpenAPI, and the list of Telegram's methods and types. The requests are
those of a run against the simulated gateways.

Green API publishes no such document, and a webchat makes no requests.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema
import pytest
import yaml

from shared.channels import Sent
from shared.models.events import MessageReceived
from shared.models.parts import Media, Part, Text
from tests.fakes.correspondence import KINDS, Asked, Correspondence, corresponding
from tests.unit.scripts.vendors.parts import DOCUMENT, FEW, IMAGE, MANY, PLACE, PNG, TEMPLATE, TEXT, VOICE

Json = dict[str, Any]
CONTRACTS = Path(__file__).resolve().parents[3].parent / "shared" / "contracts"
PARTS: list[Part] = [TEXT, IMAGE, DOCUMENT, VOICE, PLACE, FEW, MANY, TEMPLATE]
PARTS += [
    Media(kind="video", mimetype="video/mp4", url="https://example.org/a.mp4"),
    Media(kind="audio", mimetype="audio/mpeg", url="https://example.org/a.mp3"),
    Media(kind="sticker", mimetype="image/webp", url="https://example.org/a.webp"),
]

#: Fields that Meta documents on its reference page for messages, and not in the OpenAPI document.
ELSEWHERE = {"biz_opaque_callback_data"}


def document(path: str) -> Any:
    """Returns one of the vendors' documents. If it is missing, the test is skipped, or fails under CI."""
    file = CONTRACTS / path
    if not file.exists():
        reason = f"{path} is not in {CONTRACTS.name}/ beside the project"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    if file.suffix == ".json":
        return json.loads(file.read_text())
    return yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


@pytest.fixture(scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Asked]]:
    """Requests of a run over all channels: every kind of part, seen, typing, settling, a file."""
    async with corresponding(tmp_path_factory.mktemp("sim")) as correspondence:
        for kind in KINDS:
            await _run(correspondence, kind)
        yield correspondence.asked


async def _run(correspondence: Correspondence, kind: str) -> None:
    channel, person = correspondence.channels[kind], KINDS[kind][2]
    for part in PARTS:  # before the person wrote: no phone is connected that would load the parts
        assert isinstance(await channel.send(person, part, turn="turn-1"), Sent), part
    file = await correspondence.upload(PNG, "application/pdf", "menu.pdf")
    said = await correspondence.say(kind, file={"id": file, "kind": "document"})
    received = correspondence.inbound[-1]
    assert isinstance(received, MessageReceived)
    media = received.parts[0]
    assert isinstance(media, Media)
    assert (await channel.fetch(media)).data == PNG
    assert isinstance(
        await channel.send(person, Text(text="It is.", reply_to=said["id"]), turn="turn-2"), Sent
    )
    await channel.show_seen(person, [said["id"]])
    await channel.show_typing(person)
    if kind in ("waha", "green_api"):
        since = datetime.now(UTC) - timedelta(minutes=1)
        assert await channel.find_sent(person, Text(text=TEXT.text), since=since, known=[])
    gateway = correspondence.gateways[kind]
    await gateway.register()
    assert (await gateway.status()).registered
    if kind != "cloud_api":
        await gateway.restart()
    if kind == "telegram":
        await channel.show_seen(person, ["callback.1"])


def of(asked: list[Asked], kind: str) -> list[Asked]:
    """Returns the requests to one gateway, without downloads of files, which are no calls of its API."""
    found = [each for each in asked if each.kind == kind and not re.match(r"/(media|file)/", each.path)]
    assert len(found) > len(PARTS)
    return found


def told(kind: str, requests: list[Asked], where: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n  {kind}: {len(requests)} requests checked against {where}\n")


# OpenAPI


def operation(document: Json, method: str, path: str) -> Json:
    """Returns a request's operation: the one whose template fits the path with the fewest variables."""
    templates = sorted(document["paths"], key=lambda each: each.count("{"))
    for template in templates:
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in document["paths"][template]:
            found: Json = document["paths"][template][method.lower()]
            return found
    raise AssertionError(f"{method} {path} is no operation of the document")


def body_schema(document: Json, operation: Json) -> Json:
    return closed(operation["requestBody"]["content"]["application/json"]["schema"])


def closed(schema: Json) -> Json:
    """Returns the schema without other fields: a misspelt field would be ignored in silence."""
    return {"allOf": [schema], "unevaluatedProperties": False}


def check(document: Json, schema: Json, value: Any) -> None:
    validator = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
    wrong = jsonschema.exceptions.best_match(validator.iter_errors(value))
    assert wrong is None, f"{value}: {wrong.message if wrong else ''}"


def check_query(operation: Json, query: str) -> None:
    """Checks names and values of a query, in which numbers and booleans are text."""
    known = {
        each["name"]: each["schema"] for each in operation.get("parameters", []) if each["in"] == "query"
    }
    for name, value in parse_qsl(query):
        kind = known[name].get("type")
        read = json.loads(value) if kind in ("number", "integer", "boolean") else value
        jsonschema.validate(read, known[name])


def test_what_we_ask_waha_is_in_its_document(asked: list[Asked], capsys: pytest.CaptureFixture[str]) -> None:
    specification = mended(document("waha/openapi.json"))
    requests = [each for each in of(asked, "waha") if not each.path.startswith("/api/files/")]
    for request in requests:
        found = operation(specification, request.method, request.path)
        check_query(found, request.query)
        if request.body is not None:
            check(specification, body_schema(specification, found), request.body)
    told("waha", requests, "its OpenAPI document", capsys)


def mended(value: Any) -> Any:
    """Corrects WAHA's schema, which calls some strings `object`; their default or example is a string."""
    if isinstance(value, list):
        return [mended(each) for each in value]
    if not isinstance(value, dict):
        return value
    read = {name: mended(each) for name, each in value.items()}
    if read.get("type") == "object" and isinstance(read.get("default"), str):
        return {**read, "type": "string"}
    example = read.get("example")
    if read.get("items") == {"type": "object"} and isinstance(example, list) and isinstance(example[0], str):
        return {**read, "items": {"type": "string"}}
    return read


def test_what_we_ask_meta_is_in_its_document(asked: list[Asked], capsys: pytest.CaptureFixture[str]) -> None:
    specification = merged(document("meta_cloud/business-messaging-api_v23.0.yaml"))
    requests = of(asked, "cloud_api")
    for request in requests:
        found = operation(specification, request.method, f"/v23.0{request.path}")
        if request.method == "GET":
            continue
        if "status" in request.body:
            like_the_example(found, request.body)
        else:
            body = {name: value for name, value in request.body.items() if name not in ELSEWHERE}
            check(specification, body_schema(specification, found), body)
    told("cloud_api", requests, "Meta's OpenAPI document", capsys)


def test_metas_examples_fit_as_we_read_its_document() -> None:
    """Otherwise the document would be read too strictly, or not at all."""
    specification = merged(document("meta_cloud/business-messaging-api_v23.0.yaml"))
    found = operation(specification, "POST", "/v23.0/1/messages")
    examples = found["requestBody"]["content"]["application/json"]["examples"]
    for name in ("Send Text Message", "Send Image Message by URL", "Send Reply Button", "Send List Message"):
        check(specification, body_schema(specification, found), examples[name]["value"])
    misspelt = {**examples["Send Text Message"]["value"], "mesage": 1}
    with pytest.raises(AssertionError, match="mesage"):
        check(specification, body_schema(specification, found), misspelt)


def merged(value: Any) -> Any:
    """Opens each branch of Meta's `allOf`: as written, a branch forbids the fields of the others, so that not
    even Meta's examples fit. The meaning is that the branches together are closed."""
    if isinstance(value, list):
        return [merged(each) for each in value]
    if not isinstance(value, dict):
        return value
    read = {name: merged(each) for name, each in value.items()}
    if isinstance(read.get("allOf"), list):
        branches = [{k: v for k, v in each.items() if k != "additionalProperties"} for each in read["allOf"]]
        return {**read, "allOf": branches}
    return read


def like_the_example(found: Json, body: Json) -> None:
    """Checks "read" and "typing…", which the document describes by an example alone."""
    examples = found["requestBody"]["content"]["application/json"]["examples"]
    example = examples["Send typing indicator and read receipt"]["value"]
    assert body.keys() <= example.keys()
    assert body.keys() >= example.keys() - {"typing_indicator"}
    assert all(type(value) is type(example[name]) for name, value in body.items())
    assert body.get("typing_indicator", example["typing_indicator"]) == example["typing_indicator"]


# Telegram


def test_what_we_ask_telegram_is_in_its_list(asked: list[Asked], capsys: pytest.CaptureFixture[str]) -> None:
    api = document("telegram/bot_api_10.1_spec.json")
    requests = of(asked, "telegram")
    for request in requests:
        method = request.path.rpartition("/")[2]
        assert method in api["methods"], method
        wrong = list(misfits(api, api["methods"][method], request.body, method))
        assert wrong == []
    told("telegram", requests, "the list of its methods and types", capsys)


def misfits(api: Json, shape: Json, value: Json, place: str) -> Iterator[str]:
    """Yields the differences between an object and the method or type that describes it."""
    fields = {field["name"]: field for field in shape.get("fields", [])}
    yield from (f"{place}: {name} is unknown" for name in value.keys() - fields.keys())
    for name, field in fields.items():
        if name in value:
            if not any(fits(api, kind, value[name]) for kind in field["types"]):
                yield f"{place}.{name}: {value[name]!r} is none of {field['types']}"
        elif field["required"]:
            yield f"{place}: {name} is missing"


def fits(api: Json, kind: str, value: Any) -> bool:
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(
            fits(api, kind.removeprefix("Array of "), each) for each in value
        )
    match kind:
        case "String" | "InputFile":  # a file is given by its address
            return isinstance(value, str)
        case "Integer":
            return type(value) is int
        case "Float":
            return type(value) in (int, float)
        case "Boolean" | "True":
            return isinstance(value, bool)
    shape = api["types"][kind]
    if "subtypes" in shape:
        return any(fits(api, each, value) for each in shape["subtypes"])
    return isinstance(value, dict) and not list(misfits(api, shape, value, kind))


def test_a_misfit_is_found() -> None:
    api = document("telegram/bot_api_10.1_spec.json")
    body = {"chat_id": 1, "text": 5, "reply_markup": {"inline_keyboard": [[{"txt": "A"}]]}, "colour": "red"}
    wrong = list(misfits(api, api["methods"]["sendMessage"], body, "sendMessage"))
    assert len(wrong) == 3, wrong


# Green API


def test_what_we_ask_green_api_is_like_its_examples(
    asked: list[Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    checked = []
    for request in of(asked, "green_api"):
        method = request.path.split("/")[2]
        if method in ("sendMessage", "sendFileByUrl", "sendLocation", "readChat"):
            quoted = {
                "quotedMessageId": document("green_api/request_sendLocation_quoted.json")["quotedMessageId"]
            }
            example = quoted | document(f"green_api/request_{method}.json")
            assert request.body.keys() <= example.keys(), method
            assert all(type(value) is type(example[name]) for name, value in request.body.items()), method
            checked.append(request)
    told("green_api", checked, "the vendor's examples", capsys)
