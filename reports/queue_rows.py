"""The rows that the page of one match is made of, each table read in one statement, however the page uses them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, and_, col, func, select

from crawler.pages import Statement
from crawler.videos import Capture, Label, Video
from registry.groups import GroupMember, SubjectGroup
from registry.parties import Party
from registry.prefixes import begins_with
from registry.subjects import Subject
from reports.addresses import Address, addresses_of
from reports.families.kin import has_copies
from reports.matches import MatchRow
from reports.review import Review
from reports.selection import one_match
from reports.waiting import waiting_count


@dataclass(frozen=True)
class Asked:
    """A match with what it is of. labels: by kind. groups: of the subject. waiting: how many matches wait for a person."""

    match: MatchRow
    capture: Capture
    video: Video
    subject: Subject
    party: Party
    labels: tuple[Label, ...]
    groups: tuple[SubjectGroup, ...]
    waiting: int
    has_copies: bool = False


def asked_about(session: Session, typed: str) -> Asked:
    """The match of an id or of the first digits of one. Raises NotFound as find_match does."""
    named = select(MatchRow.id).where(begins_with(col(MatchRow.id), typed)).limit(2)
    columns: tuple[Any, ...] = (MatchRow, Capture, Video, Subject, Party, waiting_count(), has_copies())
    query = sql_select(*columns, Label, SubjectGroup).where(col(MatchRow.id).in_(named))
    query = query.join(Capture, col(Capture.id) == MatchRow.capture_id).join(Video, col(Video.id) == Capture.video_id)
    query = query.join(Subject, col(Subject.id) == MatchRow.subject_id).join(Party, col(Party.id) == Subject.party_id)
    query = query.outerjoin(Label, col(Label.capture_id) == Capture.id)
    query = query.outerjoin(GroupMember, col(GroupMember.subject_id) == Subject.id)
    query = query.outerjoin(SubjectGroup, col(SubjectGroup.id) == GroupMember.group_id)
    rows = session.execute(query.order_by(col(Label.kind), col(Label.id))).all()
    one_match(list({row[0].id for row in rows}), typed)
    match, capture, video, subject, party, waiting, copied = rows[0][:7]
    labels, groups = ({row[place].id: row[place] for row in rows if row[place] is not None} for place in (7, 8))
    return Asked(match, capture, video, subject, party, tuple(labels.values()), tuple(groups.values()), waiting, bool(copied))


def beside(session: Session, match: MatchRow) -> tuple[list[tuple[MatchRow, str]], list[Review]]:
    """The matches of the same capture in order of time, each with its subject's name; and the reviews of this one, in theirs."""
    columns: tuple[Any, ...] = (MatchRow, Subject.name, Review)
    query = sql_select(*columns).join(Subject, col(Subject.id) == MatchRow.subject_id)
    query = query.outerjoin(Review, and_(col(Review.match_id) == MatchRow.id, col(MatchRow.id) == match.id))
    query = query.where(col(MatchRow.capture_id) == match.capture_id)
    rows = session.execute(query.order_by(col(MatchRow.t_start), col(MatchRow.id), col(Review.id))).all()
    named = {row.id: (row, name) for row, name, _ in rows}
    return list(named.values()), [review for _, _, review in rows if review is not None]


def same_bytes(session: Session, capture: Capture, most: int) -> tuple[Sequence[Address], int | None]:
    """Where the very bytes were seen: the capture's own address first and then the first captured, of so many captures at most;
    and in how many places, where there are more. None: in those alone."""
    columns: tuple[Any, ...] = (Capture, Video)
    same = (
        sql_select(*columns)
        .join(Video, col(Video.id) == Capture.video_id)
        .where(col(Capture.media_sha256) == capture.media_sha256)
    )
    order = col(Capture.id) != capture.id, col(Capture.captured_at), col(Capture.id)
    rows = session.execute(same.order_by(*order).limit(most)).all()
    found = addresses_of(session, [row[0] for row in rows])
    own_first = sorted(found, key=lambda address: address.capture.id != capture.id)
    return own_first, _places(session, capture) if len(rows) == most else None


def _places(session: Session, capture: Capture) -> int:
    # A video of which no page is known counts once, for its media's own address.
    on = and_(col(Statement.video_id) == Capture.video_id, col(Statement.page_url) != "")
    each = select(Capture.id, Statement.page_url).outerjoin(Statement, on).where(Capture.media_sha256 == capture.media_sha256)
    return session.exec(select(func.count()).select_from(each.distinct().subquery())).one()
