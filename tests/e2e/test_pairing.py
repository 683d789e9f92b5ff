"""Pairing a phone with our gateways: the operator's function and the link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.responses import JSONResponse

from scripts.local.vendors.session import code
from shared.upkeep.administration import LINK_LASTS
from shared.upkeep.links import Grant
from tests.e2e.deployment import Deployment

# The operator's function.


async def test_an_operator_registers_and_sees_it(deployment: Deployment) -> None:
    before = await deployment.http.get("/gateways/hotel/waha")
    assert before.json() == {"status": "MISSING", "working": False, "registered": False}
    done = await deployment.http.post("/gateways/hotel/waha/register")
    assert done.json() == {"registered": True, "by_hand": {}}
    deployment.gateways["hotel"].session.pair()
    after = await deployment.http.get("/gateways/hotel/waha")
    assert after.json() == {"status": "WORKING", "working": True, "registered": True}
    assert deployment.gateways["hotel"].session.address == f"{deployment.origin}/webhook/hotel/waha"
    assert deployment.gateways["diocese"].calls == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/gateways/hotel/nothing", 404),
        ("GET", "/gateways/nobody/waha", 404),
        ("GET", "/gateways/hotel/webchat", 404),
        ("GET", "/gateways/hotel", 404),
        ("GET", "/gateways/../../etc", 404),
        ("GET", "/gateways/./waha", 404),
        ("POST", "/gateways/hotel/waha/explode", 405),
        ("DELETE", "/gateways/hotel/waha", 405),
        ("GET", "/gateways/hotel/waha/pair", 405),
    ],
)
async def test_what_there_is_not_is_refused(
    deployment: Deployment, method: str, path: str, status: int
) -> None:
    assert (await deployment.http.request(method, path)).status_code == status


async def test_a_gateway_s_refusal_is_told_and_its_illness_comes_back(deployment: Deployment) -> None:
    gateway = deployment.gateways["hotel"]
    for answered, status in (401, 424), (500, 503):
        gateway.fault = JSONResponse({"message": "api-secret"}, answered)
        answer = await deployment.http.post("/gateways/hotel/waha/restart")
        assert answer.status_code == status
        assert "api-secret" not in answer.text


# The link.


async def test_a_link_shows_the_code_until_the_phone_is_paired(deployment: Deployment) -> None:
    await deployment.http.post("/gateways/hotel/waha/register")
    token = await deployment.invited()
    shown = (await deployment.state(token)).json()
    assert shown == {
        "name": "Hôtel Kër Ndox",
        "channel": "waha",
        "left_s": LINK_LASTS.total_seconds(),
        "step": "scan",
        "qr": code(deployment.gateways["hotel"].session.codes),
    }
    deployment.gateways["hotel"].session.pair()
    paired = (await deployment.state(token)).json()
    assert (paired["step"], paired["qr"]) == ("paired", "")


async def test_a_link_ends(deployment: Deployment) -> None:
    token = await deployment.invited()
    deployment.clock.pass_(LINK_LASTS.total_seconds() - 1)
    assert (await deployment.state(token)).status_code == 200
    deployment.clock.pass_(1)
    asked = len(deployment.gateways["hotel"].calls)
    for answer in await deployment.state(token), await deployment.again(token):
        assert answer.status_code == 401
    assert len(deployment.gateways["hotel"].calls) == asked


async def test_a_forged_link_reaches_no_gateway_and_tells_nothing(deployment: Deployment) -> None:
    token = await deployment.invited()
    until = deployment.clock.now().replace(microsecond=0) + timedelta(days=1)
    forged = [
        "x" * 5000,
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.replace("hotel", "diocese", 1),
        token.replace("waha", "second", 1),
        token.replace("waha", "webchat", 1),
        Grant("hotel", "waha", "pair", until).token("guessed"),
        Grant("hotel", "waha", "pair", until).token("diocese-link-secret"),
        Grant("nobody", "waha", "pair", until).token("guessed"),
    ]
    for gateway in deployment.gateways.values():
        gateway.calls.clear()
    answers = [await deployment.state(each) for each in forged]
    answers += [await deployment.again(each) for each in forged]
    answers.append(await deployment.http.get("/pairing/state"))
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert [gateway.calls for gateway in deployment.gateways.values()] == [[], []]


async def test_a_tenant_s_link_shows_that_tenant_s_gateway(deployment: Deployment) -> None:
    for tenant in "hotel", "diocese":
        await deployment.http.post(f"/gateways/{tenant}/waha/register")
    tokens = {tenant: await deployment.invited(tenant) for tenant in ("hotel", "diocese")}
    deployment.gateways["hotel"].session.pair()
    shown = {tenant: (await deployment.state(token)).json() for tenant, token in tokens.items()}
    assert {tenant: each["step"] for tenant, each in shown.items()} == {"hotel": "paired", "diocese": "scan"}
    assert shown["diocese"]["name"] == "Catéchèse de Dakar"


async def test_a_link_begins_anew_only_what_has_stopped(deployment: Deployment) -> None:
    gateway = deployment.gateways["hotel"]
    gateway.session.state = "FAILED"
    token = await deployment.invited()
    assert (await deployment.again(token)).status_code == 204
    assert (await deployment.state(token)).json()["step"] == "scan"
    for state in "SCAN_QR_CODE", "WORKING", "STARTING":
        gateway.session.state = state
        assert (await deployment.again(token)).status_code == 409
        assert gateway.session.state == state
    assert [call.path for call in gateway.calls].count("/api/sessions/default/restart") == 1


async def test_nothing_of_a_link_gets_into_a_log_or_a_cache(deployment: Deployment) -> None:
    token = await deployment.invited()
    answer = await deployment.state(token)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    said = repr(deployment.lines)
    assert "pairing_link_issued" in said
    signature = token.rpartition(".")[2]
    assert signature not in said
    assert token not in said


async def test_the_page_is_the_same_for_everybody(deployment: Deployment) -> None:
    answer = await deployment.http.get("/pairing/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert (await deployment.http.get("/pairing/../main.py")).status_code == 404
    assert (await deployment.http.get("/pairing/__init__.py")).status_code == 404
    assert (await deployment.http.post("/pairing/")).status_code == 404
