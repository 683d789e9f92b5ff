"""The simulated vendors: one folder each, used by the local run, the tests and the simulation.

A messaging vendor's folder has
    gateway.py   reads requests, builds responses, events and signatures (`vendors/gateway.py`)
    webhooks.py  the events that the vendor posts, one of each kind among them
    requests.py  the bodies that the vendor's API takes, and the operation that each requests
    session.py   a gateway's state: paired or not, the address that it posts to (`vendors/session.py`)
None of them needs an HTTP server: `exchange` serves a gateway over HTTP, with the faults of `faults` and the
chats of `chats`. `registry` has all messaging vendors by the kind of channel. A webchat has no vendor.

`slack`, `teams`, `google_chat` (webhooks on `hooks.py`) and `chatwoot` (`server.py`) are vendors of staff's
notifications: they answer and refuse as documented, and post what staff do.

`models` are the vendors of language models, in three formats.
"""
