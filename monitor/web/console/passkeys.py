"""Passkeys: signing in and confirming by one, adding and removing one's own."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asked, Asking
from monitor.web.console.arriving import arrive, carried, drop_half, give_half, take_half
from monitor.web.console.confirming import confirm_page, go_on
from monitor.web.console.doors import sign_in_page
from monitor.web.console.pages import page
from monitor.web.console.second_factor import factors_page
from monitor.web.console.sites import site_of
from monitor.web.problems import problem, status_of
from registry.accounts import AccessRefused
from registry.db import now
from registry.errors import SemblanceError
from registry.half_done import Kind
from registry.passkeys import Site, add_passkey, ask_for_known, ask_for_new, proved_by, remove_passkey
from registry.sign_in import admit
from registry.signed_in import keep_alone, note_proof

routes = APIRouter()

Typed = Annotated[str, Form()]


class NoSite(AccessRefused):
    """An address under which browsers have no passkeys."""


def _site(asked: Asked) -> Site:
    site = site_of(asked.request, asked.settings)
    if site is None:
        raise NoSite("Browsers have no passkeys for an address by number.", "Open the console as localhost, or by its name.")
    return site


@routes.post("/sign-in/passkey/options", name="console.passkey.options")
def options(asked: Asking) -> Response:
    """What a browser is asked for, so that it proves a passkey."""
    try:
        with asked.keeping() as session:
            wanted = ask_for_known(session, _site(asked), now())
    except AccessRefused as error:
        return problem(HTTPStatus.CONFLICT, error.what, error.remedy)
    answer = Response(wanted.options, media_type="application/json")
    give_half(asked.request, answer, Kind.PASSKEY, wanted.secret)
    return answer


@routes.post("/sign-in/passkey", name="console.passkey")
def signed_in(asked: Asking, credential: Typed = "", to: Typed = "/") -> Response:
    """Sign in by a passkey alone: it is both factors."""
    try:
        with asked.keeping() as session:
            caller = admit(session, proved_by(session, _site(asked), _held(asked), credential, now()), "passkey")
    except AccessRefused as error:
        return sign_in_page(asked.request, to, typed=carried(asked), error=error, status=status_of(error))
    answer = arrive(asked, caller, "passkey", to, carried(asked))
    drop_half(asked.request, answer, Kind.PASSKEY)
    return answer


@routes.post("/confirm/passkey", name="console.confirm.passkey")
def confirmed(asked: Asking, credential: Typed = "", to: Typed = "/", again: Typed = "") -> Response:
    """Prove who one is by one's own passkey."""
    with asked.keeping_own() as (session, account):
        try:
            if proved_by(session, _site(asked), _held(asked), credential, now()).id != account.id:
                raise AccessRefused("This passkey is another account's.", "Use one of your own.")
        except AccessRefused as error:
            return confirm_page(asked, to, carried(asked), again, error)
        secret = note_proof(session, asked.browser, now())
    return go_on(asked, secret, to, again)


@routes.post("/settings/passkeys/begin", name="passkeys.begin")
def begin(asked: Asking, name: Typed = "") -> Response:
    """The page on which a browser makes a passkey. name: what it will be called in the list."""
    try:
        with asked.keeping_own() as (session, account):
            wanted = ask_for_new(session, account, _site(asked), now())
    except NoSite as error:
        return factors_page(asked, error)
    answer = page(
        "passkey_add.html",
        asked.who,
        here="settings",
        title="Add a passkey",
        options=wanted.options,
        name=name.strip() or "Passkey",
    )
    give_half(asked.request, answer, Kind.NEW_PASSKEY, wanted.secret)
    return answer


@routes.post("/settings/passkeys", name="passkeys.add")
def add(asked: Asking, credential: Typed = "", name: Typed = "") -> Response:
    """Keep the passkey that the browser made."""
    try:
        with asked.keeping_own() as (session, account):
            add_passkey(session, account, _site(asked), take_half(asked.request, Kind.NEW_PASSKEY), credential, name, now())
            keep_alone(session, asked.browser, now())
            session.commit()
    except SemblanceError as error:
        return factors_page(asked, error)
    answer = RedirectResponse("/settings/factors", HTTPStatus.SEE_OTHER)
    drop_half(asked.request, answer, Kind.NEW_PASSKEY)
    return answer


@routes.post("/settings/passkeys/remove", name="passkeys.remove")
def remove(asked: Asking, key: Typed = "") -> Response:
    """Take one of one's own away."""
    with asked.keeping_own() as (session, account):
        try:
            remove_passkey(session, account, key, now())
        except SemblanceError as error:
            return factors_page(asked, error)
        keep_alone(session, asked.browser, now())
        session.commit()
    return RedirectResponse("/settings/factors", HTTPStatus.SEE_OTHER)


def _held(asked: Asked) -> str | None:
    return take_half(asked.request, Kind.PASSKEY)
