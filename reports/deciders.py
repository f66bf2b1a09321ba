"""Who decided on what: so that nobody is asked for a second review of a decision of their own, however they write their name."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import or_
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crawler.videos import Capture
from registry.names import name_key
from reports.matches import MatchRow
from reports.review import Review
from reports.spans import SAME_SPAN, Span, overlap


def decided_by(session: Session, keys: Collection[str], reviewer: str) -> set[str]:
    """Those of the matches, by their ids, on which that person decided at any time, or on a copy of which (reports.copies):
    copies are drawn together, and to be given one tells of the other. Few enough ids for one statement."""
    own = aliased(MatchRow)
    return of_person(session.execute(decisions_on(own).where(col(own.id).in_(keys)).distinct()), reviewer)


def decisions_on(own: Any) -> Any:
    """The decisions about matches that own stands for, and those that may be their copies: for of_person."""
    of, its, there = aliased(Capture), aliased(Capture), aliased(MatchRow)
    columns: tuple[Any, ...] = (own.id, own.t_start, own.t_end, there.id, there.t_start, there.t_end, Review.reviewer)
    query = sql_select(*columns).join(of, col(of.id) == own.capture_id)
    query = query.join(its, col(its.media_sha256) == of.media_sha256).join(there, col(there.capture_id) == its.id)
    return query.join(Review, col(Review.match_id) == there.id).where(
        or_(col(there.id) == own.id, col(its.id) != of.id),
        col(there.subject_id) == own.subject_id,
        col(there.modality) == own.modality,
        col(there.track) == own.track,
    )


def of_person(rows: Iterable[Sequence[Any]], reviewer: str) -> set[str]:
    """See decided_by."""
    person, found = person_key(reviewer), set[str]()
    for key, start, end, other, its_start, its_end, name, *_ in rows:
        same = key == other or overlap(Span(start, end), Span(its_start, its_end)) >= SAME_SPAN
        if same and person_key(name) == person:
            found.add(key)
    return found


def person_key(name: str) -> str:
    """What tells a person by their name, however it is written."""
    return name_key(unicodedata.normalize("NFC", name))
