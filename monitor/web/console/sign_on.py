"""Signing in by another server that the settings name."""

import json
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from monitor.single_sign_on import SignOn
from monitor.web.asked import Asked, Asking
from monitor.web.console.arriving import Fields, arrive, carried, drop_half, give_half, local, take_half
from monitor.web.console.doors import sign_in_page
from monitor.web.console.pages import page
from monitor.web.console.second_factor import second_step
from monitor.web.console.sites import address_of_site
from monitor.web.problems import status_of
from registry.accounts import AccessRefused
from registry.db import now
from registry.errors import ExitCode, NotFound, SemblanceError
from registry.half_done import Held, Kind, begin_half, end_half
from registry.linked_subjects import WAY, account_linked
from registry.second_factors import factors_of
from registry.sign_in import SecondFactorWanted, admit
from registry.signed_in import FRESH
from registry.tries import enter

routes = APIRouter()

BACK = "/sign-in/issuer/back"

LONGEST_TYPED = 16 << 10
"""Letters of what was typed, and of the page that was asked for, that are kept on the way there and back."""

Typed = Annotated[str, Form()]


class TooLong(SemblanceError):
    """More was typed than is kept for somebody who has not signed in yet."""

    exit_code = ExitCode.WRONG_USE


@routes.get("/sign-in/issuer", name="console.issuer")
def go(asked: Asking, to: str = "/") -> Response:
    """Send the browser there."""
    try:
        return _sent(asked, to, ())
    except SemblanceError as error:
        return _refused(asked, to, (), error)


@routes.post("/sign-in/issuer", name="console.issuer.typed")
def go_with_form(asked: Asking, to: Typed = "/") -> Response:
    """Send the browser there, and keep what was typed before until it comes back."""
    typed = carried(asked)
    try:
        return _sent(asked, to, typed)
    except SemblanceError as error:
        return _refused(asked, to, typed, error)


def _sent(asked: Asked, to: str, typed: Fields) -> Response:
    if len(to) + sum(len(key) + len(value) for key, value in typed) > LONGEST_TYPED:
        raise TooLong(
            "What you had typed, or the page's address, is too long to be kept on the way there.",
            "Sign in here, or copy it first.",
        )
    going = _sign_on(asked).begin(address_of_site(asked.request, asked.settings) + BACK)
    with asked.keeping() as session:
        secret = begin_half(session, Kind.ISSUER, now(), state={**going.state, "to": local(to), "typed": json.dumps(typed)})
    answer: Response = RedirectResponse(going.url, HTTPStatus.SEE_OTHER)
    if typed:
        # A form leads to no other site, by the policy of every page; a page may.
        answer = page("issuer.html", None, title="On to the other server", url=going.url, name=asked.settings.sign_on.name)
    give_half(asked.request, answer, Kind.ISSUER, secret)
    return answer


def _typed_before(held: Held) -> list[tuple[str, str]]:
    return [(key, value) for key, value in json.loads(held.state.get("typed", "[]"))]


@routes.get(BACK, name="console.issuer.back")
def back(asked: Asking) -> Response:
    """It comes back from there. Whoever has a second factor here is asked for it still."""
    try:
        with asked.keeping() as session:
            held = end_half(session, Kind.ISSUER, take_half(asked.request, Kind.ISSUER), now())
    except AccessRefused as error:
        return _refused(asked, "/", (), error)
    try:
        answer = _proved(asked, held)
    except SemblanceError as error:
        answer = _refused(asked, held.state["to"], _typed_before(held), error)
    drop_half(asked.request, answer, Kind.ISSUER)
    return answer


def _proved(asked: Asked, held: Held) -> Response:
    try:
        proved = _sign_on(asked).finish(held.state, dict(asked.request.query_params), now())
    except SemblanceError:
        with asked.keeping() as session:
            enter(session, "refuse", None, WAY)
            session.commit()
        raise
    fresh = proved.proved_at is not None and now() - proved.proved_at < FRESH
    with asked.keeping() as session:
        account = account_linked(session, proved.issuer, proved.subject)
        if account is None:
            enter(session, "refuse", None, WAY)
            session.commit()
            raise AccessRefused(
                "Nobody here is linked with your account there.",
                f"Ask an administrator to link yours; your subject there is {proved.subject[:100]}",
            )
        factors = factors_of(session, account.id)
        if factors.any and account.disabled_at is None:
            return second_step(
                asked, SecondFactorWanted(account.id, factors), held.state["to"], _typed_before(held), WAY, proved=fresh
            )
        caller = admit(session, account, WAY)
    return arrive(asked, caller, WAY, held.state["to"], _typed_before(held), proved=fresh)


def _sign_on(asked: Asked) -> SignOn:
    if not asked.settings.sign_on.issuer:
        raise NotFound("No other server signs anybody in here.", "Sign in by name and password.")
    held: SignOn = asked.request.app.state.sign_on
    return held


def _refused(asked: Asked, to: str, typed: Fields, error: SemblanceError) -> Response:
    return sign_in_page(asked.request, to, typed=typed, error=error, status=status_of(error))
