"""Who asks for a route, and the workspace as they have it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from monitor.web.access import ROLES, SCOPES
from monitor.workspace import Workspace
from registry.accounts import AccessRefused, Caller
from registry.db import now
from registry.sign_in import caller_of_token


class NotSignedIn(AccessRefused):
    """Nobody is known to ask."""


class NotAllowed(AccessRefused):
    """Somebody who is known, and whose role does not allow it."""


@dataclass(frozen=True)
class Who:
    """caller: the account that asks; None for the machine's owner. by_cookie: whether a browser said so of itself."""

    caller: Caller | None
    by_cookie: bool = False


class Asked:
    """One request, as routes take it.

    Routes are plain functions: each runs in a thread of its own, in which acting() sets who acts. Nobody is identified before a
    route asks for it.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self._workspace: Workspace = request.app.state.workspace

    @property
    def route(self) -> str:
        return str(self.request.scope["route"].name)

    @cached_property
    def who(self) -> Who:
        """Raises NotSignedIn, and AccessRefused for a token that is none, or none any more."""
        kind, _, secret = self.request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and secret.strip():
            return Who(self._workspace.identified(lambda session: caller_of_token(session, secret.strip(), now()), self.why))
        raise NotSignedIn("Nobody is signed in.", "Sign in, or send a token as `Authorization: Bearer ...`.")

    @property
    def why(self) -> str:
        """For the audit log: the route by its name, since its address may hold what somebody typed."""
        return f"web {self.route}"

    def admitted(self) -> Caller | None:
        """Who asks, where the route is for them; None for the machine's owner. Raises NotSignedIn and NotAllowed."""
        caller = self.who.caller
        if caller is not None and caller.role not in ROLES.get(self.route, frozenset()):
            raise NotAllowed(f"{caller.name} is {caller.role.value}, and may not do this.", "Ask somebody whose role allows it.")
        if caller is not None and not caller.may(SCOPES.get(self.route)):
            raise NotAllowed(
                "The token is not for this.", f"It takes one with the scope {SCOPES.get(self.route) or 'of nothing'}."
            )
        return caller

    @contextmanager
    def acting(self) -> Iterator[Workspace]:
        """The workspace as whoever asks has it. Raises as admitted and acting_for do."""
        with self._workspace.acting_for(self.admitted(), self.why) as workspace:
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


def _asked(request: Request) -> Asked:
    return Asked(request)


Asking = Annotated[Asked, Depends(_asked)]
