"""Passkeys without a browser: answers that are none, what the audit log has of them, and how many there may be."""

import hashlib
import html
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from sqlmodel import Session, select
from webauthn.helpers import bytes_to_base64url

from monitor.web.asked import COOKIE
from registry.account_news import News
from registry.accounts import AccessRefused, Account, Role
from registry.audit import AuditEntry
from registry.db import now
from registry.errors import Conflict
from registry.passkeys import MOST, Site, add_passkey, ask_for_new
from registry.second_factors import Passkey, factors_of
from tests.support.authenticator import recovery_codes_of
from tests.support.console import Console, busy_console
from tests.support.factors import cookie_of, enrolled, post

SITE = Site("localhost", "http://localhost")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with busy_console(tmp_path_factory.mktemp("passkeys") / "work", 2, 2) as console:
        yield console


def made(options: str, key: bytes) -> str:
    """What a browser answers that made a passkey of that id."""
    numbers = generate_private_key(SECP256R1()).public_key().public_numbers()
    public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
    said = (
        hashlib.sha256(SITE.rp_id.encode()).digest() + b"\x45" + bytes(4) + bytes(16) + len(key).to_bytes(2, "big") + key + public
    )
    client = {"type": "webauthn.create", "challenge": json.loads(options)["challenge"], "origin": SITE.origin}
    response = {
        "clientDataJSON": bytes_to_base64url(json.dumps(client).encode()),
        "attestationObject": bytes_to_base64url(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})),
    }
    name = bytes_to_base64url(key)
    return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def test_an_account_has_so_many_passkeys_however_many_were_begun(console: Console) -> None:
    caller = console.account("Many keys", Role.REVIEWER)
    with Session(console.workspace.engine) as session:
        account = session.get_one(Account, caller.account_id)
        begun = [ask_for_new(session, account, SITE, now()) for _ in range(MOST + 1)]
        for number, asked in enumerate(begun[:MOST]):
            add_passkey(
                session, account, SITE, asked.secret, made(asked.options, bytes([number + 1] * 16)), f"Key {number}", now()
            )
            session.commit()
        last = begun[MOST]
        with pytest.raises(Conflict, match="20 passkeys at most"):
            add_passkey(session, account, SITE, last.secret, made(last.options, b"y" * 16), "One more", now())
        assert factors_of(session, caller.account_id).passkeys == MOST


def test_a_passkey_without_an_id_is_none(console: Console) -> None:
    caller = console.account("No id", Role.REVIEWER)
    with Session(console.workspace.engine) as session:
        account = session.get_one(Account, caller.account_id)
        asked = ask_for_new(session, account, SITE, now())
        with pytest.raises(AccessRefused):
            add_passkey(session, account, SITE, asked.secret, made(asked.options, b""), "Nothing", now())
        assert session.exec(select(Passkey).where(Passkey.account_id == caller.account_id)).all() == []


@pytest.mark.parametrize("answer", ['{"id": "\\ud800"}', "[" * 20_000, '{"id": ' + "[" * 20_000, "", "{}", '{"id": "AAAA"}'])
def test_an_answer_that_proves_nothing_is_refused_in_words_and_in_the_log(console: Console, answer: str) -> None:
    port = console.host.rpartition(":")[2]
    here = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    asked = console.ask("POST", "/sign-in/passkey/options", form="", **here)
    held = f"{COOKIE}passkey-{port}={cookie_of(console, asked, 'passkey')}"
    got = console.ask("POST", "/sign-in/passkey", form=urlencode({"credential": answer}), Cookie=held, **here)
    assert got.status == 401, got.text
    with Session(console.workspace.engine) as session:
        entry = session.exec(select(AuditEntry)).all()[-1]
        assert (entry.action, entry.detail) == ("refuse", {"by": "passkey"})


def test_new_recovery_codes_are_told(console: Console) -> None:
    caller = console.account("New codes", Role.REVIEWER)
    enrolled(console, caller)
    secret = console.cookie(caller)
    assert len(recovery_codes_of(post(console, "/settings/factors/codes", secret).text)) == 10
    assert News.NEW_CODES.value in html.unescape(console.ask("GET", "/news", secret).text)
