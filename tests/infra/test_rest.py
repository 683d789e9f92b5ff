"""Questions to Google's REST APIs, over HTTP: the operator's token, and no answer that is none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.cloud import rest
from scripts.cloud.rest import ask  # before the suite puts its fake in its place
from tests.fakes.commands import Commands


class Api(BaseHTTPRequestHandler):
    """Answers with the status and the body that are in the path."""

    headers_seen: dict[str, str]

    def do_GET(self) -> None:
        status, _, body = self.path.strip("/").partition("/")
        type(self).headers_seen = dict(self.headers)
        self.send_response(int(status))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _signed_in(commands: Commands) -> None:
    commands.answer("gcloud", "--quiet auth print-access-token", "the-token")


def test_an_answer_is_asked_for_with_the_operator_s_token(api: str) -> None:
    assert ask("GET", f"{api}/200/[1]", "some-project") == (200, [1])
    assert Api.headers_seen["Authorization"] == "Bearer the-token"
    assert Api.headers_seen["X-Goog-User-Project"] == "some-project"


def test_an_error_has_no_document(api: str) -> None:
    assert ask("GET", f"{api}/404/<html>", "some-project") == (404, None)


@pytest.mark.parametrize("path", ["/200/<html>", "/200/"])
def test_a_page_is_no_answer(api: str, path: str) -> None:
    with pytest.raises(rest.Unanswered):
        ask("GET", f"{api}{path}", "some-project")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://exa mple/", "https://-.example.invalid/"])
def test_nobody_there_is_no_answer(url: str) -> None:
    with pytest.raises(rest.Unanswered):
        ask("GET", url, "some-project")
