"""Matches: listed, one, and decided on."""

import hashlib
from typing import Annotated, Literal

from fastapi import Header, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session
from starlette.responses import Response

from monitor.web.api.changes import Key, Made, once
from monitor.web.api.lists import SomeRows, Text
from monitor.web.api.routing import router
from monitor.web.api.written import in_json, model_of, part_of, written
from monitor.web.asked import Asked, Asking, NotSeen, Otherwise
from registry.actions import Action
from registry.db import now
from registry.errors import NotFound, RegistryError
from reports.deciding import Judgement, decide_one
from reports.match_lines import MatchLine, chosen_lines, listed_lines
from reports.matches import MatchStatus
from reports.review import Decision, latest_review
from reports.selection import Selection, of_subject
from reports.withheld import SECOND_WAITS, reader_of, withheld

routes = router()


class NobodyDecides(RegistryError):
    """A decision by whoever runs the machine, whose name is not known."""


class DecisionAsked(BaseModel):
    """decision: as of a review. reason: printed in the report."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision
    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


Seen = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="The ETag of the match as it was looked at. It is required."),
]


@routes.get("/matches", name="api.matches.list", response_model=part_of(MatchLine))
def matches(
    asks: SomeRows,
    status: Annotated[MatchStatus | Literal["all"], Query(description="Those of this status.")] = MatchStatus.PENDING,
    video: Annotated[Text | None, Query(description="Those of this video: its id, or an address of it.")] = None,
    subject: Annotated[Text | None, Query(description="Those of this subject, by id or name.")] = None,
    uploader: Annotated[Text | None, Query(description="Those in videos of this uploader.")] = None,
    host: Annotated[Text | None, Query(description="Those on this host and those under it.")] = None,
) -> Response:
    """Matches as they stand now, those of one video together."""
    statuses = () if status == "all" else (MatchStatus(status),)
    wanted = Selection((), video, None, uploader, host, statuses)
    return asks.answer(lambda session, part: listed_lines(session, of_subject(session, wanted, subject), part))


@routes.get("/matches/{match_id}", name="api.matches.show", response_model=model_of(MatchLine))
def match(asked: Asking, match_id: str) -> Response:
    """One match. A decision on it names the ETag that comes with it."""
    with asked.acting() as workspace, workspace.session() as session:
        line = _found(session, match_id)
        return written(line, headers={"ETag": _etag(session, line)})


@routes.post("/matches/{match_id}/decisions", name="api.matches.decide", response_model=model_of(MatchLine))
def decide(asked: Asking, match_id: str, wanted: DecisionAsked, key: Key = None, seen: Seen = None) -> Response:
    """Decide on a match, in the name of the account. What others decided meanwhile is told, and stays (412)."""
    begun = now()

    def make(_: object, session: Session) -> Made:
        if not seen or seen.strip() == "*":
            raise NotSeen("It is not said which state of the match was looked at.", "Send its ETag as If-Match.")
        line = _found(session, match_id)
        if withheld(session, [line.id], reader_of(session)):
            raise Otherwise(*SECOND_WAITS)
        if seen.strip() != _etag(session, line):
            raise Otherwise(_what_happened(session, line), "Look at it again.")
        judged = decide_one(session, line, Judgement(wanted.decision, name_of(asked), wanted.reason, begun))
        return Made(judged, headers={"ETag": _etag(session, judged)})

    return once(asked, key, wanted.model_dump(mode="json"), make)


def _found(session: Session, match_id: str) -> MatchLine:
    lines = chosen_lines(session, Selection(ids=(match_id,)))
    if [line.id for line in lines] != [match_id]:
        raise NotFound(f"There is no match {match_id!r}.", Action.SEE_MATCHES)
    return lines[0]


def _etag(session: Session, line: MatchLine) -> str:
    """Of all that is told of it, and of the last decision."""
    last = latest_review(session, line.id)
    return f'"{hashlib.sha256(in_json([line, last.id if last else None])).hexdigest()[:32]}"'


def _what_happened(session: Session, line: MatchLine) -> str:
    last = latest_review(session, line.id)
    if last is None:
        return f"The match is {line.status} now, and another one than was looked at."
    said = f"{last.reviewer} {last.decision.said} it on {last.at:%Y-%m-%d at %H:%M:%S} UTC: {last.reason.rstrip('.')}."
    return f"The match is {line.status} now. {said}"


def name_of(asked: Asked) -> str:
    """The account's, in whose name something is decided. Raises NobodyDecides."""
    caller = asked.who.caller
    if caller is None:
        raise NobodyDecides("It is not said who decides.", "Sign in with an account.")
    return caller.name
