"""Many matches at once: a list with their stills, and one decision over those that were on the screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.web.asked import Asked, Asking
from monitor.web.console.fields import one_of
from monitor.web.console.pages import page
from monitor.web.console.queue import looker
from monitor.web.console.reasons import CONFIRMED_AS, PERMISSIONS, REJECTIONS
from monitor.web.console.seen import Listed, Screens
from monitor.web.problems import status_of
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from registry.kinds import Modality
from registry.paging import MOST_COUNTED, Part
from registry.presence import present
from registry.storage.lock import hold
from reports.errors import Overtaken, ReviewRefused
from reports.leases import let_go, refuse_taken, taken_by_others
from reports.match_briefs import WAITING, MatchBrief, briefs_of, listed_briefs
from reports.matches import MatchStatus
from reports.review import Decision
from reports.review_batch import Left, Shown, review_all
from reports.waiting import waiting_count

routes = APIRouter()

DECIDES = "queue.bulk"
AT_ONCE = 48

REASONS = (*REJECTIONS, CONFIRMED_AS, *PERMISSIONS)
"""Offered to whoever types one."""

REOPEN = Decision.REOPEN
OVER = ("It was decided on meanwhile.", "Look at it again.")

Typed = Annotated[str, Form()]
Ids = Annotated[list[str], Form()]


@dataclass(frozen=True)
class Outcome:
    """What became of one decision over many. left: with the match as it stands now, and why it was not decided."""

    decision: Decision
    done: tuple[MatchBrief, ...]
    left: tuple[tuple[MatchBrief | None, Left], ...]


@dataclass(frozen=True)
class Sent:
    """What was typed. chosen: ids of matches, each once."""

    reason: str = ""
    chosen: tuple[str, ...] = ()


@routes.get("/queue/list", name="queue.list")
def listed(asked: Asking, after: str | None = None, q: str = "") -> Response:
    """Matches that wait, with their stills."""
    return _page(asked, q, after=after)


@routes.post("/queue/seen", name="queue.seen")
def seen(asked: Asking, shown: Ids = []) -> Response:  # noqa: B006
    """Say which of the listed stills were on the screen; answers with those that count."""
    with asked.acting():
        return JSONResponse({"seen": _screens(asked.request).show(asked.browser.id, shown)})


@routes.post("/queue/list", name=DECIDES)
def decide(
    asked: Asking,
    decision: Typed = "",
    reason: Typed = "",
    chosen: Ids = [],  # noqa: B006
    q: Typed = "",
    after: Typed = "",
) -> Response:
    """One decision over those that were chosen, each with a review of its own; what was not on the screen, is taken, or was
    decided on meanwhile is left, and said. after: the part of the list that was shown."""
    sent = Sent(" ".join(reason.split()), tuple(dict.fromkeys(chosen)))
    with asked.acting() as workspace:
        try:
            outcome = _decided(asked, workspace, one_of(Decision, decision), sent)
        except SemblanceError as error:
            return _page(asked, q, sent, after=after or None, error=error)
    # Of what was left the reason stays, for another try.
    return _page(asked, q, Sent(sent.reason) if outcome.left else Sent(), outcome=outcome)


def _page(
    asked: Asked,
    q: str,
    sent: Sent = Sent(),
    *,
    after: str | None = None,
    error: SemblanceError | None = None,
    outcome: Outcome | None = None,
) -> Response:
    at = now()
    with asked.acting() as workspace:
        with asked.keeping() as keeping:
            taken = set(taken_by_others(keeping, looker(asked).holder, at))
        with workspace.session() as session:
            found = listed_briefs(session, WAITING, Part(search=q, limit=AT_ONCE, after=after, counted_to=MOST_COUNTED))
            rows, count = list(found.rows), session.exec(select(waiting_count())).one()
    lines = [line for line, _ in rows]
    screens, browser = _screens(asked.request), asked.browser.id
    screens.give(browser, {line.id: Listed(MatchStatus(line.status), at) for line in lines})
    return page(
        "queue_list.html",
        asked.who,
        here="queue",
        title="Many at once",
        status=HTTPStatus.OK if error is None else status_of(error),
        lines=lines,
        waiting=count,
        more=found.more,
        following=rows[-1][1] if found.more else None,
        after=after or "",
        q=q,
        sent=sent,
        error=error,
        outcome=outcome,
        reasons=REASONS,
        heard=[each.value for each in Modality if not present(each).has_place],
        taken=taken,
        seen={line.id for line in lines if screens.seen(browser, line.id)},
        decides=asked.who.may(DECIDES),
    )


def _decided(asked: Asked, workspace: Workspace, decision: Decision, sent: Sent) -> Outcome:
    if not sent.chosen:
        raise ReviewRefused("No match was chosen.", "Choose those that the decision is about.")
    screens, browser = _screens(asked.request), asked.browser.id
    seen = {key: found for key in sent.chosen if (found := screens.seen(browser, key)) is not None}
    # The same form again finds its own decisions.
    known = {key: found for key, found in seen.items() if (found.status is MatchStatus.PENDING) is not (decision is REOPEN)}
    unseen = [
        Left(key, *(("It was not on this screen.", "Look at it first.") if key not in seen else OVER))
        for key in sent.chosen
        if key not in known
    ]
    with workspace.session() as session:
        # From here to the commit nobody else writes, a lease neither.
        hold(session)
        taken = _taken(asked, known)
        done, left = _made(session, asked, decision, sent.reason, {key: known[key] for key in known if key not in taken})
        session.commit()
        briefs = briefs_of(session, done)
        every = [*unseen, *taken.values(), *left]
        now_are = {line.id: line for line in briefs_of(session, [each.id for each in every])}
    screens.give(browser, {line.id: Listed(MatchStatus(line.status), now()) for line in briefs})
    # Whoever decided on them saw them: undoing it asks for no second look.
    screens.show(browser, done)
    return Outcome(decision, tuple(briefs), tuple((now_are.get(each.id), each) for each in every))


def _made(
    session: Session, asked: Asked, decision: Decision, reason: str, known: Mapping[str, Listed]
) -> tuple[Sequence[str], Sequence[Left]]:
    """The ids of those that are decided now, and what was left."""
    since = min((found.at for found in known.values()), default=now())
    shown = [Shown(key, found.status) for key, found in known.items()]
    made = review_all(session, shown, decision, asked.who.name, reason, now(), since)
    for row in made.done:
        let_go(session, row.id)
    return [row.id for row in made.done], made.left


def _taken(asked: Asked, known: Mapping[str, Listed]) -> dict[str, Left]:
    found = {}
    with asked.keeping() as keeping:
        for key in known:
            try:
                refuse_taken(keeping, key, looker(asked), None, now())
            except Overtaken as error:
                found[key] = Left(key, error.what, error.remedy)
    return found


def _screens(request: Request) -> Screens:
    screens: Screens = request.app.state.screens
    return screens
