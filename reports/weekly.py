"""The weekly report: what was looked at, what was found, what needs a decision, and what could not be seen."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.videos import Capture
from registry.documents import Document
from registry.identities import held_elsewhere
from registry.names import file_word
from registry.parties import Party, parties_under
from registry.subjects import AT_ONCE, Subject
from registry.vault.base import Vault
from registry.version import version
from reports.blocks import ORDER, VideoBlock, video_blocks
from reports.coverage import Coverage, coverage_of
from reports.history import Outlook, Standing, standings_of_matches
from reports.matches import MatchRow, MatchStatus
from reports.news import NewsLine, news_of
from reports.notices.notice import Notice
from reports.pictures import Pictures
from reports.reported_matches import ReportedMatch, finding
from reports.review import Review
from reports.week import Week

MOST_PICTURED = 300
"""Of more matches than these the report prints the words alone: it is to be opened and sent, also in a bad week."""
MOST_TOLD = 120
"""Of more matches of one status than these the report counts the rest, and says where they are listed."""


@dataclass(frozen=True)
class Erased:
    """That matches are not shown any more, because their subject was erased on that day."""

    matches: int
    at: datetime


@dataclass(frozen=True)
class Counted:
    """One of the week's matches, told one by one or not. media: the digest of the bytes it is in. unwritten: it is confirmed, and
    no letter holds it."""

    id: str
    status: MatchStatus
    party: str
    media: str
    unwritten: bool


@dataclass(frozen=True)
class WeeklyReport:
    """The week's matches by video, those that await a decision first. party: whose report it is; None for everybody's.

    every: all of the week's matches. blocks: the videos of those that are told one by one, which are of each status those of
    highest score. rates: in words, how many appearances are missed and strangers matched with what is enrolled when it is made.
    outlook: as of when it speaks. unwritten: ids of the confirmed matches that no letter holds. made_before: when the last report
    of this week for this party was made, as far as one is on record. held_twice: how many of the subjects
    another party holds as well.
    """

    week: Week
    party: str | None
    outlook: Outlook
    every: tuple[Counted, ...]
    blocks: tuple[VideoBlock, ...]
    news: tuple[NewsLine, ...]
    erased: tuple[Erased, ...]
    made_before: datetime | None
    subjects: int
    held_twice: int
    coverage: Coverage
    version: str
    rates: tuple[str, ...] = ()

    @property
    def made_at(self) -> datetime:
        """When it is made, which may be long after its week."""
        return self.outlook.made_at

    @property
    def findings(self) -> tuple[ReportedMatch, ...]:
        """The matches that are told one by one."""
        return tuple(found for block in self.blocks for found in block.findings)

    @property
    def groups(self) -> Mapping[MatchStatus, tuple[ReportedMatch, ...]]:
        """The matches that are told, by status."""
        return {status: tuple(found for found in self.findings if found.status is status) for status in ORDER}

    def count(self, status: MatchStatus) -> int:
        """How many of the week's matches have that status, told or not."""
        return sum(match.status is status for match in self.every)

    def untold(self, status: MatchStatus) -> int:
        """How many matches of that status are counted and not told."""
        return self.count(status) - len(self.groups[status])

    @property
    def total(self) -> int:
        """How many matches the week has, told or not."""
        return len(self.every)


def weekly_report(
    session: Session, vault: Vault, week: Week, at: datetime, party: Party | None = None, rates: tuple[str, ...] = ()
) -> WeeklyReport:
    """The week's report: matches found or judged in the week, and older ones that still await a decision.

    at: when it is made. In the week it tells what is true now; later, what was true when the week ended, and what changed since.
    party: only subjects of it and of the parties under it are in the report.
    """
    outlook = Outlook(min(at, week.ends), at)
    subjects = _subjects(session, party)
    living = {key for key, subject in subjects.items() if subject.erased_at is None}
    name = party.name if party else None
    stood = _standing(session, week, outlook, living)
    media = _media_of(session, stood)
    families = _families(session, vault, _told(stood), media, outlook, week)
    ids = select(Subject.id).where(col(Subject.erased_at).is_(None))
    if party is not None:
        ids = ids.where(col(Subject.party_id).in_(sorted(parties_under(session, party))))
    return WeeklyReport(
        week=week,
        party=name,
        outlook=outlook,
        every=_counted(session, stood, media, subjects, outlook),
        blocks=video_blocks(session, families, outlook),
        news=news_of(session, week, outlook.before if outlook.past else at, ids),
        erased=_erased(session, week, subjects),
        made_before=_made_before(session, weekly_stem(week, name), at),
        subjects=sum(outlook.knew(subjects[key].created_at) for key in living),
        held_twice=_held_twice(session, outlook, living),
        coverage=coverage_of(session, week, ids),
        version=version(),
        rates=rates,
    )


class _Known(NamedTuple):
    """What the report asks of a subject."""

    id: str
    party_id: str
    created_at: datetime
    erased_at: datetime | None


def _subjects(session: Session, party: Party | None) -> dict[str, _Known]:
    """The subjects that the report may speak of, erased ones too."""
    every = session.exec(select(Subject.id, Subject.party_id, Subject.created_at, Subject.erased_at))
    seen = parties_under(session, party) if party else None
    return {known.id: known for known in (_Known(*row) for row in every) if seen is None or known.party_id in seen}


def _standing(session: Session, week: Week, outlook: Outlook, subjects: Set[str]) -> list[tuple[MatchRow, Standing]]:
    """The matches that belong into the week's report, each as it stood at the report's moment, by status and score."""
    judged = set(session.exec(_judged(week)))
    rows = [row for row in _rows(session, week, outlook) if row.subject_id in subjects]
    stood = [
        (row, standing)
        for row, standing in standings_of_matches(session, rows, outlook)
        if row.found_at >= week.starts or row.id in judged or standing.status is MatchStatus.PENDING
    ]
    return sorted(stood, key=lambda pair: (ORDER.index(pair[1].status), -pair[0].score, pair[0].id))


def _told(stood: Sequence[tuple[MatchRow, Standing]]) -> list[tuple[MatchRow, Standing]]:
    """Of each status the first ones."""
    held: Counter[MatchStatus] = Counter()
    told = []
    for row, standing in stood:
        held[standing.status] += 1
        if held[standing.status] <= MOST_TOLD:
            told.append((row, standing))
    return told


def _media_of(session: Session, stood: Sequence[tuple[MatchRow, Standing]]) -> dict[str, str]:
    """The digest of each match's bytes, by its capture's id."""
    wanted = sorted({row.capture_id for row, _ in stood})
    found: dict[str, str] = {}
    for first in range(0, len(wanted), AT_ONCE):
        some = col(Capture.id).in_(wanted[first : first + AT_ONCE])
        found |= dict(session.exec(select(Capture.id, Capture.media_sha256).where(some)).all())
    return found


def _held_twice(session: Session, outlook: Outlook, subjects: Set[str]) -> int:
    """Of those that stand now, the ones that stood at the report's moment."""
    held = [row for row in held_elsewhere(session) if row.own_id is None and outlook.knew(row.since)]
    return len({row.subject_id for row in held} & subjects)


def _families(
    session: Session,
    vault: Vault,
    told: Sequence[tuple[MatchRow, Standing]],
    media: Mapping[str, str],
    outlook: Outlook,
    week: Week,
) -> list[tuple[str, tuple[ReportedMatch, ...]]]:
    """Each media digest with its findings; digests and findings by status, those of highest score first."""
    families: dict[str, list[tuple[MatchRow, Standing]]] = {}
    for row, standing in told:
        families.setdefault(media[row.capture_id], []).append((row, standing))
    pictures, made, place = Pictures(session, vault), [], 0
    for sha256, family in families.items():
        entries = []
        for row, standing in family:
            pictured = pictures if place < MOST_PICTURED and not pictures.enough else None
            entries.append(finding(session, row, standing, outlook, week.starts, pictured))
            place += 1
        made.append((sha256, tuple(entries)))
    return made


def _rows(session: Session, week: Week, outlook: Outlook) -> list[MatchRow]:
    """Those that may belong into it: of a past week also what is licensed or was decided only afterwards."""
    open_now = [MatchStatus.PENDING, MatchStatus.LICENSED] if outlook.past else [MatchStatus.PENDING]
    judged_later = select(Review.match_id).where(Review.at >= outlook.before)
    relevant = or_(
        col(MatchRow.found_at) >= week.starts,
        col(MatchRow.status).in_(open_now),
        col(MatchRow.id).in_(_judged(week)),
        col(MatchRow.id).in_(judged_later),
    )
    query = select(MatchRow).where(col(MatchRow.found_at) < week.ends, relevant)
    return list(session.exec(query.options(defer(MatchRow.boxes))))  # type: ignore[arg-type]


def _judged(week: Week) -> SelectOfScalar[str]:
    return select(Review.match_id).where(Review.at >= week.starts, Review.at < week.ends)


def _counted(
    session: Session,
    stood: Sequence[tuple[MatchRow, Standing]],
    media: Mapping[str, str],
    subjects: Mapping[str, _Known],
    outlook: Outlook,
) -> tuple[Counted, ...]:
    drafted = session.exec(select(Notice.match_ids, Notice.drafted_at))
    written = {key for keys, at in drafted if outlook.knew(at) for key in keys}
    parties = dict(session.exec(select(Party.id, Party.name)).all())
    return tuple(
        Counted(
            id=row.id,
            status=standing.status,
            party=parties[subjects[row.subject_id].party_id],
            media=media[row.capture_id],
            unwritten=standing.status is MatchStatus.CONFIRMED and row.id not in written,
        )
        for row, standing in stood
    )


def _erased(session: Session, week: Week, subjects: Mapping[str, _Known]) -> tuple[Erased, ...]:
    """What stays of erased subjects' matches is that a person judged them: they are counted and not shown."""
    of_week = or_(col(MatchRow.found_at) >= week.starts, col(MatchRow.id).in_(_judged(week)))
    rows = session.exec(select(MatchRow.subject_id).where(col(MatchRow.found_at) < week.ends, of_week))
    days = Counter(subjects[key].erased_at for key in rows if key in subjects)
    return tuple(Erased(count, at) for at, count in days.items() if at is not None)


def _made_before(session: Session, stem: str, at: datetime) -> datetime | None:
    path = col(Document.path)
    of_it = path.contains(f"/{stem}.", autoescape=True), path.endswith(".pdf")
    return max(session.exec(select(Document.made_at).where(*of_it, Document.made_at < at)), default=None)


def weekly_stem(week: Week, party: str | None) -> str:
    """The name of a week's report for a party, without an ending; None for everybody's."""
    return f"weekly-{week}" + (f"-{file_word(party)}" if party else "")
