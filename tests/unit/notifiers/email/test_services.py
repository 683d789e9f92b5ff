"""Each inbound-mail service by itself: signatures, verdicts, charsets, raw mails, documented samples."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.errors import ConfigurationError, Rejected
from shared.models.webhook import Webhook
from tests.fakes.connection import NOW
from tests.unit.notifiers.email.posted import (
    HEADERS,
    REQUEST,
    TO,
    TOKEN,
    multipart,
    posted,
    read,
    reader,
    sample,
    signed,
    webhook,
)

FORM = "application/x-www-form-urlencoded"
MIME = (
    b"From: Dana Staff <dana@hotel.example>\r\nMessage-ID: <raw-1@hotel.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"D\xe9j\xe0 l\xe0\r\n"
)

# --- Mailgun


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 64},
        {"signature": ""},
        {"token": "another"},
        {"timestamp": "1"},
        signed(key="another-key"),
        signed(at=int(NOW.timestamp()) - 301),
        signed(at=int(NOW.timestamp()) + 301),
    ],
)
async def test_mailguns_signature(change: dict[str, str]) -> None:
    request = webhook(urlencode({"recipient": TO, **signed(), **change}).encode(), FORM)
    with pytest.raises(Rejected) as refused:
        await reader("mailgun").verify(request)
    assert refused.value.status == 401


async def test_mailguns_documented_signature() -> None:
    vector = json.loads(sample("mailgun_signature_vector.json"))
    fields = {name: vector[name] for name in ("timestamp", "token", "signature")}
    answers = reader("mailgun", {"webhook_token": TOKEN, "signing_key": vector["signing_key"]})
    with pytest.raises(Rejected, match="timestamp"):  # the signature is right, and years old
        await answers.verify(webhook(urlencode(fields).encode(), FORM))


def test_mailguns_documented_fields() -> None:
    fields = json.loads(sample("mailgun_route_forward_fields.json"))
    (said,) = reader("mailgun").parse(webhook(urlencode(fields).encode(), FORM))
    assert said.text == "Testing Mailgun's forwarded and stored message routes :)"
    assert (said.who, said.token) == ("user@example.org", "conv42")


def test_mailguns_raw_mail() -> None:
    body, content_type = multipart({"recipient": TO, "sender": "dana@hotel.example"})
    raw = b'--xYzZY\r\nContent-Disposition: form-data; name="body-mime"\r\n\r\n' + MIME + b"\r\n"
    (said,) = reader("mailgun").parse(webhook(raw + body, content_type))
    assert (said.text, said.who, said.id) == ("Déjà là", "dana@hotel.example", "raw-1@hotel.example")


async def test_mailgun_with_an_attachment() -> None:
    fields = {"recipient": TO, "from": "dana@hotel.example", "body-plain": "Here it is", **signed()}
    request = webhook(*multipart(fields, file=b"\xff\xd8" * 1_000_000))
    answers = reader("mailgun")
    await answers.verify(request)
    (said,) = answers.parse(request)
    assert said.text == "Here it is"


# --- SendGrid


def test_sendgrids_documented_fields() -> None:
    content_type = "multipart/form-data; boundary=xYzZY"
    body = sample("sendgrid_parse_default.txt").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    body = body.replace(b'"inbound@', b'"reply+conv42@')
    (said,) = reader("sendgrid").parse(webhook(body, content_type))
    assert (said.text, said.who, said.token) == ("Hello Twilio SendGrid!", "test@example.com", "conv42")


def test_sendgrids_charsets() -> None:
    told = json.loads(sample("sendgrid_parse_charsets.json"))
    body, _ = multipart({"envelope": json.dumps({"to": [TO], "from": "sender@example.com"})})
    body = body.removesuffix(b"--xYzZY--\r\n") + base64.b64decode(told["body_base64"])
    (said,) = reader("sendgrid").parse(webhook(body, told["content_type"]))
    assert said.text == told["expected"]["text"]
    assert f"{said.name} <{said.who}>" == told["expected"]["from"]


def test_a_charset_that_does_not_exist() -> None:
    fields = {"envelope": json.dumps({"to": [TO]}), "from": "a@hotel.example", "text": "été"}
    for charset in ("punycode", "zlib", "no such", "utf-7", "\0"):
        body = multipart(fields | {"charsets": json.dumps({"text": charset})})
        (said,) = reader("sendgrid").parse(webhook(*body))
        assert said.text


def test_sendgrids_raw_mail() -> None:
    body, content_type = multipart({"envelope": json.dumps({"to": [TO], "from": "dana@hotel.example"})})
    raw = b'--xYzZY\r\nContent-Disposition: form-data; name="email"\r\n\r\n' + MIME + b"\r\n"
    (said,) = reader("sendgrid").parse(webhook(raw + body, content_type))
    assert (said.text, said.who) == ("Déjà là", "dana@hotel.example")


def _policy() -> tuple[ec.EllipticCurvePrivateKey, str]:
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return private, base64.b64encode(public).decode()


def _signed(private: ec.EllipticCurvePrivateKey, request: Webhook, at: int) -> Webhook:
    signature = private.sign(str(at).encode() + request.body, ec.ECDSA(SHA256()))
    headers = {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": str(at),
    }
    return Webhook(request.method, {**request.headers, **headers}, {}, request.body)


async def test_sendgrids_signature_over_the_raw_body() -> None:
    private, public = _policy()
    answers, now = reader("sendgrid", inbound_public_key=public), int(NOW.timestamp())
    good = _signed(private, posted("sendgrid"), now)
    await answers.verify(good)
    other = Webhook("POST", good.headers, {}, good.body.replace(b"until", b"UNTIL"))
    unsigned, old = posted("sendgrid"), _signed(private, posted("sendgrid"), now - 301)
    strange = _signed(_policy()[0], posted("sendgrid"), now)
    for bad in (other, unsigned, old, strange):
        with pytest.raises(Rejected) as refused:
            await answers.verify(bad)
        assert refused.value.status == 401


async def test_a_public_key_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="inbound_public_key"):
        await reader("sendgrid", inbound_public_key="AAAA").verify(posted("sendgrid"))


# --- Postmark


def test_postmarks_documented_fields() -> None:
    body = sample("postmark_inbound.json").replace(b'Recipient": "test@', b'Recipient": "reply+conv42@')
    (said,) = reader("postmark").parse(webhook(body, "application/json"))
    assert (said.text, said.who, said.token) == ("Test body plain", "from+test@example.org", "conv42")
    assert said.id == "CAEPk3R+4Zr@mail.example.org"
    assert said.name == "Displayed From"


def test_postmarks_own_address() -> None:
    told = json.loads(posted("postmark", to=f"0123456789abcdef+{REQUEST}@inbound.postmarkapp.com").body)
    (said,) = reader("postmark").parse(webhook(json.dumps(told).encode(), "application/json"))
    assert said.token == REQUEST


def test_postmarks_hash_of_a_forwarded_mail() -> None:
    told = json.loads(posted("postmark", to="desk@hotel.example").body) | {"MailboxHash": REQUEST}
    (said,) = reader("postmark").parse(webhook(json.dumps(told).encode(), "application/json"))
    assert said.token == REQUEST


def test_postmarks_test_button() -> None:
    body = sample("postmark_inbound_test_button.json")
    (said,) = reader("postmark").parse(webhook(body, "application/json"))
    assert said.token == "samplehash"  # no request has it


def test_half_an_emoji() -> None:
    request = posted("postmark", "Yes \ud83d")
    (said,) = reader("postmark").parse(request)
    assert said.text == "Yes ?"
    assert said.model_dump_json()


# --- forged senders


@pytest.mark.parametrize(
    ("spf", "dkim", "answers"),
    [
        ("Pass", "Pass", 1),
        ("Fail", "Pass", 1),
        ("Pass", "Fail", 1),
        ("Neutral", "", 1),
        ("", "", 1),
        ("Fail", "Fail", 0),
        ("SoftFail", "", 0),
    ],
)
async def test_mailguns_verdicts(spf: str, dkim: str, answers: int) -> None:
    told = [("X-Mailgun-Spf", spf), ("X-Mailgun-Dkim-Check-Result", dkim)]
    found = await read("mailgun", headers=[*HEADERS, *(pair for pair in told if pair[1])])
    assert len(found) == answers


@pytest.mark.parametrize(
    ("spf", "dkim", "answers"),
    [
        ("pass", "{}", 1),
        ("fail", "{@hotel.example : pass}", 1),
        ("softfail", "none", 0),
        ("fail", "{@hotel.example : fail}", 0),
    ],
)
def test_sendgrids_verdicts(spf: str, dkim: str, answers: int) -> None:
    fields = {"envelope": json.dumps({"to": [TO]}), "from": "a@hotel.example", "text": "Yes"}
    body = multipart(fields | {"SPF": spf, "dkim": dkim})
    assert len(reader("sendgrid").parse(webhook(*body))) == answers


@pytest.mark.parametrize(
    ("received", "tests", "answers"),
    [
        ("Pass (sender SPF authorized)", "SPF_PASS", 1),
        ("Fail (not permitted)", "DKIM_SIGNED,DKIM_VALID", 1),
        ("Softfail (x)", "DKIM_SIGNED,DKIM_INVALID", 0),
        ("", "SPF_FAIL", 0),
        ("None", "", 1),
    ],
)
async def test_postmarks_verdicts(received: str, tests: str, answers: int) -> None:
    told = [("Received-SPF", received), ("X-Spam-Tests", tests)]
    assert len(await read("postmark", headers=[*HEADERS, *told])) == answers


# --- whole mails


@pytest.mark.parametrize(
    "name", ["email_auto_reply_vacation.eml", "email_dsn_delayed.eml", "email_dsn_failed.eml"]
)
def test_machines_answers_as_servers_send_them(name: str) -> None:
    fields = {"recipient": TO, "sender": "x@hotel.example", "body-mime": sample(name).decode()}
    body, content_type = multipart(fields)
    assert reader("mailgun").parse(webhook(body, content_type)) == []


def test_a_reply_as_a_server_sends_it() -> None:
    fields = {"recipient": TO, "sender": "dana@example.net"}
    body, content_type = multipart(fields | {"body-mime": sample("email_staff_reply.eml").decode()})
    (said,) = reader("mailgun").parse(webhook(body, content_type))
    assert (said.text, said.who, said.at) == ("Hello", "dana@example.net", NOW)
