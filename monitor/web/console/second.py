"""Second reviews in the queue: decisions that somebody else makes again without seeing them, and how far people agree."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from monitor.web.asked import Asked, Asking
from monitor.web.console.pages import page
from monitor.web.console.queue import DECIDES, SECOND, Sent, blind_shown, by_script, item_page, looker, part_of, sent_by, taken_by
from monitor.web.problems import problem, status_of
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from registry.storage.lock import hold
from reports.agreement import SETTLING, agreement
from reports.leases import refuse_taken, taken_by_others
from reports.second_review import (
    SecondReview,
    drawn_of,
    fresh_lines,
    next_second,
    review_second,
    take_back,
)
from reports.selection import find_match
from reports.waiting import Next

routes = APIRouter()

Typed = Annotated[str, Form()]


@routes.get(SECOND, name="second")
def first(asked: Asking, after: str | None = None) -> Response:
    """Lead to the next match that waits for a second review by whoever asks; after: the one that was looked at before."""
    with asked.acting() as workspace:
        found = _next(asked, workspace, after, ())
    if found.match_id is not None:
        return RedirectResponse(f"{SECOND}/{found.match_id}", HTTPStatus.SEE_OTHER)
    with asked.acting() as workspace, workspace.session() as session:
        # Of two that were sent within a moment, the later may have been recorded first.
        fresh = sorted(fresh_lines(session, asked.who.name), key=lambda line: line[0].match_id != after)
    return page("second_empty.html", asked.who, here="queue", title="Second reviews", taken=found.taken, fresh=fresh)


@routes.post(f"{SECOND}/next", name="second.next")
def following(asked: Asking, after: Typed = "", held: Annotated[list[str], Form()] = []) -> Response:  # noqa: B006
    """The next one after another, as a part of the page. held: those that the page has already."""
    with asked.acting() as workspace:
        found = _next(asked, workspace, after or None, held)
        if found.match_id is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        shown = blind_shown(asked, workspace, found.match_id)
    return HTMLResponse(part_of(asked.who, shown))


@routes.get("/queue/agreement", name="agreement")
def agreed(asked: Asking) -> Response:
    """How far reviewers agree, and what they did not agree on."""
    with asked.acting() as workspace, workspace.session() as session:
        found = agreement(session, asked.who.name)
    return page(
        "agreement.html",
        asked.who,
        here="queue",
        title="How far reviewers agree",
        found=found,
        settling=SETTLING,
        decides=asked.who.may(DECIDES),
    )


@routes.get(f"{SECOND}/{{match_id}}", name="second.item")
def item(asked: Asking, match_id: str) -> Response:
    """The page of one match, as it was before anybody decided."""
    with asked.acting() as workspace:
        shown = blind_shown(asked, workspace, match_id)
    return item_page(asked.who, shown)


@routes.post(f"{SECOND}/{{match_id}}/decide", name="second.decide")
def decide(
    asked: Asking,
    match_id: str,
    decision: Typed,
    since: Typed,
    shown: Typed,
    reason: Typed = "",
    other: Typed = "",
    fence: Typed = "",
) -> Response:
    """Say what the match is; the fields are those of the queue. Nothing of the match changes."""
    said = " ".join((other or reason).split())
    with asked.acting() as workspace:
        try:
            made = _decided(asked, workspace, match_id, sent_by(asked.who.name, said, decision, since, shown, fence))
        except SemblanceError as error:
            return _not_decided(asked, workspace, match_id, error, said)
    if by_script(asked):
        return JSONResponse({"id": made.match_id, "status": made.decision.said})
    return RedirectResponse(f"{SECOND}?after={made.match_id}", HTTPStatus.SEE_OTHER)


@routes.post(f"{SECOND}/{{match_id}}/take-back", name="second.back")
def taken_back(asked: Asking, match_id: str) -> Response:
    """Take back what one said, and look at it again."""
    with asked.acting() as workspace, workspace.session() as session:
        key = take_back(session, find_match(session, match_id).id, asked.who.name).match_id
        session.commit()
    if by_script(asked):
        return JSONResponse({"id": key})
    return RedirectResponse(f"{SECOND}/{key}", HTTPStatus.SEE_OTHER)


@routes.post(f"{SECOND}/{{match_id}}/lease", name="second.lease")
def renew(asked: Asking, match_id: str) -> Response:
    """Say that one is still at it, and be told whether it still waits, and for whom."""
    with asked.acting() as workspace:
        try:
            with workspace.session() as session:
                key = drawn_of(session, find_match(session, match_id).id, asked.who.name).match_id
        except SemblanceError:
            return JSONResponse({"waits": False, "mine": False, "name": ""})
        taken = taken_by(asked, key)
    if taken is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return JSONResponse({"waits": True, "mine": taken.mine, "name": taken.name})


def _next(asked: Asked, workspace: Workspace, after: str | None, held: Sequence[str]) -> Next:
    with asked.keeping() as session:
        taken = taken_by_others(session, looker(asked).holder, now())
    with workspace.session() as session:
        found = next_second(session, asked.who.name, after, [*taken, *held])
    return found if taken else Next(found.match_id)


def _decided(asked: Asked, workspace: Workspace, match_id: str, sent: Sent) -> SecondReview:
    with workspace.session() as session:
        # From here to the commit nobody else writes, a lease neither.
        hold(session)
        # Asked before the lease, which would tell whoever decided first that somebody is at it.
        key = drawn_of(session, find_match(session, match_id).id, sent.judgement.reviewer).match_id
        with asked.keeping() as keeping:
            refuse_taken(keeping, key, looker(asked), sent.fence, now())
        made = review_second(session, key, sent.judgement)
        session.commit()
        session.refresh(made)
    return made


def _not_decided(asked: Asked, workspace: Workspace, match_id: str, error: SemblanceError, reason: str) -> Response:
    status = status_of(error)
    if by_script(asked):
        return problem(HTTPStatus(status), error.what, error.remedy)
    return item_page(asked.who, blind_shown(asked, workspace, match_id), error=error, reason=reason, status=status)
