"""Functions use the database within their roles (terraform/roles.tf)."""

from __future__ import annotations

import pytest

from shared.platform.store import Store
from tests.e2e.deployment import Deployment

#: The store's operations that IAM refuses to a role with `datastore.entities.get` alone.
REFUSED = [name for name in vars(Store) if not name.startswith("_") and name != "get"]


async def test_gateways_and_pairing_look_documents_up_by_name(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise PermissionError("403 Missing or insufficient permissions")

    assert {"query", "transaction"} <= set(REFUSED)
    for name in REFUSED:
        monkeypatch.setattr(deployment.ports.store, name, refuse)
    assert (await deployment.http.get("/gateways/hotel/waha")).status_code == 200
    assert (await deployment.http.post("/gateways/hotel/waha/register")).status_code == 200
    assert (await deployment.http.post("/gateways/hotel/waha/restart")).status_code in (200, 204)
    token = await deployment.invited()
    assert (await deployment.state(token)).status_code == 200
    assert (await deployment.again(token)).status_code in (204, 409)
    assert (await deployment.http.get("/gateways/nobody/waha")).status_code == 404
