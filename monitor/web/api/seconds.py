"""Second reviews: what waits for one by the account, as it was before anybody decided; deciding; and how far people agree."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session
from starlette.responses import Response

from monitor.web.api.changes import Key, Made, once
from monitor.web.api.lists import SomeRows, one
from monitor.web.api.matches import DecisionAsked, Seen, name_of
from monitor.web.api.routing import router
from monitor.web.api.written import in_json, model_of, part_of, written
from monitor.web.asked import Asking, NotSeen, Otherwise
from registry.db import now
from reports.agreement import Agreement, agreement
from reports.deciding import Judgement
from reports.match_lines import MatchLine
from reports.second_review import (
    TAKEN_BACK_WITHIN,
    SecondReview,
    blind_line,
    drawn_of,
    review_second,
    seconds_for,
    take_back,
)

routes = router()


@dataclass(frozen=True)
class SecondLine:
    """A second review of a match. until: the moment up to which it can be taken back; taken_back_at: when it was."""

    match_id: str
    decision: str
    reason: str
    reviewer: str
    at: datetime
    until: datetime
    taken_back_at: datetime | None


@routes.get("/second-reviews", name="api.seconds.list", response_model=part_of(MatchLine))
def waiting(asks: SomeRows) -> Response:
    """Matches that wait for a second review by the account, as they were before anybody decided. `search` holds their ids alone.

    Until it is given, and ten minutes longer, what was decided is told to the account by no other path; to others it is.
    """
    name = name_of(asks.asked)
    return asks.answer(lambda session, part: seconds_for(session, name, part))


@routes.get("/second-reviews/{match_id}", name="api.seconds.show", response_model=model_of(MatchLine))
def match(asked: Asking, match_id: str) -> Response:
    """One of them. A second review of it names the ETag that comes with it."""
    with asked.acting() as workspace, workspace.session() as session:
        line = blind_line(session, match_id, name_of(asked))
        return written(line, headers={"ETag": _etag(session, line, name_of(asked))})


@routes.post("/second-reviews/{match_id}/decisions", name="api.seconds.decide", response_model=model_of(SecondLine))
def decide(asked: Asking, match_id: str, wanted: DecisionAsked, key: Key = None, seen: Seen = None) -> Response:
    """Say what the match is, in the name of the account. Nothing of the match changes. Decided anew meanwhile: 412."""
    begun = now()

    def make(_: object, session: Session) -> Made:
        if not seen or seen.strip() == "*":
            raise NotSeen("It is not said which state of the match was looked at.", "Send its ETag as If-Match.")
        name = name_of(asked)
        if seen.strip() != _etag(session, blind_line(session, match_id, name), name):
            raise Otherwise("The match was decided on anew, or is another one by now.", "Look at it again.")
        return Made(_line(review_second(session, match_id, Judgement(wanted.decision, name, wanted.reason, begun))))

    return once(asked, key, wanted.model_dump(mode="json"), make)


@routes.post("/second-reviews/{match_id}/take-back", name="api.seconds.back", response_model=model_of(SecondLine))
def taken_back(asked: Asking, match_id: str, key: Key = None) -> Response:
    """Take back the account's own second review of a match, within ten minutes; the match waits for one again."""
    return once(asked, key, None, lambda _, session: Made(_line(take_back(session, match_id, name_of(asked)))))


@routes.get("/agreement", name="api.agreement.show", response_model=model_of(Agreement))
def agreed(asked: Asking) -> Response:
    """How far reviewers agree: pairs of first and second reviews, Cohen's kappa, and what wants settling."""
    return one(asked, lambda session: agreement(session, name_of(asked)))


def _etag(session: Session, line: MatchLine, name: str) -> str:
    """Of all that is told of it, and of which decision it is a second one."""
    return f'"{hashlib.sha256(in_json([line, drawn_of(session, line.id, name).id])).hexdigest()[:32]}"'


def _line(made: SecondReview) -> SecondLine:
    return SecondLine(
        match_id=made.match_id,
        decision=made.decision.value,
        reason=made.reason,
        reviewer=made.reviewer,
        at=made.at,
        until=made.at + TAKEN_BACK_WITHIN,
        taken_back_at=made.taken_back_at,
    )
