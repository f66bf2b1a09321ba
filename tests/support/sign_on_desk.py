"""A console into which another server signs people."""

import html
from collections.abc import Iterator
from itertools import count
from urllib.parse import urlencode, urlsplit

import httpcore
import pytest
from sqlmodel import Session

from monitor.single_sign_on import SignOn
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Account, Caller, Role
from registry.db import now
from registry.linked_subjects import link
from registry.parties import PartyKind, add_party
from tests.support.console import COOKIE, Answer, Console, served
from tests.support.factors import cookie_of
from tests.support.issuer import CLIENT, SECRET, Issuer, issuing

NUMBERS = count()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("sign-on") / "work"
    init_workspace(root)
    (root / "client.secret").write_text(SECRET + "\n")
    (root / "semblance.toml").write_text(
        f'[sign_on]\nissuer = "{issuer.base}"\nname = "Studio ID"\nclient_id = "{CLIENT}"\nclient_secret_file = "client.secret"\n'
        '[crawl]\nallowed_networks = ["127.0.0.0/8"]\n'
    )
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            add_party(session, "A studio", PartyKind.STUDIO).id = "studio"
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.fixture(autouse=True)
def honest(console: Console, issuer: Issuer) -> None:
    console.app.state.sign_on = SignOn(console.workspace.settings, console.workspace.root)
    issuer.changes, issuer.said, issuer.forge, issuer.algorithm = {}, {}, None, "RS256"
    issuer.subject = f"subject-{next(NUMBERS)}"


@pytest.fixture
def reviewer(console: Console, issuer: Issuer) -> Caller:
    """An account that is linked with whoever signs in there."""
    made = console.account(f"P. Legal {next(NUMBERS)}", Role.REVIEWER)
    with Session(console.workspace.engine) as session:
        link(session, session.get_one(Account, made.account_id), issuer.base, issuer.subject, "An admin", now())
        session.commit()
    return made


def go(console: Console, to: str = "/cases") -> tuple[str, str]:
    """The cookie of a browser that is sent there, and the address with which it is sent back."""
    got = console.ask("GET", f"/sign-in/issuer?{urlencode({'to': to})}")
    assert got.status == 303, html.unescape(got.text)
    return sent(console, got, got.headers["location"])


def sent(console: Console, got: Answer, url: str) -> tuple[str, str]:
    """The same of a browser that was told so by an answer."""
    with httpcore.ConnectionPool() as pool:
        asked = pool.request("GET", url)
    (place,) = (value.decode() for name, value in asked.headers if name.lower() == b"location")
    parts = urlsplit(place)
    return f"{COOKIE}issuer-{console.host.rpartition(':')[2]}={cookie_of(console, got, 'issuer')}", f"{parts.path}?{parts.query}"


def back(console: Console, cookie: str, place: str) -> Answer:
    return console.ask("GET", place, Cookie=cookie, Sec_Fetch_Site="cross-site")
