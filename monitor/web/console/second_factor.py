"""Second factors: the step after the password, and what an account sets up for itself. The only importer of segno."""

from http import HTTPStatus
from typing import Annotated

import segno
from fastapi import APIRouter, Form
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import Asked, Asking
from monitor.web.console.arriving import CARRIED, Fields, arrive, carried, drop_half, give_half, local, take_half
from monitor.web.console.pages import page
from monitor.web.console.sites import local_address, site_of
from monitor.web.problems import status_of
from registry.account_news import News, tell
from registry.accounts import AccessRefused, Account
from registry.db import now
from registry.enrolling import begin_enrolment, enrolment_of, finish_enrolment
from registry.errors import SemblanceError
from registry.half_done import Kind, begin_half, end_half, look_at_half
from registry.passkeys import passkeys_of
from registry.second_factors import (
    Enrolment,
    Factors,
    factors_of,
    needs_factor,
    new_codes,
    remove_totp,
)
from registry.sign_in import SecondFactorWanted, by_code
from registry.signed_in import keep_alone

routes = APIRouter()

Typed = Annotated[str, Form()]


def second_step(
    asked: Asked, wanted: SecondFactorWanted, to: str, typed: Fields, first: str = "password", *, proved: bool = True
) -> Response:
    """The page that asks for a code after a first factor that was right. first: which it was, for the audit log. proved: whether
    just now."""
    state = {"first": first, "proved": "now" if proved else ""}
    with asked.keeping() as session:
        secret = begin_half(session, Kind.CODE, now(), account_id=wanted.account_id, state=state)
    answer = _step_page(asked, wanted.factors, to, typed)
    give_half(asked.request, answer, Kind.CODE, secret)
    return answer


def _step_page(asked: Asked, factors: Factors, to: str, typed: Fields, error: AccessRefused | None = None) -> Response:
    return page(
        "second_step.html",
        None,
        title="Second factor",
        status=HTTPStatus.OK if error is None else status_of(error),
        factors=factors,
        to=local(to),
        typed=typed,
        carried=CARRIED,
        site=site_of(asked.request, asked.settings),
        local=local_address(asked.request),
        error=error,
    )


@routes.post("/sign-in/code", name="console.code")
def code_given(asked: Asking, code: Typed = "", to: Typed = "/") -> Response:
    """Sign in by a code, after the password."""
    held = take_half(asked.request, Kind.CODE)
    with asked.keeping() as session:
        waiting = look_at_half(session, Kind.CODE, held, now())
        account = session.get_one(Account, waiting.account_id)
        before = factors_of(session, account.id)
        try:
            caller = by_code(session, account.id, code, now(), waiting.state["first"])
        except AccessRefused as error:
            return _step_page(asked, before, to, carried(asked), error)
        # Two who come with the right code: take_code let one through, and what is half done serves one.
        end_half(session, Kind.CODE, held, now())
        if factors_of(session, account.id).codes < before.codes:
            tell(session, account, News.RECOVERED, "", now())
            session.commit()
    answer = arrive(asked, caller, f"{waiting.state['first']} and code", to, carried(asked), proved=bool(waiting.state["proved"]))
    drop_half(asked.request, answer, Kind.CODE)
    return answer


@routes.get("/settings/factors", name="factors")
def factors(asked: Asking) -> Response:
    """What one's account has beside its password."""
    return factors_page(asked, None)


def factors_page(asked: Asked, error: SemblanceError | None) -> Response:
    """The same, with what was refused."""
    with asked.keeping_own() as (session, account):
        found, needed = factors_of(session, account.id), needs_factor(session, account)
        passkeys = passkeys_of(session, account.id)
    return page(
        "factors.html",
        asked.who,
        here="settings",
        title="Second factors",
        status=HTTPStatus.OK if error is None else status_of(error),
        factors=found,
        needed=needed,
        passkeys=passkeys,
        site=site_of(asked.request, asked.settings),
        local=local_address(asked.request),
        error=error,
    )


@routes.post("/settings/factors/begin", name="factors.begin")
def begin(asked: Asking) -> Response:
    """Begin to set an authenticator up: the page with its QR code."""
    with asked.keeping_own() as (session, account):
        begun, secret = begin_enrolment(session, account, now())
    answer = _enrol_page(asked, begun, None)
    give_half(asked.request, answer, Kind.TOTP, secret)
    return answer


@routes.post("/settings/factors/confirm", name="factors.confirm")
def confirm(asked: Asking, code: Typed = "") -> Response:
    """Finish it by a code; the recovery codes are shown this once."""
    held = take_half(asked.request, Kind.TOTP)
    with asked.keeping_own() as (session, account):
        try:
            begun = enrolment_of(session, account, held, now())
        except SemblanceError as error:
            return factors_page(asked, error)
        try:
            codes = finish_enrolment(session, account, asked.browser, held, code, now())
        except AccessRefused as error:
            return _enrol_page(asked, begun, error)
    answer = _codes_page(asked, codes)
    drop_half(asked.request, answer, Kind.TOTP)
    return answer


@routes.post("/settings/factors/codes", name="factors.codes")
def codes(asked: Asking) -> Response:
    """New recovery codes in place of all before; shown this once."""
    with asked.keeping_own() as (session, account):
        made = new_codes(session, account, now())
        tell(session, account, News.NEW_CODES, account.name, now())
        session.commit()
    return _codes_page(asked, made)


@routes.post("/settings/factors/remove", name="factors.remove")
def remove(asked: Asking) -> Response:
    """Take the authenticator away."""
    try:
        with asked.keeping_own() as (session, account):
            remove_totp(session, account)
            keep_alone(session, asked.browser, now())
            tell(session, account, News.REMOVED, account.name, now())
            session.commit()
    except AccessRefused:
        raise
    except SemblanceError as error:
        return factors_page(asked, error)
    return RedirectResponse("/settings/factors", HTTPStatus.SEE_OTHER)


def _enrol_page(asked: Asked, enrolment: Enrolment, error: AccessRefused | None) -> Response:
    drawn = segno.make(enrolment.uri, error="m", micro=False).svg_inline(scale=5, border=4, dark="#000", light="#fff")
    return page(
        "factor_enrol.html",
        asked.who,
        here="settings",
        title="Set up an authenticator",
        status=HTTPStatus.OK if error is None else status_of(error),
        secret=enrolment.secret,
        drawn=Markup(drawn),  # noqa: S704 (squares alone: the text is drawn, and not part of it)
        error=error,
    )


def _codes_page(asked: Asked, made: tuple[str, ...]) -> Response:
    return page("factor_codes.html", asked.who, here="settings", title="Recovery codes", codes=made)
