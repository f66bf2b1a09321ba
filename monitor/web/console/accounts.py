"""The accounts of a party, for its administrators: who has a second factor, where they are signed in, and what to do about it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asked, Asking
from monitor.web.console.pages import page
from registry.account_lines import account_lines
from registry.account_resets import end as end_browsers
from registry.account_resets import reset as reset_factors
from registry.accounts import Account, find_account
from registry.db import now
from registry.errors import NotFound
from registry.linked_subjects import link, subject_of, unlink
from registry.parties import find_party, list_parties
from registry.second_factors import factors_of, needs_factor, rules_of, set_rule
from registry.signed_in import browsers_of_account

routes = APIRouter()


@routes.get("/accounts", name="accounts")
def accounts(asked: Asking) -> Response:
    """All accounts that one may look after, and which parties have everybody have a second factor."""
    with asked.acting() as workspace, workspace.session() as session:
        lines, parties = account_lines(session), [(each.party.id, each.party.name) for each in list_parties(session)]
    with asked.keeping_as() as session:
        held, rules = {line.id: factors_of(session, line.id) for line in lines}, rules_of(session)
    return page(
        "accounts.html", asked.who, here="settings", title="Accounts", lines=lines, held=held, parties=parties, rules=rules
    )


@routes.get("/accounts/{account_id}", name="account")
def account(asked: Asking, account_id: str) -> Response:
    """One of them."""
    key = _own(asked, account_id)
    with asked.keeping_as() as session:
        row = session.get_one(Account, key)
        return page(
            "account.html",
            asked.who,
            here="settings",
            title=row.name,
            account=row,
            factors=factors_of(session, key),
            needed=needs_factor(session, row),
            browsers=browsers_of_account(session, key, now()),
            sign_on=asked.settings.sign_on,
            subject=subject_of(session, key, asked.settings.sign_on.issuer),
        )


@routes.post("/accounts/{account_id}/reset", name="account.reset")
def reset(asked: Asking, account_id: str) -> Response:
    """Take its second factors away: it enrols anew. It is told of that."""
    key = _own(asked, account_id)
    with asked.keeping_as() as session:
        reset_factors(session, session.get_one(Account, key), _by(asked), now())
        session.commit()
    return RedirectResponse(f"/accounts/{key}", HTTPStatus.SEE_OTHER)


@routes.post("/accounts/{account_id}/end", name="account.end")
def end(asked: Asking, account_id: str) -> Response:
    """Sign all its browsers out. It is told of that."""
    key = _own(asked, account_id)
    with asked.keeping_as() as session:
        end_browsers(session, session.get_one(Account, key), _by(asked), now())
        session.commit()
    return RedirectResponse(f"/accounts/{key}", HTTPStatus.SEE_OTHER)


@routes.post("/accounts/{account_id}/link", name="account.link")
def link_subject(asked: Asking, account_id: str, subject: Annotated[str, Form()] = "") -> Response:
    """Link it with who it is for the other server that signs people in; without a subject, with nobody any more."""
    key, issuer = _own(asked, account_id), asked.settings.sign_on.issuer
    if not issuer:
        raise NotFound("No other server signs anybody in here.", "Whoever runs the machine names one under [sign_on].")
    with asked.keeping_as() as session:
        row = session.get_one(Account, key)
        if subject.strip():
            link(session, row, issuer, subject, _by(asked), now())
        else:
            unlink(session, row, issuer, _by(asked), now())
        session.commit()
    return RedirectResponse(f"/accounts/{key}", HTTPStatus.SEE_OTHER)


@routes.post("/accounts", name="accounts.require")
def require(asked: Asking, party: Annotated[str, Form()] = "", needed: Annotated[str, Form()] = "") -> Response:
    """Have everybody of a party need a second factor, or no more."""
    with asked.acting() as workspace, workspace.session() as session:
        key = find_party(session, party).id
    with asked.keeping_as() as session:
        set_rule(session, key, needed=bool(needed))
        session.commit()
    return RedirectResponse("/accounts", HTTPStatus.SEE_OTHER)


def _own(asked: Asked, account_id: str) -> str:
    """The id of an account that whoever asks may see. Raises NotFound for any other, whether or not it is there."""
    with asked.acting() as workspace, workspace.session() as session:
        return find_account(session, account_id).id


def _by(asked: Asked) -> str:
    return asked.who.name or "this machine's owner"
