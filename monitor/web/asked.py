"""Who asks for a route, and the workspace as they have it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from sqlmodel import Session
from starlette.requests import Request

from monitor.settings import Settings
from monitor.web.access import ENROLLING, FRESH, ROLES, SCOPES
from monitor.workspace import Workspace, owner
from registry.accounts import AccessRefused, Account, Caller
from registry.audit import Actor, acting
from registry.db import now
from registry.errors import RegistryError
from registry.sign_in import caller_of_token
from registry.signed_in import Browser, browser_of

LOG = logging.getLogger("monitor.web")

COOKIE = "__Host-semblance-"
"""Before the server's port: of this host's pages alone, and for no script. A browser sends a cookie to every port of a host, and
takes this one from this machine itself without TLS, too."""


def cookie_of(request: Request, kind: str = "") -> str:
    """The name of the cookie, which no other server on this machine has. kind: of what is half done (registry.half_done)."""
    return f"{COOKIE}{kind and kind.replace(' ', '-') + '-'}{request.scope['server'][1]}"


class NotSignedIn(AccessRefused):
    """Nobody is known to ask."""


class NotAllowed(AccessRefused):
    """Somebody who is known, and whose role does not allow it."""


class NotProved(AccessRefused):
    """Something that takes a fresh proof of who asks."""


class MustEnrol(AccessRefused):
    """Somebody who needs a second factor first."""


class NotSeen(RegistryError):
    """A decision without the ETag of what was looked at."""


class Otherwise(RegistryError):
    """A match that is another one by now."""


class NoText(RegistryError):
    """A text with a sign that none has."""


def refuse_zeros(*texts: str) -> None:
    """Raise NoText for a text with a zero in it, which databases take otherwise than as a sign, or not at all."""
    if any("\0" in text for text in texts):
        raise NoText("A text that was sent has the sign U+0000 in it, which is part of none.", "Leave it out.")


@dataclass(frozen=True)
class Who:
    """caller: the account that asks; None for the machine's owner. browser: by which it does, if by one."""

    caller: Caller | None
    browser: Browser | None = None

    @property
    def name(self) -> str:
        """In which decisions are made; "" where the machine's owner has not said."""
        return self.browser.name if self.browser is not None else self.caller.name if self.caller is not None else ""

    def may(self, route: str) -> bool:
        """Whether the role allows a route, by its name."""
        return self.caller is None or self.caller.role in ROLES.get(route, frozenset())


class Asked:
    """One request, as routes take it.

    Routes are plain functions: each runs in a thread of its own, in which acting() sets who acts. Nobody is identified before a
    route asks for it.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self._workspace: Workspace = request.app.state.workspace

    @property
    def settings(self) -> Settings:
        return self._workspace.settings

    @property
    def root(self) -> Path:
        return self._workspace.root

    @property
    def route(self) -> str:
        return str(self.request.scope["route"].name)

    @cached_property
    def who(self) -> Who:
        """Raises NotSignedIn, and AccessRefused for a token that is none, or none any more."""
        kind, _, secret = self.request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and secret.strip():
            return Who(self._workspace.identified(lambda session: caller_of_token(session, secret.strip(), now()), self.why))
        held = self.request.cookies.get(cookie_of(self.request))
        if not held:
            raise NotSignedIn("Nobody is signed in.", "Sign in, or send a token as `Authorization: Bearer ...`.")
        try:
            browser = self._workspace.identified(lambda session: browser_of(session, held, now()), self.why)
        except AccessRefused as error:
            raise NotSignedIn(error.what, error.remedy) from error
        return Who(browser.caller, browser)

    @property
    def browser(self) -> Browser:
        """The browser that asks. Raises NotSignedIn for a token, which has none."""
        if self.who.browser is None:
            raise NotSignedIn("A token has no browser.", "Sign in with a browser.")
        return self.who.browser

    @property
    def why(self) -> str:
        """For the audit log: the route by its name, since its address may hold what somebody typed."""
        return f"web {self.route}"

    def admitted(self) -> Caller | None:
        """Who asks, where the route is for them; None for the machine's owner. Raises NotSignedIn and NotAllowed."""
        caller = self.who.caller
        if caller is not None and not (self.who.may(self.route) and caller.may(SCOPES.get(self.route))):
            LOG.warning("the account %s may not ask for %s", caller.account_id, self.route)
        if caller is not None and not self.who.may(self.route):
            raise NotAllowed(f"{caller.name} is {caller.role.value}, and may not do this.", "Ask somebody whose role allows it.")
        if caller is not None and not caller.may(SCOPES.get(self.route)):
            raise NotAllowed(
                "The token is not for this.", f"It takes one with the scope {SCOPES.get(self.route) or 'of nothing'}."
            )
        self._refuse_unproved()
        return caller

    def _refuse_unproved(self) -> None:
        browser = self.who.browser
        if browser is None:
            return
        if browser.must_enrol and self.route not in ENROLLING:
            raise MustEnrol("Your party has everybody have a second factor.", "Set one up in the settings first.")
        if self.route in FRESH and not browser.is_fresh(now()):
            raise NotProved("This takes a proof that it is you, not older than ten minutes.", "Confirm it, and send this again.")

    @contextmanager
    def acting(self) -> Iterator[Workspace]:
        """The workspace as whoever asks has it. Raises as admitted and acting_for do."""
        with self._workspace.acting_for(self.admitted(), self.why, self.who.name) as workspace:
            try:
                yield workspace
            except NotSignedIn:
                raise
            except AccessRefused as error:
                # Who asks is known: what is refused now is refused to them.
                raise NotAllowed(error.what, error.remedy) from error

    @contextmanager
    def owned(self) -> Iterator[Workspace]:
        """The workspace as the machine's owner has it, for a service that reads everybody's rows and tells none of them."""
        with self._workspace.acting_for(None, self.why) as workspace:
            yield workspace

    @contextmanager
    def keeping_as(self) -> Iterator[Session]:
        """A session of the machine's owner for what no account's session sees; the audit log has whoever asks. Raises as admitted
        does."""
        caller = self.admitted()
        actor = owner(self.why) if caller is None else Actor(caller.name, self.why, caller.party_id)
        with acting(actor), Session(self._workspace.engine) as session:
            yield session

    @contextmanager
    def keeping_own(self) -> Iterator[tuple[Session, Account]]:
        """As keeping_as, with the account that asks. Raises NotAllowed for the machine's owner, who has none."""
        caller = self.admitted()
        if caller is None:
            raise NotAllowed("This machine's owner has no account.", "Sign in with an account.")
        with self.keeping_as() as session:
            yield session, session.get_one(Account, caller.account_id)

    @contextmanager
    def keeping(self) -> Iterator[Session]:
        """A session of the machine's owner, for what is no party's: who is signed in with what browser, and who looks at what."""
        with acting(owner(self.why)), Session(self._workspace.engine) as session:
            yield session


async def _asked(request: Request) -> Asked:
    request.state.typed = []
    refuse_zeros(request.url.path, *(text for pair in request.query_params.multi_items() for text in pair))
    if request.method == "POST" and not request.url.path.startswith("/v1/"):
        # Where nobody is signed in any more, the page for signing in holds on to it. What is no form has no fields.
        request.state.typed = [(key, value) for key, value in (await request.form()).multi_items() if isinstance(value, str)]
        refuse_zeros(*(text for pair in request.state.typed for text in pair))
    return Asked(request)


Asking = Annotated[Asked, Depends(_asked)]
