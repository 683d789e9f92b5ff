"""The simulated gateways of the local run, the phone page, and the records of calls and log lines.

`create(settings)` is an ASGI app that serves `/` (the phone) and `/_sim/…`; the runner mounts it.
"""

from scripts.local.sim.app import create
from scripts.local.sim.journal import Journal
from scripts.local.sim.settings import LoadedTenant, SimSettings

__all__ = ["Journal", "LoadedTenant", "SimSettings", "create"]
