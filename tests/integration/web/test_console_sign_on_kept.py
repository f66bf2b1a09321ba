"""What is kept on the way to another server and back: what it says of itself, what was typed, and of how many browsers."""

import html
import re
from urllib.parse import urlencode

import pytest
from joserfc.jwk import RSAKey
from sqlmodel import Session, col, select

from monitor import single_sign_on
from registry import half_done
from registry.accounts import Caller
from registry.half_done import HalfDone
from tests.support.console import Console
from tests.support.issuer import Issuer
from tests.support.sign_on_desk import back, console, go, honest, issuer, reviewer, sent

__all__ = ["console", "honest", "issuer", "reviewer"]


def test_whoever_asks_often_has_the_other_server_asked_once(console: Console, issuer: Issuer, reviewer: Caller) -> None:
    issuer.gets.clear()
    for _ in range(5):
        assert back(console, *go(console)).status == 303
    assert sorted(issuer.gets) == ["/.well-known/openid-configuration", "/jwks"]


def test_a_server_that_fails_is_not_asked_again_at_once(console: Console, issuer: Issuer, reviewer: Caller) -> None:
    issuer.said = {"issuer": "https://other.example"}
    issuer.gets.clear()
    for _ in range(3):
        assert console.ask("GET", "/sign-in/issuer").status != 303
    assert len(issuer.gets) == 1


def test_new_keys_are_asked_for_where_no_kept_one_fits_and_not_at_every_forged_token(
    console: Console, issuer: Issuer, reviewer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert back(console, *go(console)).status == 303
    monkeypatch.setattr(single_sign_on, "AGAIN_SECONDS", 0.0)
    issuer.keys["RS256"] = RSAKey.generate_key(2048, {"kid": "three", "use": "sig"})
    assert back(console, *go(console)).status == 303
    monkeypatch.setattr(single_sign_on, "AGAIN_SECONDS", 30.0)
    issuer.gets.clear()
    issuer.forge = issuer.by_stranger
    assert back(console, *go(console)).status != 303
    assert "/jwks" not in issuer.gets


def test_what_was_typed_comes_back_after_signing_in_there(console: Console, issuer: Issuer, reviewer: Caller) -> None:
    form = urlencode({"to": "/cases", "typed.reason": "It is neither parody\nnor <comment>."})
    got = console.ask("POST", "/sign-in/issuer", form=form)
    assert got.status == 200, "a form leads to no other site"
    place = html.unescape(re.findall(r'content="0; url=([^"]+)"', got.text)[0])
    answer = back(console, *sent(console, got, place))
    assert answer.status == 200
    assert "It is neither parody\nnor &lt;comment&gt;." in answer.text
    assert 'action="/cases"' in answer.text


def test_what_is_too_long_to_be_kept_stays_on_the_page(console: Console, reviewer: Caller) -> None:
    text = "x" * (17 << 10)
    got = console.ask("POST", "/sign-in/issuer", form=urlencode({"to": "/cases", "typed.reason": text}))
    assert "too long to be kept" in got.text
    assert text in got.text
    got = console.ask("POST", "/sign-in/issuer", form=urlencode({"to": "/" + text}))
    assert (got.status, "too long to be kept" in got.text) == (422, True)


def test_of_those_who_said_not_who_they_are_a_bounded_number_is_kept(
    console: Console, issuer: Issuer, reviewer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(half_done, "MOST_NAMELESS", 3)
    waits = [go(console) for _ in range(5)]
    with Session(console.workspace.engine) as session:
        assert len(session.exec(select(HalfDone).where(col(HalfDone.account_id).is_(None))).all()) == 3
    assert back(console, *waits[-1]).status == 303
    assert back(console, *waits[0]).status != 303
