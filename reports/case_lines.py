"""Cases as they are listed and found, without those that are withheld from whoever a second review waits for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, true
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, or_, select

from crawler.videos import Video
from registry.actions import Action
from registry.errors import NotFound
from registry.paging import Listed, Part, holding, listed, listed_but
from registry.parties import Party, PartyView
from registry.prefixes import begins_with
from registry.subjects import AT_ONCE
from registry.views import view_of
from reports.cases import Case, CaseMatch
from reports.withheld import reader_of, withheld_by


@dataclass(frozen=True)
class CaseLine:
    """A case in a list, with what is said of its video. matches: how many it holds."""

    id: str
    party: str
    party_id: str
    matches: int
    opened_at: datetime
    title: str
    uploader: str
    page_url: str | None
    media_url: str


def listed_cases(session: Session, part: Part, *, said: Sequence[str] | None = None) -> Listed[CaseLine]:
    """Cases, the first opened first; see registry.paging. said: the videos, by id, that hold what is searched for; None where
    that is not known."""
    searched, query = (Video.title, Video.uploader, Video.page_url, Party.name_key), _lines()
    if part.search and said is not None:
        # By indexes of cases: else each has its video looked up, to no end.
        parties = select(Party.id).where(holding(part.search, (Party.name_key,)))
        query = query.where(or_(col(Case.video_id).in_(said), col(Case.party_id).in_(parties)))
    by = col(Case.opened_at), col(Case.id)

    def read(some: Part) -> Listed[CaseLine]:
        found = listed(session, query, by, some, searched)
        return Listed(((CaseLine(*row), cursor) for row, cursor in found.rows), found.more)

    if not reader_of(session):
        return read(part)
    return listed_but(read, lambda rows: are_withheld(session, [row.id for row in rows]), part)


def case_line(session: Session, case: Case) -> CaseLine:
    """A case as lists show it."""
    return CaseLine(*session.execute(_lines().where(col(Case.id) == case.id)).one())


def _lines() -> Select[Any]:
    held = select(func.count()).select_from(CaseMatch).where(CaseMatch.case_id == Case.id).scalar_subquery()
    of_case: tuple[Any, ...] = (Case.id, Party.name, Case.party_id, held, Case.opened_at)
    of_video: tuple[Any, ...] = (Video.title, Video.uploader, Video.page_url, Video.media_url)
    query = sql_select(*of_case, *of_video).select_from(Case).join(Party, col(Party.id) == Case.party_id)
    return query.join(Video, col(Video.id) == Case.video_id)


def cases_named(session: Session, ids: Sequence[str] = ()) -> list[Case]:
    """The cases of these ids, or of their first digits; without any, all, the first opened first. Raises NotFound."""
    if ids:
        return [find_case(session, each) for each in ids]
    every = session.exec(select(Case).order_by(col(Case.opened_at), col(Case.id))).all()
    hidden = are_withheld(session, [case.id for case in every])
    return [case for case, is_hidden in zip(every, hidden, strict=True) if not is_hidden]


def find_case(session: Session, reference: str) -> Case:
    """The case of an id or of the first digits of one. Raises NotFound when none or several answer."""
    # Two are enough to know that it is not one.
    found = session.exec(select(Case).where(begins_with(col(Case.id), reference)).limit(2)).all()
    if len(found) != 1 or any(are_withheld(session, [case.id for case in found])):
        how = "more than one" if len(found) > 1 else "no"
        raise NotFound(f"There is {how} case {reference!r}.", Action.SEE_CASES)
    return found[0]


def sender_on_record(session: Session, reference: str) -> PartyView:
    """What the registry has of the party in whose name letters about a case go out. Raises NotFound."""
    return view_of(PartyView, session.get_one(Party, find_case(session, reference).party_id))


def are_withheld(session: Session, cases: Sequence[str]) -> list[bool]:
    """Which of some cases, by their ids, are withheld from whoever has the session: what is in one was confirmed."""
    hidden = withheld_cases(session, set(cases)) if reader_of(session) else frozenset[str]()
    return [key in hidden for key in cases]


def withheld_cases(session: Session, cases: Collection[str]) -> frozenset[str]:
    """Those of the cases that hold a match of which the decision is withheld."""
    keys = sorted(cases) if reader_of(session) else []
    parts = (col(CaseMatch.case_id).in_(keys[first : first + AT_ONCE]) for first in range(0, len(keys), AT_ONCE))
    return frozenset(case for part in parts for case in _withheld(session, part))


def every_withheld_case(session: Session) -> frozenset[str]:
    """All cases that are withheld from whoever has the session."""
    return _withheld(session, true())


def _withheld(session: Session, which: ColumnElement[bool]) -> frozenset[str]:
    return withheld_by(session, CaseMatch.case_id, CaseMatch.match_id, which, reader_of(session))
