"""The simulated gateways and their sessions, by the kind of channel that they serve."""

from scripts.local.vendors.cloud_api.gateway import CloudApi
from scripts.local.vendors.cloud_api.session import MetaNumber
from scripts.local.vendors.gateway import Gateway
from scripts.local.vendors.green_api.gateway import GreenApi
from scripts.local.vendors.green_api.session import GreenInstance
from scripts.local.vendors.session import Session
from scripts.local.vendors.telegram.gateway import Telegram
from scripts.local.vendors.telegram.session import TelegramBot
from scripts.local.vendors.waha.gateway import Waha
from scripts.local.vendors.waha.session import WahaSession

GATEWAYS: dict[str, Gateway] = {each.kind: each for each in (Waha(), GreenApi(), CloudApi(), Telegram())}
SESSIONS: dict[str, type[Session]] = {
    "waha": WahaSession,
    "green_api": GreenInstance,
    "cloud_api": MetaNumber,
    "telegram": TelegramBot,
}
