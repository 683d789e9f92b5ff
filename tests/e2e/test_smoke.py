"""`make smoke` over HTTP: the local run answers; one that does not answer, or refuses, is one line."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.cloud import smoke
from scripts.cloud.smoke import Unanswered
from scripts.yaml_file import ROOT
from tests.e2e.conftest import LocalRun
from tests.fakes.served import served


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.cloud.smoke", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_deployment_that_works_answers(concierge: LocalRun) -> None:
    done = command(f"{concierge.origin}/webhook/hotel/webchat/")
    assert done.returncode == 0, done.stderr
    assert "answered in" in done.stdout


def test_each_run_is_a_visitor_of_its_own(concierge: LocalRun) -> None:
    address = f"{concierge.origin}/webhook/diocese/webchat"
    assert smoke.ask(address, smoke.QUESTION, within=30) == smoke.ask(address, smoke.QUESTION, within=30)


@pytest.mark.parametrize("place", ["nobody/webchat", "hotel/waha", "hotel/nothing"])
def test_an_address_that_is_no_web_chat_s_is_named(concierge: LocalRun, place: str) -> None:
    done = command(f"{concierge.origin}/webhook/{place}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"POST {concierge.origin}/webhook/{place}/visitor: answered 404\n"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://concierge.example/webhook/hotel/webchat",
        "https://concierge.example",
        "https://concierge.example/webhook/hotel",
        "https://concierge.example/webhook/hotel/webchat?after=0",
    ],
)
def test_another_form_of_address_is_refused(address: str) -> None:
    done = command(address)
    assert done.returncode == 2
    assert "expected https://HOST/webhook/TENANT/CHANNEL" in done.stderr


async def test_a_deployment_that_never_answers_fails_in_time() -> None:
    async def accept(request: Request) -> Response:
        return JSONResponse({"token": "t"} if request.url.path.endswith("/visitor") else {"messages": []})

    app = Starlette(routes=[Route("/{path:path}", accept, methods=["GET", "POST"])])
    async with served(app) as origin:
        with pytest.raises(Unanswered, match=r"no answer within 0\.5 s"):
            await asyncio.to_thread(smoke.ask, f"{origin}/webhook/hotel/webchat", "?", within=0.5)


def test_a_deployment_out_of_reach_is_one_line() -> None:
    with pytest.raises(Unanswered, match="ConnectError"):
        smoke.ask("http://127.0.0.1:9/webhook/hotel/webchat", "?", within=1)
