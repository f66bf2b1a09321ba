"""Who decided on what: so that nobody is asked for a second review of a decision of their own, however they write their name."""

import json
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import or_
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from crawler.videos import Capture
from registry.names import name_key
from registry.tenancy import ask, declare
from reports.matches import MatchRow
from reports.review import Review
from reports.spans import SAME_SPAN, Span, overlap


def decided_by(session: Session, keys: Collection[str], reviewer: str) -> set[str]:
    """Those of the matches, by their ids, on which that person decided at any time, or on a copy of which (reports.copies):
    copies are drawn together, and to be given one tells of the other. Few enough ids for one statement."""
    return ask(session, _DECIDED, {"keys": json.dumps(sorted(keys))}, reviewer) if keys else set()


OWN = aliased(MatchRow)
"""The match that is asked about. What a second name of a table is costs more to work out than most statements take: once will
do."""
_OF, _ITS, _THERE = aliased(Capture), aliased(Capture), aliased(MatchRow)


def decisions() -> Any:
    """The decisions about matches that OWN stands for, and those that may be their copies: for of_person."""
    own, of, its, there = OWN, _OF, _ITS, _THERE
    columns: tuple[Any, ...] = (own.id, own.t_start, own.t_end, there.id, there.t_start, there.t_end, Review.reviewer)
    query = sql_select(*columns).join(of, col(of.id) == own.capture_id)
    query = query.join(its, col(its.media_sha256) == of.media_sha256).join(there, col(there.capture_id) == its.id)
    return query.join(Review, col(Review.match_id) == there.id).where(
        or_(col(there.id) == own.id, col(its.id) != of.id),
        col(there.subject_id) == own.subject_id,
        col(there.modality) == own.modality,
        col(there.track) == own.track,
    )


def _told(rows: Iterable[Sequence[Any]], reviewer: str) -> set[str]:
    return of_person(rows, reviewer)


# The same as decisions, of matches that the session sees. All that it asks for is of the same subject, and so seen as well.
_DECIDED = declare(
    """
    SELECT DISTINCT own.id, own.t_start, own.t_end, there.id, there.t_start, there.t_end, r.reviewer
    FROM json_each(:keys) AS asked CROSS JOIN "match" AS own CROSS JOIN main.capture AS here CROSS JOIN main.capture AS its
        CROSS JOIN main."match" AS there CROSS JOIN main.review AS r
    WHERE own.id = asked.value AND here.id = own.capture_id AND its.media_sha256 = here.media_sha256
        AND there.capture_id = its.id AND there.subject_id = own.subject_id AND there.modality = own.modality
        AND there.track = own.track AND (there.id = own.id OR its.id <> here.id) AND r.match_id = there.id
    """,
    _told,
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
