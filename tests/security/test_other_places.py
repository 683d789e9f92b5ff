"""Good signatures in the wrong place: another path, or an envelope about another account.

The path is another tenant's or channel's; the envelope names another session, instance, number, account or
bot.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, Json, new_id, now, person, post
from tests.security.refused import nobody_was_answered, refused
from tests.security.run import Run, key

TEXT = "What time is breakfast?"
#: Tenant and channel of the signature, and of the path.
PATHS = {
    f"{kind}-of-{signed}-at-{kind}-of-{posted}": ((signed, kind), (posted, kind))
    for kind in GATEWAYS
    for signed, posted in permutations(("hotel", "diocese"), 2)
} | {
    f"{signed}-at-{posted}": (("hotel", signed), ("hotel", posted))
    for signed, posted in permutations(GATEWAYS, 2)
}


def waha_for(session: Any) -> Json:
    return GATEWAYS["waha"].message(person(), TEXT, new_id()) | {"session": session}


def green_api_for(instance: Any) -> Json:
    event = GATEWAYS["green_api"].message(person(), TEXT, new_id())
    return event | {"instanceData": event["instanceData"] | {"idInstance": instance}}


def cloud_api_for(number: Any) -> Json:
    event = GATEWAYS["cloud_api"].message(person(), TEXT, new_id())
    event["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = number
    return event


def telegram_with(**more: Any) -> Json:
    event = GATEWAYS["telegram"].message(person(), TEXT, new_id())
    return event | {"message": event["message"] | more}


def without(event: Json, *path: str) -> Json:
    place = event
    for name in path[:-1]:
        place = place[int(name)] if isinstance(place, list) else place[name]
    del place[path[-1]]
    return event


#: Correctly signed posts of the gateway, and the reason of the drop; "" if refused.
FOREIGN: dict[str, tuple[str, Callable[[], Json], str]] = {
    "waha-another-session": ("waha", lambda: waha_for("another"), "other_session"),
    "waha-session-of-the-tenant": ("waha", lambda: waha_for("hotel"), "other_session"),
    "waha-session-in-upper-case": ("waha", lambda: waha_for("DEFAULT"), "other_session"),
    "waha-session-with-a-space": ("waha", lambda: waha_for("default "), "other_session"),
    "waha-session-with-a-nul": ("waha", lambda: waha_for("default\0"), "other_session"),
    "waha-session-with-a-path": ("waha", lambda: waha_for("x/../default"), "other_session"),
    "waha-session-empty": ("waha", lambda: waha_for(""), "other_session"),
    "waha-session-wildcard": ("waha", lambda: waha_for("*"), "other_session"),
    "waha-session-null": ("waha", lambda: waha_for(None), ""),
    "waha-session-list": ("waha", lambda: waha_for(["default"]), ""),
    "waha-session-object": ("waha", lambda: waha_for({"name": "default"}), ""),
    "waha-session-missing": ("waha", lambda: without(waha_for("default"), "session"), ""),
    "waha-session-in-the-payload": (
        "waha",
        lambda: (
            waha_for("another") | {"payload": waha.message(TEXT, chat=f"{person()}@c.us", session="default")}
        ),
        "other_session",
    ),
    "green-api-another-instance": ("green_api", lambda: green_api_for(7103000001), "other_instance"),
    "green-api-instance-with-a-zero": ("green_api", lambda: green_api_for("07103000000"), "other_instance"),
    "green-api-instance-with-a-space": ("green_api", lambda: green_api_for(" 7103000000"), "other_instance"),
    "green-api-instance-negative": ("green_api", lambda: green_api_for(-7103000000), "other_instance"),
    "green-api-instance-full-width": ("green_api", lambda: green_api_for("７103000000"), "other_instance"),
    "green-api-instance-fraction": ("green_api", lambda: green_api_for(7103000000.5), ""),
    "green-api-instance-true": ("green_api", lambda: green_api_for(True), ""),
    "green-api-instance-null": ("green_api", lambda: green_api_for(None), ""),
    "green-api-instance-list": ("green_api", lambda: green_api_for([7103000000]), ""),
    "green-api-instance-missing": (
        "green_api",
        lambda: without(green_api_for(1), "instanceData", "idInstance"),
        "",
    ),
    "cloud-api-another-number": ("cloud_api", lambda: cloud_api_for("106540352242923"), "other_number"),
    "cloud-api-number-as-a-number": ("cloud_api", lambda: cloud_api_for(106540352242922), "other_number"),
    "cloud-api-number-with-a-zero": ("cloud_api", lambda: cloud_api_for("0106540352242922"), "other_number"),
    "cloud-api-number-with-a-plus": ("cloud_api", lambda: cloud_api_for("+106540352242922"), "other_number"),
    "cloud-api-number-null": ("cloud_api", lambda: cloud_api_for(None), "other_number"),
    "cloud-api-number-list": ("cloud_api", lambda: cloud_api_for(["106540352242922"]), "other_number"),
    "cloud-api-number-empty": ("cloud_api", lambda: cloud_api_for(""), "other_number"),
    "cloud-api-no-metadata": (
        "cloud_api",
        lambda: without(cloud_api_for("1"), "entry", "0", "changes", "0", "value", "metadata"),
        "other_number",
    ),
    "cloud-api-another-product": (
        "cloud_api",
        lambda: cloud_api_for("106540352242922") | {"object": "instagram"},
        "",
    ),
    "telegram-a-group": ("telegram", lambda: telegram_with(chat=telegram.GROUP), "group"),
    "telegram-a-group-of-one": (
        "telegram",
        lambda: telegram_with(chat={"id": int(person()), "type": "group"}),
        "group",
    ),
    "telegram-a-group-s-number-in-private": (
        "telegram",
        lambda: telegram_with(chat=telegram.GROUP | {"type": "private"}),
        "other_chat",
    ),
    "telegram-another-bot": ("telegram", lambda: telegram_with(**{"from": telegram.BOT}), "bot"),
    "telegram-a-channel": (
        "telegram",
        lambda: telegram_with(chat={"id": -1_001, "type": "channel"}),
        "channel",
    ),
}


@attempts(PATHS)
def test_a_signature_of_another_place(run: Run, attempt: tuple[tuple[str, str], tuple[str, str]]) -> None:
    (signed_for, kind), (tenant, channel) = attempt
    body = json.dumps(GATEWAYS[channel].message(person(), TEXT, new_id())).encode()
    sign = GATEWAYS[channel]
    headers = sign.signed(body, key(signed_for, kind, GATEWAYS[kind].role))
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    refused(run, f"/webhook/{tenant}/{channel}", raw, body)


@attempts(FOREIGN)
def test_an_envelope_about_another_place(run: Run, attempt: tuple[str, Callable[[], Json], str]) -> None:
    kind, event, reason = attempt
    body = json.dumps(event()).encode()
    before = len(run.lines)
    answer = run.post(f"hotel/{kind}", body, GATEWAYS[kind].headers(body))
    assert answer.status_code == (200 if reason else 400), answer.text
    if reason:
        assert answer.json() == {"published": 0, "dropped": [reason]}
    assert not any(line["published"] for line in run.handled(before))


def test_nobody_was_answered(run: Run) -> None:
    nobody_was_answered(run)


def test_what_is_ours_in_a_batch_is_answered_and_what_is_not_is_dropped(run: Run) -> None:
    ours, theirs = (GATEWAYS["cloud_api"].message(person(), TEXT, new_id()) for _ in range(2))
    theirs["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "1"
    told = post(run, GATEWAYS["cloud_api"], ours | {"entry": theirs["entry"] + ours["entry"]})
    assert told == {"published": 1, "dropped": ["other_number"]}
    run.settle()
    assert len(run.calls()) == 1


def channel(run: Run, kind: str) -> Json:
    (found,) = run.documents(f"tenants/hotel/channels/{kind}").values()
    return found


@pytest.mark.parametrize("event", ["ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "DISABLED_UPDATE"])
def test_another_account_s_end_is_not_ours(run: Run, event: str) -> None:
    before, health = len(run.lines), channel(run, "cloud_api")["health"]
    told = cloud_api.posted(cloud_api.account(event, ban_info={"waba_ban_state": "DISABLE"}))
    told["entry"][0] |= {"id": "999999999999999", "time": now()}
    post(run, GATEWAYS["cloud_api"], told)
    run.settle()
    assert channel(run, "cloud_api")["health"] == health
    assert [line for line in run.lines[before:] if line["severity"] == "ERROR"] == []


def test_a_connection_s_older_news_neither_counts_nor_alerts(run: Run) -> None:
    def status(word: str, at: int) -> Json:
        return waha.event("session.status", waha.session_status(word)) | {"timestamp": at * 1000}

    post(run, GATEWAYS["waha"], status("WORKING", now() - 60))
    run.settle()
    before = len(run.lines)
    for _ in range(2):
        post(run, GATEWAYS["waha"], status("FAILED", now() - 3_600))
    run.settle()
    assert channel(run, "waha")["health"]["status"] == "WORKING"
    assert [line for line in run.lines[before:] if line["severity"] == "ERROR"] == []
