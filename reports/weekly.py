"""The weekly report: what was looked at, what was found, what needs a decision, and what could not be seen."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.videos import Capture
from registry.documents import Document
from registry.identities import held_elsewhere
from registry.names import file_word
from registry.parties import Party
from registry.subjects import Subject
from registry.vault.base import Vault
from registry.version import version
from reports.blocks import ORDER, VideoBlock, video_blocks
from reports.coverage import Coverage, coverage_of
from reports.findings import Finding, finding
from reports.history import Outlook, Standing, standing_of_match
from reports.matches import MatchRow, MatchStatus
from reports.news import NewsLine, news_of
from reports.notices.drafts import Notice
from reports.pictures import Pictures
from reports.render.whole import write_whole
from reports.review import Review
from reports.week import Week

MOST_PICTURED = 300
"""Of more matches than these the report prints the words alone: it is to be opened and sent, also in a bad week."""


@dataclass(frozen=True)
class Erased:
    """That matches are not shown any more, because their subject was erased on that day."""

    matches: int
    at: datetime


@dataclass(frozen=True)
class WeeklyReport:
    """The week's matches by video, those that await a decision first. party: whose report it is; None for everybody's.

    rates: in words, how many appearances are missed and strangers matched with what is enrolled when it is made.
    outlook: as of when it speaks. unwritten: ids of the confirmed matches that no letter holds. made_before: when the last report
    of this week for this party was made, as far as one is on record. held_twice: how many of the subjects
    another party holds as well.
    """

    week: Week
    party: str | None
    outlook: Outlook
    blocks: tuple[VideoBlock, ...]
    unwritten: frozenset[str]
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
        return self.outlook.made_at

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(found for block in self.blocks for found in block.findings)

    @property
    def groups(self) -> Mapping[MatchStatus, tuple[Finding, ...]]:
        """The week's matches by status."""
        return {status: tuple(found for found in self.findings if found.status is status) for status in ORDER}

    def count(self, status: MatchStatus) -> int:
        return sum(found.status is status for found in self.findings)

    @property
    def total(self) -> int:
        return len(self.findings)


@dataclass(frozen=True)
class WrittenReport:
    pdf: Path
    html: Path


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
    families = _families(session, vault, week, outlook, living)
    return WeeklyReport(
        week=week,
        party=name,
        outlook=outlook,
        blocks=video_blocks(session, families, outlook),
        unwritten=_unwritten(session, [found for _, family in families for found in family], outlook),
        news=news_of(session, week, outlook.before if outlook.past else at, living),
        erased=_erased(session, week, subjects),
        made_before=_made_before(session, _stem(week, name), at),
        subjects=sum(outlook.knew(subjects[key].created_at) for key in living),
        held_twice=_held_twice(session, outlook, living),
        coverage=coverage_of(session, week),
        version=version(),
        rates=rates,
    )


def _subjects(session: Session, party: Party | None) -> dict[str, Subject]:
    """The subjects that the report may speak of, erased ones too."""
    every = session.exec(select(Subject)).all()
    seen = parties_under(session, party) if party else None
    return {subject.id: subject for subject in every if seen is None or subject.party_id in seen}


def _held_twice(session: Session, outlook: Outlook, subjects: Set[str]) -> int:
    """Of those that stand now, the ones that stood at the report's moment."""
    held = [row for row in held_elsewhere(session) if row.own_id is None and outlook.knew(row.since)]
    return len({row.subject_id for row in held} & subjects)


def _families(
    session: Session, vault: Vault, week: Week, outlook: Outlook, subjects: Set[str]
) -> list[tuple[str, tuple[Finding, ...]]]:
    """Each media digest with its findings; digests and findings by status, those of highest score first."""
    found = _standing(session, week, outlook, subjects)
    families: dict[str, list[tuple[MatchRow, Standing]]] = {}
    for row, standing in sorted(found, key=lambda pair: (ORDER.index(pair[1].status), -pair[0].score, pair[0].id)):
        families.setdefault(session.get_one(Capture, row.capture_id).media_sha256, []).append((row, standing))
    pictures, made, place = Pictures(session, vault), [], 0
    for sha256, family in families.items():
        entries = []
        for row, standing in family:
            pictured = pictures if place < MOST_PICTURED else None
            entries.append(finding(session, row, standing, outlook, week.starts, pictured))
            place += 1
        made.append((sha256, tuple(entries)))
    return made


def _standing(session: Session, week: Week, outlook: Outlook, subjects: Set[str]) -> list[tuple[MatchRow, Standing]]:
    """The matches that belong into the week's report, each as it stood at the report's moment."""
    judged = set(session.exec(_judged(week)))
    stood = [
        (row, standing_of_match(session, row, outlook)) for row in _rows(session, week, outlook) if row.subject_id in subjects
    ]
    return [
        (row, standing)
        for row, standing in stood
        if row.found_at >= week.starts or row.id in judged or standing.status is MatchStatus.PENDING
    ]


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
    return list(session.exec(select(MatchRow).where(col(MatchRow.found_at) < week.ends, relevant)))


def _judged(week: Week) -> SelectOfScalar[str]:
    return select(Review.match_id).where(Review.at >= week.starts, Review.at < week.ends)


def _unwritten(session: Session, findings: Sequence[Finding], outlook: Outlook) -> frozenset[str]:
    drafted = session.exec(select(Notice.match_ids, Notice.drafted_at))
    written = {key for keys, at in drafted if outlook.knew(at) for key in keys}
    return frozenset(found.id for found in findings if found.status is MatchStatus.CONFIRMED) - written


def _erased(session: Session, week: Week, subjects: Mapping[str, Subject]) -> tuple[Erased, ...]:
    """What stays of erased subjects' matches is that a person judged them: they are counted and not shown."""
    of_week = or_(col(MatchRow.found_at) >= week.starts, col(MatchRow.id).in_(_judged(week)))
    rows = session.exec(select(MatchRow.subject_id).where(col(MatchRow.found_at) < week.ends, of_week))
    days = Counter(subjects[key].erased_at for key in rows if key in subjects)
    return tuple(Erased(count, at) for at, count in days.items() if at is not None)


def _made_before(session: Session, stem: str, at: datetime) -> datetime | None:
    path = col(Document.path)
    of_it = path.contains(f"/{stem}.", autoescape=True), path.endswith(".pdf")
    return max(session.exec(select(Document.made_at).where(*of_it, Document.made_at < at)), default=None)


def parties_under(session: Session, party: Party) -> set[str]:
    """The ids of a party and of all parties under it: the ones whose subjects it may see."""
    children: dict[str, list[str]] = {}
    for row in session.exec(select(Party)):
        if row.parent_id is not None:
            children.setdefault(row.parent_id, []).append(row.id)
    seen: set[str] = set()
    waiting = [party.id]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += children.get(current, [])
    return seen


def write_weekly(report: WeeklyReport, out_dir: Path) -> WrittenReport:
    """The report as a PDF and as a self-contained page that say the same, under names made from the week and the party's name."""
    # Imported here: typesetting is heavy, and most commands need none of it.
    from reports.render.weekly import weekly_html, weekly_pdf

    stem = _stem(report.week, report.party)
    made = WrittenReport(out_dir / f"{stem}.pdf", out_dir / f"{stem}.html")
    write_whole(made.html, weekly_html(report).encode("utf-8", "replace"))
    write_whole(made.pdf, weekly_pdf(report, out_dir))
    return made


def _stem(week: Week, party: str | None) -> str:
    return f"weekly-{week}" + (f"-{file_word(party)}" if party else "")
