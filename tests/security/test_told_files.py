"""File addresses from a gateway that lie inside: none is called, the person is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.local.vendors.green_api import webhooks as green_api
from scripts.local.vendors.waha import webhooks as waha
from shared.platform import guard
from tests.security.attempts import attempts
from tests.security.canary import Canary, canary
from tests.security.gateways import GATEWAYS, Json, new_id, now, person, post
from tests.security.run import Run

#: `{port}` stands for the port of the server inside.
GREEN_API = {
    "plain": "http://127.0.0.1:{port}/secret",
    "by-name": "http://localhost:{port}/secret",
    "tls": "https://127.0.0.1:{port}/secret",
    "usual-port": "https://127.0.0.1/secret",
    "decimal": "https://2130706433/secret",
    "hexadecimal": "https://0x7f000001/secret",
    "octal": "https://017700000001/secret",
    "short": "https://127.1/secret",
    "mapped": "https://[::ffff:127.0.0.1]/secret",
    "loopback-6": "https://[::1]/secret",
    "any": "https://0.0.0.0/secret",
    "trailing-dot": "https://localhost./secret",
    "user": "https://media.green-api.example@127.0.0.1/secret",
    "backslash": "https://127.0.0.1\\@media.green-api.example/secret",
    "full-width": "https://１２７.０.０.１/secret",
    "percent": "https://%31%32%37.0.0.1/secret",
    "metadata": "http://169.254.169.254/computeMetadata/v1/",
    "file": "file:///etc/passwd",
    "ours-as-a-user": "{origin}@127.0.0.1:{port}/secret",
    "ours-and-longer": "{origin}0/secret",
    "line-break": "https://127.0.0.1/\r\nX-Api-Key: x",
    "sixty-kilobytes": "https://127.0.0.1/" + "a" * 60_000,
}
#: Only the path is taken from WAHA's address; the origin is that of our settings.
WAHA = {
    "another-host": "http://127.0.0.1:{port}/secret",
    "another-scheme": "ftp://127.0.0.1:{port}/secret",
    "no-scheme": "//127.0.0.1:{port}/secret",
    "user": "http://localhost:3000@127.0.0.1:{port}/secret",
    "at-the-beginning": "@127.0.0.1:{port}/secret",
    "port-at-the-beginning": ":{port}/secret",
    "dot-at-the-beginning": ".example:{port}/secret",
    "backslashes": "http:\\\\127.0.0.1:{port}\\secret",
    "upper-case": "HTTP://127.0.0.1:{port}/secret",
    "space-before": " http://127.0.0.1:{port}/secret",
    "line-break": "http://x\r\n@127.0.0.1:{port}/secret",
    "in-the-query": "http://x/?http://127.0.0.1:{port}/secret",
    "file": "file:///etc/passwd",
}
ATTEMPTS = {f"green-api-{name}": ("green_api", url) for name, url in GREEN_API.items()} | {
    f"waha-{name}": ("waha", url) for name, url in WAHA.items()
}


@pytest.fixture(scope="module")
def inside() -> Iterator[Canary]:
    """Yields a canary that also listens on the functions' default port of HTTPS."""
    with canary() as listening, pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "_PORTS", {"http": listening.port, "https": listening.port})
        yield listening


@pytest.fixture(scope="module")
def sent(run: Run, inside: Canary) -> dict[tuple[str, str], str]:
    """Returns the outcome of one photo for each address, each from a new person."""
    ids = {attempt: new_id() for attempt in ATTEMPTS.values()}
    for (kind, url), id in ids.items():
        told = url.replace("{port}", str(inside.port)).replace("{origin}", run.origin)
        post(run, GATEWAYS[kind], photo(kind, told, id))
    run.settle()
    return ids


def photo(kind: str, url: str, id: str) -> Json:
    chat = f"{person()}@c.us"
    if kind == "green_api":
        said = green_api.file("imageMessage", "image/jpeg", downloadUrl=url)
        who = said["senderData"] | {"chatId": chat, "sender": chat}
        return said | {"senderData": who, "idMessage": id, "timestamp": now()}
    return waha.event("message", waha.media("image/jpeg", url=url, chat=chat, key=id, timestamp=now()))


def document(run: Run, id: str) -> dict[str, Any]:
    found = run.documents("tenants/hotel/conversations/*/messages/*").values()
    (mine,) = (each for each in found if each.get("gateway_id") == id)
    return mine


@attempts(ATTEMPTS)
def test_a_file_that_lies_inside_is_not_fetched(
    run: Run, sent: dict[tuple[str, str], str], attempt: tuple[str, str]
) -> None:
    message = document(run, sent[attempt])
    (part,) = message["parts"]
    assert (part["stored"], part["size"]) == ("", 0)
    assert part["problem"] != ""
    assert message["outcome"] is not None


def test_nobody_was_led_inside(run: Run, sent: dict[tuple[str, str], str], inside: Canary) -> None:
    assert len(sent) == len(ATTEMPTS)
    assert inside.hits() == 0
    assert not list((run.folder / "media").rglob("0"))


def test_no_address_is_in_a_log(run: Run, sent: dict[tuple[str, str], str]) -> None:
    assert len(sent) == len(ATTEMPTS)
    for words in ("/secret", "169.254", "/etc/passwd"):
        assert [line for line in run.lines if words in json.dumps(line, default=str)] == []
