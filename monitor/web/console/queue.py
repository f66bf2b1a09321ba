"""The queue: one match after the other, looked at and decided on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from monitor.web.asked import Asked, Asking, Who
from monitor.web.console.pages import page, rendered
from monitor.web.console.reasons import ANSWERS, CONFIRMED_AS, PERMISSIONS, REJECTIONS
from monitor.web.problems import problem, status_of
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from registry.kinds import Modality
from registry.presence import present
from registry.storage.lock import hold
from reports.agreement import SETTLING, Disagreement, disagreement_of
from reports.deciding import Judgement, decide_one
from reports.errors import ReviewRefused
from reports.leases import Looker, Taken, give_back, refuse_taken, take, taken_by_others
from reports.match_lines import MatchLine, match_line
from reports.matches import MatchStatus
from reports.queue_item import QueueItem, queue_item
from reports.recent import decided_lately
from reports.review import Decision
from reports.second_review import TAKEN_BACK_WITHIN, SecondReview, blind_item, next_second
from reports.selection import find_match
from reports.waiting import Next, next_waiting
from reports.withheld import withheld

routes = APIRouter()

SECOND = "/queue/second"
"""Where second reviews are."""

DECIDES = "queue.decide"
"""The route that only those may ask for who decide; others look."""

Typed = Annotated[str, Form()]


@dataclass(frozen=True)
class Shown:
    """An item as somebody has it before them. taken: its lease; None for whoever does not decide. since: when it was read. blind:
    whether it is for a second review; given: the one that whoever looks gave, and may still take back. disagreement: that one
    came to another decision. under: where its pages are."""

    item: QueueItem
    taken: Taken | None
    since: datetime
    blind: bool = False
    given: SecondReview | None = None
    disagreement: Disagreement | None = None

    @property
    def under(self) -> str:
        return SECOND if self.blind else "/queue"


@routes.get("/queue", name="queue")
def first(asked: Asking, after: str | None = None) -> Response:
    """Lead to the next match that waits; after: the one that was looked at before."""
    with asked.acting() as workspace:
        found = _next(asked, workspace, after, ())
        if found.match_id is not None:
            return RedirectResponse(f"/queue/{found.match_id}", HTTPStatus.SEE_OTHER)
        if not found.taken and _second_waits(asked, workspace):
            return RedirectResponse(SECOND, HTTPStatus.SEE_OTHER)
        return page(
            "queue_empty.html", asked.who, here="queue", title="Queue", taken=found.taken, **_lately(asked, workspace, after)
        )


@routes.post("/queue/next", name="queue.next")
def following(asked: Asking, after: Typed = "", held: Annotated[list[str], Form()] = []) -> Response:  # noqa: B006
    """The next match after another one, as a part of the page. held: those that the page has already."""
    with asked.acting() as workspace:
        found = _next(asked, workspace, after or None, held)
        if found.match_id is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        shown = _shown(asked, workspace, found.match_id)
    return HTMLResponse(part_of(asked.who, shown))


@routes.get("/queue/{match_id}", name="queue.item")
def item(asked: Asking, match_id: str) -> Response:
    """The page of one match; where what was decided is not to be shown to whoever asks, that of its second review."""
    with asked.acting() as workspace:
        shown = _shown(asked, workspace, match_id)
        if drawn := _withheld(asked, workspace, shown.item):
            return RedirectResponse(f"{SECOND}/{drawn}", HTTPStatus.SEE_OTHER)
    return item_page(asked.who, shown)


@routes.post("/queue/{match_id}/decide", name=DECIDES)
def decide(
    asked: Asking,
    match_id: str,
    decision: Typed,
    since: Typed,
    shown: Typed,
    reason: Typed = "",
    other: Typed = "",
    fence: Typed = "",
    back: Typed = "",
) -> Response:
    """Decide on a match as it was shown. since, shown, fence: as the page had them. other: a reason in one's own words. back: to
    look at the match again, and not at the next.

    A decision that somebody else overtook is not made: theirs is shown, and what was typed is kept.
    """
    said = " ".join((other or reason).split())
    with asked.acting() as workspace:
        try:
            line = _decided(asked, workspace, match_id, sent_by(asked.who.name, said, decision, since, shown, fence))
        except SemblanceError as error:
            return _not_decided(asked, workspace, match_id, error, said)
    if by_script(asked):
        return JSONResponse({"id": line.id, "status": line.status})
    return RedirectResponse(f"/queue/{line.id}" if back else f"/queue?after={line.id}", HTTPStatus.SEE_OTHER)


@routes.post("/queue/{match_id}/lease", name="queue.lease")
def renew(asked: Asking, match_id: str) -> Response:
    """Say that one is still at it, and be told whether it still waits, and for whom."""
    with asked.acting() as workspace:
        with workspace.session() as session:
            row = find_match(session, match_id)
            key, waits = row.id, row.is_unreviewed
        taken = taken_by(asked, key) if waits else None
    if waits and taken is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return JSONResponse({"waits": waits, "mine": taken is not None and taken.mine, "name": taken.name if taken else ""})


@routes.post("/queue/leave", name="queue.leave")
def leave(asked: Asking, held: Annotated[list[str], Form()] = []) -> Response:  # noqa: B006
    """Let others have what one leaves."""
    with asked.acting(), asked.keeping() as session:
        give_back(session, held, looker(asked).holder, now())
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _next(asked: Asked, workspace: Workspace, after: str | None, held: Sequence[str]) -> Next:
    taken: list[str] = []
    if decides(asked):
        with asked.keeping() as session:
            taken = taken_by_others(session, looker(asked).holder, now())
    with workspace.session() as session:
        found = next_waiting(session, after, [*taken, *held])
    return found if taken else Next(found.match_id)


def _second_waits(asked: Asked, workspace: Workspace) -> bool:
    if not decides(asked):
        return False
    with workspace.session() as session:
        return next_second(session, asked.who.name).match_id is not None


def _withheld(asked: Asked, workspace: Workspace, item: QueueItem) -> str | None:
    """The match that whoever asks is to review a second time in place of this one; None where they are shown this one."""
    if item.status is MatchStatus.PENDING or not decides(asked):
        return None
    with workspace.session() as session:
        return withheld(session, [item.line.id], asked.who.name).get(item.line.id)


def _shown(asked: Asked, workspace: Workspace, match_id: str) -> Shown:
    # Read after this moment, so that whatever is decided from now on counts as not seen.
    since = now()
    with workspace.session() as session:
        found = queue_item(session, workspace.vault, match_id)
        apart = None if found.status is MatchStatus.PENDING else disagreement_of(session, found.line.id)
    taken = taken_by(asked, found.line.id) if found.status is MatchStatus.PENDING else None
    return Shown(found, taken, since, disagreement=apart)


def decides(asked: Asked) -> bool:
    return asked.who.may(DECIDES) and asked.who.browser is not None


def looker(asked: Asked) -> Looker:
    # Whoever was signed out and signs in again has what they had.
    caller, name = asked.who.caller, asked.who.name or "The machine's owner"
    return Looker(caller.account_id if caller is not None else f"owner {name}", name)


def taken_by(asked: Asked, match_id: str) -> Taken | None:
    """None for whoever does not decide."""
    if not decides(asked):
        return None
    with asked.keeping() as session:
        return take(session, match_id, looker(asked), now())


@dataclass(frozen=True)
class Sent:
    """A decision, and the match as the page had it. fence: of its lease; None where the page had none."""

    judgement: Judgement
    shown: MatchStatus
    fence: int | None


def sent_by(name: str, reason: str, decision: str, since: str, shown: str, fence: str) -> Sent:
    """Raises ReviewRefused for what no page sends."""
    try:
        at = datetime.fromisoformat(since)
        if at.tzinfo is None:
            raise ValueError("a moment without a zone")
        return Sent(Judgement(Decision(decision), name, reason, at), MatchStatus(shown), int(fence) if fence else None)
    except ValueError as error:
        raise ReviewRefused("That is no decision.", "Use the page's own keys.") from error


def _decided(asked: Asked, workspace: Workspace, match_id: str, sent: Sent) -> MatchLine:
    with workspace.session() as session:
        # From here to the commit nobody else writes, a lease neither.
        hold(session)
        seen = match_line(session, find_match(session, match_id))
        with asked.keeping() as keeping:
            refuse_taken(keeping, seen.id, looker(asked), sent.fence, now())
        line = decide_one(session, replace(seen, status=sent.shown.value), sent.judgement)
        session.commit()
    return line


def _not_decided(asked: Asked, workspace: Workspace, match_id: str, error: SemblanceError, reason: str) -> Response:
    status = status_of(error)
    if by_script(asked):
        return problem(HTTPStatus(status), error.what, error.remedy)
    found = _shown(asked, workspace, match_id)
    if drawn := _withheld(asked, workspace, found.item):
        found = blind_shown(asked, workspace, drawn)
    return item_page(asked.who, found, error=error, reason=reason, status=status)


def blind_shown(asked: Asked, workspace: Workspace, match_id: str) -> Shown:
    """A match as its second review shows it. Raises as blind_item does."""
    since = now()
    with workspace.session() as session:
        found, given = blind_item(session, workspace.vault, match_id, asked.who.name)
    return Shown(found, None if given else taken_by(asked, found.line.id), since, blind=True, given=given)


def by_script(asked: Asked) -> bool:
    return asked.request.headers.get("accept", "").startswith("application/json")


def item_page(who: Who, shown: Shown, *, error: SemblanceError | None = None, reason: str = "", status: int = 200) -> Response:
    return page(
        "queue.html",
        who,
        here="queue",
        title=f"{shown.item.line.subject or 'A match'}: queue",
        status=status,
        error=error,
        **_values(who, shown, reason),
    )


def part_of(who: Who, shown: Shown) -> str:
    return rendered("queue_item.html", who=who, error=None, **_values(who, shown, ""))


def _values(who: Who, shown: Shown, reason: str) -> dict[str, Any]:
    modality = Modality(shown.item.line.modality)
    rejections, confirmed_as = ANSWERS.get(modality, (REJECTIONS, CONFIRMED_AS))
    return {
        "shown": shown,
        "under": shown.under,
        "blind": shown.blind,
        "given": shown.given,
        "until": shown.given.at + TAKEN_BACK_WITHIN if shown.given else None,
        "disagreement": shown.disagreement,
        "settling": SETTLING,
        "item": shown.item,
        "line": shown.item.line,
        "words": present(modality),
        "since": shown.since.isoformat(),
        "reason": reason,
        "decides": who.may(DECIDES),
        "rejections": rejections,
        "permissions": PERMISSIONS,
        "confirmed_as": confirmed_as,
    }


def _lately(asked: Asked, workspace: Workspace, after: str | None) -> dict[str, Any]:
    """What whoever asks decided lately, the match that they looked at last before all others: of two decisions that were sent
    within a moment, the later may have been recorded first."""
    with workspace.session() as session:
        lately = sorted(decided_lately(session, asked.who.name), key=lambda line: line.match_id != after)
    return {"lately": lately, "decides": asked.who.may(DECIDES), "since": now().isoformat()}
