"""`make gateway` against the local run, as an operator types it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scripts.yaml_file import ROOT
from tests.e2e.conftest import LocalRun


def gateway(run: LocalRun, *arguments: str) -> tuple[int, str]:
    """Runs the command. Returns its code and output, after the line with the target."""
    own = {"PORT": str(run.port), "LOCAL_FOLDER": str(run.folder)}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CONCIERGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "scripts.gateway", *arguments],
        cwd=ROOT,
        env={**clean, **own},
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = done.stderr.removeprefix(f"→ the local run ({run.folder})\n")
    return done.returncode, (done.stdout + told).strip()


@pytest.mark.parametrize("channel", ["waha", "green_api", "telegram", "cloud_api"])
def test_each_simulated_gateway_works_and_posts_to_us(concierge: LocalRun, channel: str) -> None:
    told = concierge.http.get(f"/gateways/hotel/{channel}").json()
    assert (told["working"], told["registered"]) == (True, True)


def test_a_lost_pairing_is_mended_over_a_link(concierge: LocalRun) -> None:
    place = {"tenant": "diocese", "channel": "green_api"}
    concierge.http.post("/_sim/pairing", json={**place, "paired": False}).raise_for_status()
    try:
        assert gateway(concierge, "diocese", "green_api") == (0, "notAuthorized: does not work, posts to us")
        code, said = gateway(concierge, "diocese", "green_api", "pair")
        assert code == 0
        address, _, token = said.splitlines()[-1].partition("#")
        assert concierge.http.get(address).status_code == 200
        signed = {"Authorization": f"Bearer {token}"}
        assert concierge.http.get(f"{address}state", headers=signed).json()["step"] == "scan"
        concierge.http.post("/_sim/pairing", json={**place, "paired": True}).raise_for_status()
        assert concierge.http.get(f"{address}state", headers=signed).json()["step"] == "paired"
    finally:
        concierge.http.post("/_sim/pairing", json={**place, "paired": True})


def test_what_is_left_to_do_by_hand_is_shown(concierge: LocalRun) -> None:
    code, said = gateway(concierge, "hotel", "cloud_api", "register")
    assert code == 0
    assert f"Callback URL: {concierge.origin}/webhook/hotel/cloud_api" in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("hotel", "webchat"), "a webchat has no gateway"),
        (("hotel", "telegram", "pair"), "not paired"),
    ],
)
def test_what_cannot_be_done_is_said_and_a_failure(
    concierge: LocalRun, arguments: tuple[str, ...], why: str
) -> None:
    code, said = gateway(concierge, *arguments)
    assert code != 0
    assert why in said
    assert "Traceback" not in said


def test_maintenance_finds_every_gateway_well(concierge: LocalRun) -> None:
    answer = concierge.http.post("/maintenance/")
    assert answer.status_code == 200
    assert answer.json()["ill"] == 0
