"""Tokens, by which programs ask in an account's name: issued and shown once, listed with what they are for, and ended."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asked, Asking
from monitor.web.console.fields import NotTyped, one_of
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from registry.account_lines import IssuedToken, end_token, in_days, new_token, token_views
from registry.accounts import LIFETIME, LONGEST_LIFETIME, AccessRefused, find_account
from registry.db import now
from registry.errors import NotFound, SemblanceError
from registry.kinds import Scope

routes = APIRouter()

ISSUES = "token.issue"

SCOPES = {
    Scope.READ: "read what the account sees",
    Scope.DECIDE: "decide on matches, and note what came of letters",
    Scope.REGISTRY: "add and end licences, end mandates",
    Scope.COMMANDS: "use the command line as the account",
    Scope.CHECK: "ask whether a use is permitted; the account needs a contract for it",
}

Typed = Annotated[str, Form()]


@routes.get("/accounts/{account_id}/tokens", name="tokens")
def tokens(asked: Asking, account_id: str) -> Response:
    """The tokens of an account; whoever may not change accounts sees their own alone."""
    with asked.acting() as workspace, workspace.session() as session:
        return _page(asked, session, account_id)


def _page(
    asked: Asked,
    session: Session,
    account_id: str,
    *,
    issued: IssuedToken | None = None,
    error: SemblanceError | None = None,
    label: str = "",
    days: str = "",
    chosen: tuple[str, ...] = (Scope.READ.value,),
) -> Response:
    account = find_account(session, account_id)
    lines = [(each, _state(each.revoked_at, each.ends_at)) for each in token_views(session, account.id)]
    return page(
        "tokens.html",
        asked.who,
        here="settings",
        title=f"Tokens of {account.name}",
        status=HTTPStatus.OK if error is None else status_of(error),
        account=account,
        lines=lines,
        scopes=SCOPES,
        issues=asked.who.may(ISSUES) and account.disabled_at is None,
        longest=LONGEST_LIFETIME.days,
        issued=issued,
        error=error,
        label=label,
        days=days or str(LIFETIME.days),
        chosen=chosen,
    )


def _state(revoked_at: datetime | None, ends_at: datetime | None) -> str:
    if revoked_at is not None:
        return "revoked"
    return "expired" if ends_at is not None and ends_at <= now() else "valid"


@routes.post("/accounts/{account_id}/tokens", name=ISSUES)
def issue(
    asked: Asking,
    account_id: str,
    label: Typed = "",
    days: Typed = "",
    scope: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:
    """Issue one; its secret is on this page, and nowhere again."""
    with asked.acting() as workspace, workspace.session() as session:
        try:
            scopes = [one_of(Scope, each) for each in scope]
            if not scopes:
                raise NotTyped("It is not said what the token is for.", "Choose at least one.")
            issued = new_token(session, account_id, label, in_days(_days(days)), scopes)
            session.commit()
        except (AccessRefused, NotTyped, NotFound) as error:
            session.rollback()
            return _page(asked, session, account_id, error=error, label=label, days=days, chosen=tuple(scope))
        return _page(asked, session, account_id, issued=issued)


@routes.post("/tokens/{token_id}/end", name="token.end")
def end(asked: Asking, token_id: str) -> Response:
    """End a token now."""
    with asked.acting() as workspace, workspace.session() as session:
        ended = end_token(session, token_id)
        session.commit()
    return RedirectResponse(f"/accounts/{ended.account_id}/tokens", HTTPStatus.SEE_OTHER)


def _days(typed: str) -> int:
    if not (typed.strip().isdecimal() and len(typed.strip()) < 6):
        raise NotTyped(f"{typed.strip()[:40]!r} are no days.", f"Write a number from 1 to {LONGEST_LIFETIME.days}.")
    return int(typed)
