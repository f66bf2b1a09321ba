"""Second factors of a served console's accounts, and what a browser of one sends."""

import re
from datetime import timedelta
from urllib.parse import urlencode

from sqlmodel import Session, select

from monitor.web.asked import COOKIE
from registry.accounts import Account, Caller
from registry.db import now
from registry.second_factors import begin_totp, confirm_totp
from registry.signed_in import FRESH as MINUTES
from registry.signed_in import SignedIn
from tests.support.authenticator import Authenticator
from tests.support.console import PASSWORD, Answer, Console


def post(console: Console, path: str, secret: str | None = None, /, *, more: str = "", **fields: str) -> Answer:
    """more: further cookies."""
    cookies = "; ".join(each for each in (secret and f"{COOKIE}{console.host.rpartition(':')[2]}={secret}", more) if each)
    headers = {"Cookie": cookies} if cookies else {}
    return console.ask("POST", path, form=urlencode(fields), **headers)


def cookie_of(console: Console, answer: Answer, kind: str = "") -> str:
    name = f"{COOKIE}{kind and kind + '-'}{console.host.rpartition(':')[2]}"
    found = re.search(rf"{name}=([^;\s]+)", answer.headers["set-cookie"])
    assert found, answer.headers
    return found[1]


def enrolled(console: Console, caller: Caller) -> tuple[Authenticator, tuple[str, ...]]:
    """An authenticator that was set up an hour ago."""
    with Session(console.workspace.engine) as session:
        account, at = session.get_one(Account, caller.account_id), now() - timedelta(hours=1)
        phone = Authenticator(begin_totp(session, account, at).secret.replace(" ", ""))
        return phone, confirm_totp(session, account, phone.code(at), at)


def aged(console: Console, caller: Caller | None, age: timedelta = MINUTES) -> str:
    """A browser whose user proved who they are so long ago."""
    secret = console.cookie(caller)
    with Session(console.workspace.engine) as session:
        for row in session.exec(select(SignedIn).where(SignedIn.account_id == (caller.account_id if caller else None))):
            row.proved_at = now() - age
        session.commit()
    return secret


def half(console: Console, name: str) -> str:
    """The cookie of a sign-in whose password was right."""
    got = post(console, "/sign-in", name=name, password=PASSWORD)
    assert (got.status, "Second factor" in got.text) == (200, True)
    return f"{COOKIE}code-{console.host.rpartition(':')[2]}={cookie_of(console, got, 'code')}"


def half_cookie(console: Console, page: Answer) -> str:
    """The cookie of a browser that sees a page with a new authenticator."""
    kind = "new-authenticator"
    return f"{COOKIE}{kind}-{console.host.rpartition(':')[2]}={cookie_of(console, page, kind)}"
