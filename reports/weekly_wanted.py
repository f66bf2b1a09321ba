"""The decisions that a week wants of people, those first with which harm goes on until they are made."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from crawler.availability import State
from crawler.health import NOT_LOOKED_AT, SourceCoverage
from crawler.types import Reading
from registry.groups import SubjectGroup
from registry.licences import Licence
from registry.mandates import Mandate
from registry.parties import Party
from reports.history import Outlook
from reports.matches import MatchRow
from reports.notices.notice import Notice
from reports.weekly_addresses import ConfirmedUse, parts
from reports.weekly_counts import LATE_AFTER
from reports.weekly_lines import MatchLine

ENDS_WITHIN = timedelta(days=30)
"""What ends within this time of the report's moment is told."""


class Kind(StrEnum):
    """What is wanted, in the order in which it is told: harm that is known and goes on, then harm that may, then what makes the
    watch blind, then what ends."""

    WRITE = "write"
    APPROVE = "approve"
    REVIEW = "review"
    SOURCES = "sources"
    MANDATES = "mandates"
    LICENCES = "licences"
    TWICE = "held twice"


@dataclass(frozen=True)
class Wanted:
    """One decision. count: of how many things; videos: in how many; oldest: since when the longest of them waits, or when the
    first of them ends; late: how many wait too long. parties: how many for each party, by name."""

    kind: Kind
    count: int
    parties: tuple[tuple[str, int], ...] = ()
    videos: int = 0
    late: int = 0
    oldest: datetime | None = None
    names: tuple[str, ...] = ()


def wanted(
    session: Session,
    outlook: Outlook,
    parties: Mapping[str, str],
    lines: Sequence[MatchLine],
    uses: Sequence[ConfirmedUse],
    sources: Sequence[SourceCoverage],
    held_twice: int,
) -> tuple[Wanted, ...]:
    """parties: see weekly_counts.count_weeks. lines: the week's matches; uses: every confirmed use."""
    notices = [notice for notice in session.exec(select(Notice)) if outlook.knew(notice.drafted_at)]
    at = min(outlook.before, outlook.made_at)
    found = (
        _to_write(session, parties, uses, notices),
        _to_approve(session, outlook, parties, notices),
        _to_review(lines, at),
        _sources(sources),
        _ending(Kind.MANDATES, _mandates(session, outlook, at, parties)),
        _ending(Kind.LICENCES, _licences(session, outlook, at, parties)),
        Wanted(Kind.TWICE, held_twice),
    )
    return tuple(one for one in found if one.count)


def _by_party(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _to_write(session: Session, parties: Mapping[str, str], uses: Sequence[ConfirmedUse], notices: Sequence[Notice]) -> Wanted:
    """About confirmed matches that no letter holds, but those whose bytes are gone from their address or replaced."""
    written = {key for notice in notices for key in notice.match_ids}
    open_ = [use for use in uses if use.state not in (State.GONE, State.REPLACED)]
    keys = [key for use in open_ for key in use.match_ids if key not in written]
    subjects = _subjects_of(session, keys)
    unwritten = [use for use in open_ if not written.issuperset(use.match_ids)]
    return Wanted(
        Kind.WRITE,
        len(keys),
        _by_party(parties[subjects[key]] for key in keys),
        videos=len(unwritten),
        oldest=min((use.confirmed_at for use in unwritten), default=None),
    )


def _to_approve(session: Session, outlook: Outlook, parties: Mapping[str, str], notices: Sequence[Notice]) -> Wanted:
    """Letters that nobody approved; each counts for the party of its first match."""
    drafts = [one for one in notices if one.match_ids and (one.approved_at is None or not outlook.knew(one.approved_at))]
    subjects = _subjects_of(session, [one.match_ids[0] for one in drafts])
    own = [one for one in drafts if subjects.get(one.match_ids[0]) in parties]
    oldest = min((one.drafted_at for one in own), default=None)
    return Wanted(Kind.APPROVE, len(own), _by_party(parties[subjects[one.match_ids[0]]] for one in own), oldest=oldest)


def _subjects_of(session: Session, match_ids: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in parts(match_ids):
        found |= dict(session.exec(select(MatchRow.id, MatchRow.subject_id).where(col(MatchRow.id).in_(some))).all())
    return found


def _to_review(lines: Sequence[MatchLine], at: datetime) -> Wanted:
    waiting = [line for line in lines if line.status == "pending"]
    return Wanted(
        Kind.REVIEW,
        len(waiting),
        _by_party(line.party for line in waiting),
        videos=len({line.media_sha256 for line in waiting}),
        late=sum(line.found_at < at - LATE_AFTER for line in waiting),
        oldest=min((line.found_at for line in waiting), default=None),
    )


def _sources(sources: Sequence[SourceCoverage]) -> Wanted:
    blind = [source.name for source in sources if source.said in (Reading.NOT_READ.value, NOT_LOOKED_AT)]
    return Wanted(Kind.SOURCES, len(blind), names=tuple(blind))


def _ending(kind: Kind, ends: Sequence[tuple[str, datetime]]) -> Wanted:
    return Wanted(kind, len(ends), _by_party(name for name, _ in ends), oldest=min((end for _, end in ends), default=None))


def _mandates(session: Session, outlook: Outlook, at: datetime, parties: Mapping[str, str]) -> list[tuple[str, datetime]]:
    """The party and the end of each; a mandate for all subjects of a party counts once, where any of them is in the report."""
    ends = (col(Mandate.ends_at) > at, col(Mandate.ends_at) <= at + ENDS_WITHIN)
    query = select(Mandate, Party.name).join(Party, col(Party.id) == col(Mandate.party_id)).where(*ends)
    known = [
        (row, name) for row, name in session.exec(query.where(_in_force(Mandate.revoked_at, at))) if outlook.knew(row.created_at)
    ]
    everybody = set(parties.values())
    return [
        (name, row.ends_at)
        for row, name in known
        if row.ends_at is not None and (row.subject_id in parties if row.subject_id else name in everybody)
    ]


def _licences(session: Session, outlook: Outlook, at: datetime, parties: Mapping[str, str]) -> list[tuple[str, datetime]]:
    ends = (col(Licence.ends_at) > at, col(Licence.ends_at) <= at + ENDS_WITHIN)
    rows = session.exec(select(Licence).where(*ends, _in_force(Licence.revoked_at, at))).all()
    return [
        (name, row.ends_at)
        for row in rows
        if row.ends_at is not None and outlook.knew(row.created_at) and (name := _party_of(session, row, parties)) is not None
    ]


def _party_of(session: Session, licence: Licence, parties: Mapping[str, str]) -> str | None:
    if licence.subject_id is not None:
        return parties.get(licence.subject_id)
    group = session.get(SubjectGroup, licence.group_id)
    name = session.exec(select(Party.name).where(Party.id == group.party_id)).first() if group else None
    return name if name in set(parties.values()) else None


def _in_force(revoked_at: datetime | None, at: datetime) -> ColumnElement[bool]:
    return or_(col(revoked_at).is_(None), col(revoked_at) > at)
