"""Tables of routes: matching, bodies, answers and refusals over HTTP, and the functions' own tables."""

from __future__ import annotations

import runpy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route as Path_
from starlette.testclient import TestClient

from scripts import manifest
from scripts.yaml_file import ROOT
from shared.errors import Rejected
from shared.platform.routes import Call, Route, Routes, bearer, static

#: Functions with a table: topics need none, but a schedule beside them does.
HTTP = {
    name: one
    for name, one in manifest.load().functions.items()
    if one.trigger.http or one.trigger.every_minutes
}
CHANNEL = "/{tenant:slug}/{channel:slug}"
NO_SLUGS = ["..", "__x__", "Hotel", "hôtel", "-hotel", "hotel\n", "x" * 64, "hotel.waha", " hotel", "٣"]


@dataclass(frozen=True)
class Said:
    tenant: str
    channel: str
    length: int


def table(function: str) -> Routes:
    variables = runpy.run_path(str(ROOT / "functions" / function / "main.py"), run_name=f"{function}_main")
    found: Routes = variables["ROUTES"]
    return found


def client(routes: Routes) -> TestClient:
    async def serve(request: Request) -> Response:
        return await routes.serve(request)

    every = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]
    return TestClient(Starlette(routes=[Path_("/{path:path}", serve, methods=every)]))


async def say(call: Call) -> Said:
    return Said(**call.names, length=len(call.body))


async def ten(_: Call) -> int:
    return 10


async def nothing(_: Call) -> None:
    """Answers nothing."""


def wired() -> None:
    """Has no parts to build."""


async def refuse(_: Call) -> None:
    raise Rejected(409, "not now")


async def plain(_: Call) -> Response:
    return PlainTextResponse("as it is", 202)


def post(path: str, handle: Callable[[Call], Awaitable[object]], **more: Any) -> Route:
    return Route(method="POST", path=path, handle=handle, permission="public", **more)


def asked(*routes: Route, **more: Any) -> TestClient:
    return client(
        Routes(
            "sayer",
            *routes,
            wired=wired,
            expected="/<tenant>/<channel>",
            refused="{method}: expected POST",
            **more,
        )
    )


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


# --- matching


@pytest.mark.parametrize(
    "path", ["/hotel/waha", "/hotel/waha/", "//hotel/waha", "/hotel/waha//", "/hot%65l%2Fwaha"]
)
def test_names_come_from_the_decoded_path(path: str) -> None:
    served = asked(post(CHANNEL, say, answer=Said))
    assert served.post(f"http://testserver{path}").json() == {
        "tenant": "hotel",
        "channel": "waha",
        "length": 0,
    }


@pytest.mark.parametrize("path", ["", "hotel", "hotel//waha", "hotel/waha/a", "hotel/waha//a", "../waha"])
def test_an_unknown_path_has_no_names(path: str) -> None:
    routes = Routes("sayer", post(CHANNEL, say), post("/state", nothing), wired=wired, expected="it")
    assert routes.find("POST", path) == (None, None)


@pytest.mark.parametrize("name", NO_SLUGS)
def test_a_name_that_is_no_slug_makes_an_unknown_path(name: str) -> None:
    routes = Routes("sayer", post(CHANNEL, say), wired=wired, expected="it")
    assert routes.find("POST", f"{name}/waha") == routes.find("POST", f"hotel/{name}") == (None, None)


def test_a_line_break_after_a_fixed_path_makes_it_unknown() -> None:
    assert Routes("sayer", post("/state", nothing), wired=wired, expected="it").find("POST", "state\n") == (
        None,
        None,
    )


def test_an_unknown_path_is_404_and_its_body_stays_unread() -> None:
    served = asked(post(CHANNEL, say, body=ten))
    assert error(served.post("/hotel", content=b"x" * 20)) == (
        404,
        "no such address (expected /<tenant>/<channel>)",
    )


def test_another_method_on_a_known_path_is_405_and_its_body_stays_unread() -> None:
    served = asked(post(CHANNEL, say, body=ten))
    assert error(served.put("/hotel/waha", content=b"x" * 20)) == (405, "PUT: expected POST")


def test_another_method_is_404_too_if_the_table_has_no_text_for_it() -> None:
    served = client(Routes("sayer", post("/", nothing), wired=wired, expected="POST /"))
    assert error(served.put("/")) == (404, "no such address (expected POST /)")


# --- bodies and answers


def test_a_body_is_read_up_to_its_limit() -> None:
    served = asked(post(CHANNEL, say, body=ten, answer=Said))
    assert served.post("/hotel/waha", content=b"x" * 10).json()["length"] == 10
    assert error(served.post("/hotel/waha", content=b"x" * 11)) == (413, "the body is longer than 10 bytes")


def test_an_answer_has_its_type_and_headers() -> None:
    headers = {"Cache-Control": "no-store"}
    served = asked(
        post(CHANNEL, say, answer=Said, headers=headers),
        post("/empty", nothing, headers=headers),
        post("/plain", plain),
    )
    json, empty, as_it_is = (served.post(path) for path in ("/hotel/waha", "/empty", "/plain"))
    assert (json.status_code, json.headers["content-type"]) == (200, "application/json")
    assert (empty.status_code, empty.content) == (204, b"")
    assert json.headers["cache-control"] == empty.headers["cache-control"] == "no-store"
    assert (as_it_is.status_code, as_it_is.text) == (202, "as it is")


def test_an_error_has_the_headers_of_its_call_and_not_those_of_an_answer() -> None:
    async def around(call: Call, respond: Callable[[], Awaitable[Response]]) -> Response:
        call.headers["Vary"] = "Origin"
        return await respond()

    served = asked(post(CHANNEL, refuse, headers={"Cache-Control": "no-store"}), around=around)
    answers = served.post("/hotel/waha"), served.put("/hotel/waha"), served.post("/hotel")
    assert [answer.status_code for answer in answers] == [409, 405, 404]
    assert [answer.headers.get("vary") for answer in answers] == ["Origin", "Origin", None]
    assert "cache-control" not in answers[0].headers


def test_static_files_have_their_headers_and_nothing_else_an_address(tmp_path: Path) -> None:
    for name in ("index.html", "page.js", "secret.py", ".page.css.swp"):
        (tmp_path / name).write_text(name)
    served = client(
        Routes("pages", *static(tmp_path, {"Referrer-Policy": "no-referrer"}), wired=wired, expected="a page")
    )
    page, script = served.get("/"), served.get("/page.js")
    assert (page.text, page.headers["content-type"]) == ("index.html", "text/html; charset=utf-8")
    assert (script.text, script.headers["content-type"]) == ("page.js", "text/javascript; charset=utf-8")
    assert page.headers["referrer-policy"] == script.headers["referrer-policy"] == "no-referrer"
    others = ("/index.html", "/secret.py", "/.page.css.swp", "/..%2Fsecret.py")
    assert [served.get(path).status_code for path in others] == [404] * 4


@pytest.mark.parametrize(
    ("header", "token"), [("Bearer x", "x"), ("bearer x", "x"), ("Basic x", ""), ("x", ""), ("", "")]
)
def test_a_bearer_token_is_read_from_its_header(header: str, token: str) -> None:
    headers = [(b"authorization", header.encode())]
    assert bearer(Request({"type": "http", "headers": headers})) == token


# --- the functions


@pytest.mark.parametrize("function", HTTP)
def test_a_function_is_private_if_iam_admits_to_its_routes(function: str) -> None:
    permissions = {route.permission for route in table(function).table}
    if HTTP[function].trigger.http == "public":
        assert "iam" not in permissions
    else:
        assert permissions == {"iam"}


@pytest.mark.parametrize("function", [name for name, one in HTTP.items() if one.trigger.every_minutes])
def test_a_function_is_at_the_path_that_its_schedule_calls(function: str) -> None:
    route, _ = table(function).find("POST", HTTP[function].trigger.due_path)
    assert route is not None


@pytest.mark.parametrize("function", HTTP)
def test_a_table_has_its_functions_name_and_no_route_twice(function: str) -> None:
    routes = table(function)
    places = [(route.method, route.path) for route in routes.table]
    assert routes.function == function
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("function", HTTP)
def test_every_tenant_and_channel_in_a_path_is_a_slug(function: str) -> None:
    paths = [route.path for route in table(function).table]
    assert not [path for path in paths if "{tenant}" in path or "{channel}" in path]
