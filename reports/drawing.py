"""Which decisions are made a second time: drawn by a keyed digest, so that whoever decides neither knows nor can choose."""

from sqlmodel import Session, select

from registry.blinding import blinder
from registry.parties import Party
from registry.subjects import Subject
from reports.copies import copies_of
from reports.matches import MatchRow

_DIGITS = 13
_ALL = 16**_DIGITS
"""So many digests there are, as far as they are read: few enough that each is a number that floats hold."""


def is_drawn(session: Session, match: MatchRow) -> bool:
    """Whether the match is among its party's share (Party.second_share): the same whenever it is asked and at whichever of its
    copies, for the same share, and for every greater one.

    Raises KeyAbsent where a share is wanted and the workspace's secret cannot be read.
    """
    query = select(Party.second_share).join(Subject).where(Subject.id == match.subject_id)
    share = session.exec(query).first() or 0.0
    if share <= 0:
        return False
    digest = blinder(session)(f"a second review of the match {_first_found(session, match).id}")
    return bool(int(digest[:_DIGITS], 16) < share * _ALL)


def _first_found(session: Session, match: MatchRow) -> MatchRow:
    """Of the match and its copies the one that was on record first: what is found later changes nothing of what is drawn."""
    first = min([match, *copies_of(session, match)], key=lambda row: (row.found_at, row.id))
    return match if first.id == match.id else _first_found(session, first)
