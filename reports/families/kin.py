"""Of a match, those that show the same in copies of its video: a person sees beside each what was decided of the others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from crawler.videos import Capture
from matcher.footage.thresholds import SURE
from registry.subjects import AT_ONCE
from reports.copies import copies_of
from reports.families.rows import FootageCopy
from reports.matches import MatchRow

STOCK = 3
"""From so many videos on that have nothing in common with one another but these seconds, these are an intro, or stock."""

MEETS = 0.5
"""Seconds that two stretches have in common at least, to be of one."""


@dataclass(frozen=True)
class Kin:
    """A match that shows the same in a copy. link: how; is_copy: whether it is the link's copy, or the earlier video of the
    two."""

    match: MatchRow
    link: FootageCopy
    is_copy: bool

    @property
    def sure(self) -> bool:
        """Whether the footage is the same, beyond what different things that move alike can score."""
        return self.link.score >= SURE


def kin_of(session: Session, match: MatchRow) -> list[Kin]:
    """Those in copies with other bytes, the surest first; what a person has parted is none, and neither is a shared intro."""
    own = {row.id for row in (match, *copies_of(session, match))}
    found: dict[str, Kin] = {}
    links = [link for link in links_of(session, own) if link.parted_at is None]
    for link in sorted(links, key=lambda link: (-link.score, link.id)):
        if _is_stock(session, link):
            continue
        is_copy = link.of_id in own
        there = session.get_one(MatchRow, link.match_id if is_copy else link.of_id)
        for row in (there, *copies_of(session, there)):
            if row.id not in own:
                found.setdefault(row.id, Kin(row, link, is_copy))
    return list(found.values())


@cache
def has_copies() -> Any:
    """Whether anything is on record of copies of the bytes of a statement's capture, as a part of that statement."""
    there, of = aliased(MatchRow), aliased(Capture)
    either = or_(col(FootageCopy.match_id) == there.id, col(FootageCopy.of_id) == there.id)
    found = sql_select(col(FootageCopy.id)).join(there, either).join(of, col(of.id) == there.capture_id)
    return found.where(col(of.media_sha256) == col(Capture.media_sha256)).correlate(Capture).exists()


def links_of(session: Session, matches: Collection[str]) -> Sequence[FootageCopy]:
    """All that is on record of these matches, also what was parted."""
    wanted, found = sorted(matches), {}
    for first in range(0, len(wanted), AT_ONCE):
        some = wanted[first : first + AT_ONCE]
        either = or_(col(FootageCopy.match_id).in_(some), col(FootageCopy.of_id).in_(some))
        found.update({link.id: link for link in session.exec(select(FootageCopy).where(either))})
    return sorted(found.values(), key=lambda link: (link.found_at, link.id))


def links_within(session: Session, matches: Collection[str]) -> list[FootageCopy]:
    """Those among these matches alone, without what was parted."""
    found = links_of(session, matches)
    return [link for link in found if link.parted_at is None and {link.match_id, link.of_id} <= set(matches)]


def family_keys(session: Session, digests: Mapping[str, str], before: datetime | None = None) -> dict[str, str]:
    """Of each match the family of its video: the first in order of the digests of its bytes and of those that surely are copies.

    digests: of each match's media, by the match's id. before: as was known at that moment.
    """
    roots = {digest: digest for digest in digests.values()}

    def root(digest: str) -> str:
        while roots.setdefault(digest, digest) != digest:
            digest = roots[digest]
        return digest

    for link in links_of(session, set(digests)):
        known = before is None or link.found_at < before
        if not known or link.parted_at is not None or link.score < SURE or _is_stock(session, link):
            continue
        ends = sorted(root(_digest(session, key, digests)) for key in (link.match_id, link.of_id))
        roots[ends[1]] = ends[0]
    return {key: root(digest) for key, digest in digests.items()}


def _digest(session: Session, match_id: str, digests: Mapping[str, str]) -> str:
    capture_id = session.get_one(MatchRow, match_id).capture_id
    return digests.get(match_id) or session.get_one(Capture, capture_id).media_sha256


def _is_stock(session: Session, link: FootageCopy) -> bool:
    """Whether one of the two shares these seconds with several videos, each of which shows for the most part something else.

    A copy that shows nothing else is none of these: it is no matter how many there are.
    """
    return not link.whole and any(_shared_with(session, link, end) >= STOCK for end in (link.match_id, link.of_id))


def _shared_with(session: Session, link: FootageCopy, match_id: str) -> int:
    """How many videos share with that match, in passing, some of the seconds that the link is about."""
    first, last = _span(link, match_id)
    found = set()
    for each in links_of(session, {match_id}):
        start, end = _span(each, match_id)
        if not each.whole and each.parted_at is None and min(end, last) - max(start, first) > MEETS:
            found.add(each.of_id if each.match_id == match_id else each.match_id)
    return len(found)


def _span(link: FootageCopy, match_id: str) -> tuple[float, float]:
    return (link.t_start, link.t_end) if link.match_id == match_id else (link.of_start, link.of_end)
