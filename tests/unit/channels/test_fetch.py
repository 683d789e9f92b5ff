"""File downloads in each channel: the address, the key, and the meaning of failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.channels import MEDIA_LIMIT, Channel, Download, cloud_api, green_api, telegram, waha
from shared.errors import Drop, Retry
from shared.models.parts import Media
from shared.platform.guard import Forbidden
from shared.platform.http import HttpAnswer, TooLarge, Unanswered, Unreachable
from tests.fakes.connection import Settings, connection
from tests.fakes.http import ScriptedHttp, answer

PNG = answer(200, b"\x89PNG", content_type="image/png")
META = "https://graph.example/v23.0"
LOOKASIDE = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"

CREATE: dict[str, tuple[Callable[..., Channel], Settings]] = {
    "waha": (waha.create, {"base_url": "http://waha.internal/gw", "session": "default"}),
    "green_api": (green_api.create, {"base_url": "https://7103.api.green.example", "instance": "7103"}),
    "cloud_api": (cloud_api.create, {"base_url": META, "phone_number_id": "1065"}),
    "telegram": (telegram.create, {"base_url": "https://telegram.example"}),
}
MEDIA = {
    "waha": Media(kind="image", url="http://localhost:3000/api/files/default/a%20b.png?x=1"),
    "green_api": Media(kind="image", url="https://storage.example/a.png"),
    "cloud_api": Media(kind="image", url=f"{META}/9988"),
    "telegram": Media(kind="image", id="AgACAgQ"),
}
#: Answers to the first request of channels whose gateway has to be asked for the file's address.
ASKED = {
    "cloud_api": answer(200, json.dumps({"url": LOOKASIDE, "file_size": 5}).encode()),
    "telegram": answer(200, b'{"ok": true, "result": {"file_path": "photos/file 1.jpg"}}'),
}


def fetching(kind: str, http: ScriptedHttp) -> Channel:
    create, settings = CREATE[kind]
    return create(connection(kind, settings, {"api_key": "71:secret"}, http))


def scripted(kind: str, file: HttpAnswer | Exception) -> ScriptedHttp:
    return ScriptedHttp(ASKED.get(kind, Unreachable()), file)


@pytest.mark.parametrize(
    ("kind", "url", "headers"),
    [
        ("waha", "http://waha.internal/gw/api/files/default/a%20b.png?x=1", {"X-Api-Key": "71:secret"}),
        ("green_api", "https://storage.example/a.png", None),
        ("cloud_api", LOOKASIDE, {"Authorization": "Bearer 71:secret"}),
        ("telegram", "https://telegram.example/file/bot71:secret/photos/file%201.jpg", None),
    ],
)
async def test_where_a_file_is_asked_for(kind: str, url: str, headers: dict[str, str] | None) -> None:
    http = scripted(kind, PNG)
    assert await fetching(kind, http).fetch(MEDIA[kind]) == Download(b"\x89PNG", "image/png")
    own = CREATE[kind][1]["base_url"]
    assert http.fetched == [{"url": url, "own": own, "limit": MEDIA_LIMIT, "headers": headers}]


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://attacker.example/api/files/x", "http://waha.internal/gw/api/files/x"),
        ("http://waha.internal/gw/api/files/x", "http://waha.internal/gw/api/files/x"),
        ("http://user@attacker.example:80/api/files/x", "http://waha.internal/gw/api/files/x"),
        ("@attacker.example/x", "http://waha.internal/gw/@attacker.example/x"),
        ("//attacker.example/x", "http://waha.internal/gw/attacker.example/x"),
        (".attacker.example/x", "http://waha.internal/gw/.attacker.example/x"),
    ],
)
async def test_wahas_key_goes_to_no_other_host(url: str, asked: str) -> None:
    http = scripted("waha", PNG)
    await fetching("waha", http).fetch(Media(kind="image", url=url))
    assert [request["url"] for request in http.fetched] == [asked]


@pytest.mark.parametrize(
    "place",
    [
        "https://attacker.example/?u=https://lookaside.fbsbx.com/",
        "https://evilfbsbx.com/x",
        "https://lookaside.fbsbx.com.attacker.example/x",
        "https://lookaside.fbsbx.com@attacker.example/x",
        "https://attacker.example#.fbsbx.com/",
        "http://lookaside.fbsbx.com/x",
        "https://graph.example.attacker.example/x",
        "",
    ],
)
async def test_metas_token_goes_to_metas_hosts_alone(place: str) -> None:
    http = ScriptedHttp(answer(200, json.dumps({"url": place}).encode()), PNG)
    with pytest.raises(Drop, match="media_forbidden"):
        await fetching("cloud_api", http).fetch(MEDIA["cloud_api"])
    assert http.fetched == []


@pytest.mark.parametrize(
    "place", ["https://mmg.whatsapp.net/v/1", "https://scontent.xx.facebook.com/1", f"{META}/file/1"]
)
async def test_metas_other_hosts(place: str) -> None:
    http = ScriptedHttp(answer(200, json.dumps({"url": place}).encode()), PNG)
    assert (await fetching("cloud_api", http).fetch(MEDIA["cloud_api"])).data == b"\x89PNG"


async def test_a_medias_address_that_is_not_metas_is_not_asked() -> None:
    http = scripted("cloud_api", PNG)
    with pytest.raises(Drop, match="media_missing"):
        await fetching("cloud_api", http).fetch(Media(kind="image", url="https://attacker.example/9988"))
    assert http.requests == http.fetched == []


@pytest.mark.parametrize("kind", list(CREATE))
@pytest.mark.parametrize(
    ("file", "error", "reason"),
    [
        (Forbidden(""), Drop, "media_forbidden"),
        (TooLarge(""), Drop, "media_too_large"),
        (Unreachable(""), Retry, "media_unavailable"),
        (Unanswered(""), Retry, "media_unavailable"),
        (answer(404), Drop, "media_gone"),
        (answer(410), Drop, "media_gone"),
        (answer(302, location="http://127.0.0.1/"), Drop, "media_http_302"),
        (answer(403), Drop, "media_http_403"),
        (answer(429, retry_after="3"), Retry, "media_http_429"),
        (answer(503), Retry, "media_http_503"),
    ],
    ids=str,
)
async def test_what_a_failure_means(
    kind: str, file: HttpAnswer | Exception, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        await fetching(kind, scripted(kind, file)).fetch(MEDIA[kind])


def meta_error(code: int) -> bytes:
    return json.dumps({"error": {"code": code}}).encode()


@pytest.mark.parametrize(
    ("kind", "asked", "error", "reason"),
    [
        ("cloud_api", Unreachable(""), Retry, "media_unavailable"),
        ("cloud_api", answer(400, meta_error(100)), Drop, "media_gone"),
        ("cloud_api", answer(401, meta_error(190)), Retry, "media_unavailable"),
        ("cloud_api", answer(503), Retry, "media_unavailable"),
        ("cloud_api", answer(200, b'{"url": "x", "file_size": 99000000}'), Drop, "media_too_large"),
        ("cloud_api", answer(200, b"<html>"), Drop, "media_forbidden"),
        ("telegram", Unanswered(""), Retry, "media_unavailable"),
        (
            "telegram",
            answer(400, b'{"description": "Bad Request: file is too big"}'),
            Drop,
            "media_too_large",
        ),
        ("telegram", answer(400, b'{"description": "Bad Request: wrong file_id"}'), Drop, "media_gone"),
        ("telegram", answer(401), Retry, "telegram_http_401"),
        ("telegram", answer(429, b'{"parameters": {"retry_after": 3}}'), Retry, "telegram_http_429"),
        ("telegram", answer(200, b'{"result": {"file_path": "/etc/passwd"}}'), Drop, "media_gone"),
        ("telegram", answer(200, b'{"result": {"file_path": "a/../../bot"}}'), Drop, "media_gone"),
        ("telegram", answer(200, b'{"result": {}}'), Drop, "media_gone"),
    ],
    ids=str,
)
async def test_what_the_answer_about_a_files_place_means(
    kind: str, asked: Any, error: type[Exception], reason: str
) -> None:
    http = ScriptedHttp(asked, PNG)
    with pytest.raises(error, match=reason):
        await fetching(kind, http).fetch(MEDIA[kind])
    assert http.fetched == []
