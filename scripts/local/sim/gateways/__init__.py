"""The simulated gateways by the kind of channel that they serve: one file each, its bodies beside it."""

from scripts.local.sim.gateway import Gateway
from scripts.local.sim.gateways.cloud_api import CloudApi
from scripts.local.sim.gateways.green_api import GreenApi
from scripts.local.sim.gateways.telegram import Telegram
from scripts.local.sim.gateways.waha import Waha

GATEWAYS: dict[str, Gateway] = {each.kind: each for each in (Waha(), GreenApi(), CloudApi(), Telegram())}

__all__ = ["GATEWAYS"]
