"""Cases and the letters about them."""

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session
from starlette.responses import Response

from monitor.posting import record_by_hand
from monitor.web.api.changes import Key, Made, once
from monitor.web.api.lists import SomeRows, Text, one
from monitor.web.api.matches import name_of
from monitor.web.api.moments import Moment
from monitor.web.api.routing import router
from monitor.web.api.written import model_of, part_of
from monitor.web.asked import Asking
from registry.actions import Action
from registry.db import now
from registry.errors import NotFound
from registry.views import as_fields, view_of
from reports.case_lines import CaseLine, listed_cases
from reports.match_lines import MatchLine, shown_case
from reports.notices.events import Event
from reports.notices.lines import NoticeLine, NoticeView, notice_lines, notice_view
from reports.notices.status import EventLine, StatusLine, status_lines

routes = router()


class Recorded(StrEnum):
    """What a person records of a letter."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    REMOVED = "removed"
    REFUSED = "refused"
    COUNTER_NOTICED = "counter-noticed"
    RESTORED = "restored"
    REPOSTED = "reposted"
    EXPIRED = "expired"
    NOT_SENT = "not-sent"


class EventAsked(BaseModel):
    """at: when it happened; now, if it is not given. whole_day: whether only its day is known. how, reference: in a few words."""

    model_config = ConfigDict(extra="forbid")

    event: Recorded
    at: Moment | None = None
    whole_day: bool = False
    how: str = Field(default="", max_length=500)
    reference: str = Field(default="", max_length=200)


class WholeCase(model_of(CaseLine)):  # type: ignore[misc]
    """A case with the matches in it."""

    matches: list[model_of(MatchLine)]  # type: ignore[valid-type]


@routes.get("/cases", name="api.cases.list", response_model=part_of(CaseLine))
def cases(asks: SomeRows) -> Response:
    """Cases, the first opened first. `matches` says how many each holds."""
    return asks.answer(listed_cases)


@routes.get("/cases/{case_id}", name="api.cases.show", response_model=WholeCase)
def case(asked: Asking, case_id: str) -> Response:
    """One case with its matches."""

    def row(session: Session) -> object:
        found, held = shown_case(session, case_id)
        if found.id != case_id:
            raise NotFound(f"There is no case {case_id!r}.", Action.SEE_CASES)
        return {**as_fields(found), "matches": held}

    return one(asked, row)


@routes.get("/notices", name="api.notices.list", response_model=part_of(NoticeLine))
def notices(asks: SomeRows, case: Annotated[Text | None, Query(description="Only those of this case.")] = None) -> Response:
    """Letters."""
    return asks.answer(lambda session, part: notice_lines(session, part, case))


@routes.get("/notices/under-way", name="api.notices.due", response_model=part_of(StatusLine))
def under_way(asks: SomeRows) -> Response:
    """Letters that are under way, late ones first, with what is due and when."""
    return asks.answer(lambda session, part: status_lines(session, part, now()))


@routes.get("/notices/{notice_id}", name="api.notices.show", response_model=model_of(NoticeView))
def notice(asked: Asking, notice_id: str) -> Response:
    """One letter: what it rests on, what was considered, and its life."""
    return one(asked, lambda session: _found(session, notice_id))


@routes.post(
    "/notices/{notice_id}/events",
    name="api.notices.record",
    response_model=model_of(EventLine),
    status_code=HTTPStatus.CREATED,
)
def record(asked: Asking, notice_id: str, wanted: EventAsked, key: Key = None) -> Response:
    """Record what came of a letter, in the name of the account; refused where that cannot come next."""

    def make(_: object, session: Session) -> Made:
        _found(session, notice_id)
        at: datetime = wanted.at or now()
        event = Event[wanted.event.name]
        said = {"how": wanted.how or ("by hand" if event is Event.SENT else ""), "reference": wanted.reference}
        made = record_by_hand(session, notice_id, event, name_of(asked), at, whole_day=wanted.whole_day, **said)
        return Made(view_of(EventLine, made), HTTPStatus.CREATED)

    return once(asked, key, wanted.model_dump(mode="json"), make)


def _found(session: Session, notice_id: str) -> NoticeView:
    found = notice_view(session, notice_id)
    if found.id != notice_id:
        raise NotFound(f"There is no notice {notice_id!r}.", Action.SEE_NOTICES)
    return found
