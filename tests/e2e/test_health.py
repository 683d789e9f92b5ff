"""The health function of the local run."""

from __future__ import annotations

from tests.e2e.concierge import SECRET
from tests.e2e.conftest import LocalRun


def test_the_local_run_is_well_and_tells_more_to_whoever_has_the_token(concierge: LocalRun) -> None:
    answer = concierge.http.get("/health/")
    assert (answer.status_code, set(answer.json())) == (200, {"status"})
    told = concierge.http.get("/health/", headers={"Authorization": f"Bearer {SECRET}"}).json()
    checks = {check["name"]: check for check in told["checks"]}
    for name in ("store", "bus", "secrets", "files"):
        assert checks[name]["state"] == "ok"
        assert checks[name]["ms"] < 3000
    assert "channel hotel/waha" in checks
