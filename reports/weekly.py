"""The weekly report: what was looked at, what was found, what needs a decision, and what could not be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_
from sqlmodel import Session, col, select

from registry.parties import Party
from registry.subjects import Subject
from registry.vault.base import Vault
from registry.version import version
from reports.coverage import Coverage, coverage_of
from reports.findings import Finding, finding
from reports.matches import MatchRow, MatchStatus
from reports.render.whole import write_whole
from reports.review import Review
from reports.week import Week

MOST_PICTURED = 300
"""Of more matches than these the report prints the words alone: it is to be opened and sent, also in a bad week."""

ORDER = (MatchStatus.PENDING, MatchStatus.CONFIRMED, MatchStatus.LICENSED, MatchStatus.PERMITTED, MatchStatus.REJECTED)


@dataclass(frozen=True)
class WeeklyReport:
    """groups: the week's matches by status, those of highest score first. party: whose report it is; None for everybody's."""

    week: Week
    party: str | None
    made_at: datetime
    groups: Mapping[MatchStatus, tuple[Finding, ...]]
    subjects: int
    coverage: Coverage
    version: str

    def count(self, status: MatchStatus) -> int:
        return len(self.groups[status])

    @property
    def total(self) -> int:
        return sum(len(group) for group in self.groups.values())


@dataclass(frozen=True)
class WrittenReport:
    pdf: Path
    html: Path


def weekly_report(session: Session, vault: Vault, week: Week, at: datetime, party: Party | None = None) -> WeeklyReport:
    """The week's report as of a moment: matches found or judged in the week, and older ones that still await a decision.

    party: only subjects of it and of the parties under it are in the report.
    """
    subjects = _subjects(session, party)
    rows = [row for row in _rows(session, week) if row.subject_id in subjects]
    rows.sort(key=lambda row: (ORDER.index(row.status), -row.score, row.id))
    findings = [finding(session, vault, row, week.starts, pictured=place < MOST_PICTURED) for place, row in enumerate(rows)]
    groups = {status: tuple(entry for entry in findings if entry.status is status) for status in ORDER}
    name = party.name if party else None
    return WeeklyReport(week, name, at, groups, len(subjects), coverage_of(session, week), version())


def _subjects(session: Session, party: Party | None) -> dict[str, Subject]:
    every = session.exec(select(Subject).where(col(Subject.erased_at).is_(None))).all()
    if party is None:
        return {subject.id: subject for subject in every}
    seen = parties_under(session, party)
    return {subject.id: subject for subject in every if subject.party_id in seen}


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


def _rows(session: Session, week: Week) -> list[MatchRow]:
    judged = select(Review.match_id).where(Review.at >= week.starts, Review.at < week.ends)
    relevant = or_(
        col(MatchRow.found_at) >= week.starts, col(MatchRow.status) == MatchStatus.PENDING, col(MatchRow.id).in_(judged)
    )
    return list(session.exec(select(MatchRow).where(col(MatchRow.found_at) < week.ends, relevant)))


def write_weekly(report: WeeklyReport, out_dir: Path) -> WrittenReport:
    """The report as a PDF and as a self-contained page that say the same, under names made from the week and the party's name."""
    # Imported here: typesetting is heavy, and most commands need none of it.
    from reports.render.weekly import weekly_html, weekly_pdf

    stem = f"weekly-{report.week}" + (f"-{_file_word(report.party)}" if report.party else "")
    made = WrittenReport(out_dir / f"{stem}.pdf", out_dir / f"{stem}.html")
    write_whole(made.html, weekly_html(report).encode("utf-8", "replace"))
    write_whole(made.pdf, weekly_pdf(report))
    return made


def _file_word(name: str) -> str:
    """A party's name as part of a file name; what is not a plain letter or digit becomes a hyphen."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in plain.split("-") if part)[:60] or "party"
