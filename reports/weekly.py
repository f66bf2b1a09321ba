"""The weekly and the monthly report: what was looked at, what was found, what needs a decision, and what could not be seen."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
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
from registry.subjects import Subject
from registry.types import SubjectKind
from registry.vault.base import Vault
from registry.version import version
from reports.blocks import ORDER, VideoBlock, video_blocks
from reports.coverage import Coverage, coverage_of
from reports.history import Outlook, Standing, standings_of_matches
from reports.matches import MatchRow, MatchStatus
from reports.news import NewsLine, news_of
from reports.period import Period
from reports.pictures import Pictures
from reports.reported_matches import ReportedMatch, finding
from reports.review import Review
from reports.weekly_addresses import confirmed_uses, parts
from reports.weekly_agreement import agreed_until
from reports.weekly_campaigns import campaigns, in_campaigns
from reports.weekly_counts import count_weeks, looked_weeks
from reports.weekly_figures import FORMATS, Erased, WeeklyFigures, looked
from reports.weekly_lines import MatchLine, SubjectOf, counted, licensed_uses, match_lines
from reports.weekly_scores import scores
from reports.weekly_wanted import wanted

MOST_PICTURED = 300
"""Of more matches than these the report prints the words alone: it is to be opened and sent, also in a bad week."""
MOST_TOLD = 60
"""Of more matches of one status than these the report counts the rest, and says where they are listed: it is to be read."""


@dataclass(frozen=True)
class WeeklyReport:
    """The week's matches by video, those that await a decision first, and of these those with which most harm may go on.

    figures: all that the report states as figures. blocks: the videos of the matches that are told one by one, which are of each
    status those of highest score. outlook: as of when it speaks. made_before: when the last report of this week for this party
    was made, as far as one is on record.
    """

    week: Period
    outlook: Outlook
    figures: WeeklyFigures
    blocks: tuple[VideoBlock, ...]
    news: tuple[NewsLine, ...]
    made_before: datetime | None
    coverage: Coverage

    @property
    def party(self) -> str | None:
        """Whose report it is; None for everybody's."""
        return self.figures.party

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
        return self.figures.statuses[status.value]

    def untold(self, status: MatchStatus) -> int:
        """How many matches of that status are counted and not told."""
        return self.count(status) - len(self.groups[status])

    @property
    def total(self) -> int:
        """How many matches the week has, told or not."""
        return self.figures.total


def weekly_report(
    session: Session, vault: Vault, week: Period, at: datetime, party: Party | None = None, rates: tuple[str, ...] = ()
) -> WeeklyReport:
    """The week's report: matches found or judged in the week, and older ones that still await a decision.

    at: when it is made. In the week it tells what is true now; later, what was true when the week ended, and what changed since.
    party: only subjects of it and of the parties under it are in the report.
    """
    outlook = Outlook(min(at, week.ends), at)
    subjects = _subjects(session, party)
    living = {key: subject for key, subject in subjects.items() if subject.erased_at is None}
    ids = select(Subject.id).where(col(Subject.erased_at).is_(None))
    if party is not None:
        ids = ids.where(col(Subject.party_id).in_(sorted(parties_under(session, party))))
    stood = _standing(session, week, outlook, living.keys())
    told, captures = _told(stood), _captures_of(session, stood)
    shown = {row.id for row, _ in told}
    said = {key: SubjectOf(one.name, one.kind, one.party) for key, one in living.items()}
    lines = match_lines(session, stood, captures, said, shown, outlook, week.starts)
    place = {line.id: number for number, line in enumerate(in_campaigns(lines))}
    told.sort(key=lambda pair: place[pair[0].id])
    counted = _Counted(session, week, outlook, living, coverage_of(session, week, ids))
    name = party.name if party else None
    figures = counted.figures(name, stood, lines, _erased(session, week, subjects), rates)
    return WeeklyReport(
        week=week,
        outlook=outlook,
        figures=replace(figures, agreement=agreed_until(session, outlook, ids)),
        blocks=video_blocks(session, _families(session, vault, told, captures, outlook, week), outlook),
        news=news_of(session, week, outlook.before if outlook.past else at, ids),
        made_before=_made_before(session, weekly_stem(week, name), at),
        coverage=counted.coverage,
    )


class _Known(NamedTuple):
    """What the report asks of a subject."""

    id: str
    name: str
    kind: SubjectKind
    party_id: str
    party: str
    created_at: datetime
    erased_at: datetime | None


def _subjects(session: Session, party: Party | None) -> dict[str, _Known]:
    """The subjects that the report may speak of, erased ones too."""
    columns = (Subject.id, Subject.name, Subject.kind, Subject.party_id, Party.name, Subject.created_at, Subject.erased_at)
    every = session.exec(select(*columns).join(Party, col(Party.id) == col(Subject.party_id)))  # type: ignore[call-overload]
    seen = parties_under(session, party) if party else None
    return {known.id: known for known in (_Known(*row) for row in every) if seen is None or known.party_id in seen}


def _standing(session: Session, week: Period, outlook: Outlook, subjects: Set[str]) -> list[tuple[MatchRow, Standing]]:
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


def _captures_of(session: Session, stood: Sequence[tuple[MatchRow, Standing]]) -> dict[str, Capture]:
    """The capture of each match, by its id."""
    found: dict[str, Capture] = {}
    for some in parts({row.capture_id for row, _ in stood}):
        rows = session.exec(select(Capture).where(col(Capture.id).in_(some)).options(defer(Capture.headers)))  # type: ignore[arg-type]
        found |= {capture.id: capture for capture in rows}
    return found


def _held_twice(session: Session, outlook: Outlook, subjects: Set[str]) -> int:
    """Of those that stand now, the ones that stood at the report's moment."""
    held = [row for row in held_elsewhere(session) if row.own_id is None and outlook.knew(row.since)]
    return len({row.subject_id for row in held} & subjects)


def _families(
    session: Session,
    vault: Vault,
    told: Sequence[tuple[MatchRow, Standing]],
    captures: Mapping[str, Capture],
    outlook: Outlook,
    week: Period,
) -> list[tuple[str, tuple[ReportedMatch, ...]]]:
    """Each media digest with its findings; in their order."""
    families: dict[str, list[tuple[MatchRow, Standing]]] = {}
    for row, standing in told:
        families.setdefault(captures[row.capture_id].media_sha256, []).append((row, standing))
    pictures, made, place = Pictures(session, vault), [], 0
    for sha256, family in families.items():
        entries = []
        for row, standing in family:
            pictured = pictures if place < MOST_PICTURED and not pictures.enough else None
            entries.append(finding(session, row, standing, outlook, week.starts, pictured))
            place += 1
        made.append((sha256, tuple(entries)))
    return made


def _rows(session: Session, week: Period, outlook: Outlook) -> list[MatchRow]:
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


def _judged(week: Period) -> SelectOfScalar[str]:
    return select(Review.match_id).where(Review.at >= week.starts, Review.at < week.ends)


class _Counted:
    """Counts what the report states as figures. subjects: those of which it speaks and that were not erased."""

    def __init__(
        self, session: Session, week: Period, outlook: Outlook, subjects: Mapping[str, _Known], coverage: Coverage
    ) -> None:
        self._session, self._week, self._outlook, self._subjects = session, week, outlook, subjects
        self.coverage = coverage
        self._parties = {key: subject.party for key, subject in subjects.items()}

    def figures(
        self,
        party: str | None,
        stood: Sequence[tuple[MatchRow, Standing]],
        lines: tuple[MatchLine, ...],
        erased: tuple[Erased, ...],
        rates: tuple[str, ...],
    ) -> WeeklyFigures:
        """lines: the week's matches; party, erased, rates: see WeeklyFigures."""
        session, week, outlook = self._session, self._week, self._outlook
        uses = confirmed_uses(session, outlook, week.ends, self._parties)
        twice = _held_twice(session, outlook, self._subjects.keys())
        return WeeklyFigures(
            week=str(week),
            starts=week.starts,
            ends=week.ends,
            party=party,
            made_at=outlook.made_at,
            as_of=outlook.before,
            past=outlook.past,
            version=version(),
            **counted(lines),
            subjects=sum(outlook.knew(subject.created_at) for subject in self._subjects.values()),
            held_twice=twice,
            erased=erased,
            weeks=count_weeks(session, week, outlook, self._parties, uses),
            looked_weeks=looked_weeks(session, week),
            looked=looked(self.coverage),
            wanted=wanted(session, outlook, self._parties, lines, uses, self.coverage.sources, twice),
            platforms=scores(uses, lambda use: use.platform),
            generators=scores(uses, lambda use: use.generator),
            campaigns=campaigns(lines),
            licensed=licensed_uses(stood, lines),
            matches=lines,
            rates=rates,
            format_=FORMATS[week.unit],
        )


def _erased(session: Session, week: Period, subjects: Mapping[str, _Known]) -> tuple[Erased, ...]:
    """What stays of erased subjects' matches is that a person judged them: they are counted and not shown."""
    of_week = or_(col(MatchRow.found_at) >= week.starts, col(MatchRow.id).in_(_judged(week)))
    rows = session.exec(select(MatchRow.subject_id).where(col(MatchRow.found_at) < week.ends, of_week))
    days = Counter(subjects[key].erased_at for key in rows if key in subjects)
    return tuple(Erased(count, at) for at, count in days.items() if at is not None)


def _made_before(session: Session, stem: str, at: datetime) -> datetime | None:
    path = col(Document.path)
    of_it = path.contains(f"/{stem}.", autoescape=True), path.endswith(".pdf")
    return max(session.exec(select(Document.made_at).where(*of_it, Document.made_at < at)), default=None)


def weekly_stem(week: Period, party: str | None) -> str:
    """The name of a week's report for a party, without an ending; None for everybody's."""
    return f"{week.adjective}-{week}" + (f"-{file_word(party)}" if party else "")
