"""One function for each kind of document: it makes the document, puts it on record, and brings it to its place."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from crawler.custody import append
from registry.db import now
from registry.documents import Document, name_of, root_of
from registry.hold import hold
from registry.parties import Party
from registry.vault.base import Vault
from reports.cases import Case, case_matches
from reports.documents import issue
from reports.evidence.bundle import BundleWriter
from reports.evidence.sign import SigningKey
from reports.notices.drafts import Notice
from reports.notices.writing import WrittenNotice, names_of, write_notice
from reports.week import Week
from reports.weekly import WeeklyReport, WrittenReport, weekly_report, write_weekly


@dataclass(frozen=True)
class IssuedWeekly:
    report: WeeklyReport
    written: WrittenReport


def issue_weekly(
    session: Session,
    vault: Vault,
    week: Week,
    at: datetime,
    out_dir: Path,
    party: Party | None = None,
    rates: tuple[str, ...] = (),
) -> IssuedWeekly:
    """The week's report as a PDF and a page in out_dir; see weekly_report and write_weekly. Commits."""
    made = weekly_report(session, vault, week, at, party, rates)
    shown = [found.id for group in made.groups.values() for found in group]
    written: list[WrittenReport] = []
    issue(session, out_dir, "weekly report", shown, at, lambda folder: written.append(write_weekly(made, folder)))
    (staged,) = written
    return IssuedWeekly(made, WrittenReport(out_dir / staged.pdf.name, out_dir / staged.html.name))


def issue_notice(session: Session, vault: Vault, notice: Notice, out_dir: Path) -> WrittenNotice:
    """A letter as DOCX and PDF in out_dir, with its stills where they are not there yet; see write_notice. Commits, the notice
    too."""
    made, at = names_of(notice, out_dir), notice.approved_at or notice.drafted_at
    enclose = not made.enclosures.is_dir()

    def write(folder: Path) -> None:
        write_notice(vault, notice, folder, enclose=enclose)

    issue(session, out_dir, "letter", notice.match_ids, at, write)
    return made


def issue_bundle(
    session: Session,
    vault: Vault,
    case: Case,
    out_dir: Path,
    key: SigningKey,
    *,
    operator: str = "semblance",
    models: Path | None = None,
    at: datetime | None = None,
) -> Path:
    """Seal the case's evidence in a new folder in out_dir, and enter that into the custody of its captures. Commits.

    The chain says so before the folder gets its place: after a kill it may tell of a bundle that nobody has, and never misses
    one. models: the folder with this machine's packs. Raises what BundleWriter raises.
    """
    moment = at or now()
    writer = BundleWriter(session, vault, case, key, operator, models, moment)

    def write(folder: Path) -> None:
        sealed = folder / "bundle"
        digest = writer.write(sealed)
        # From here until the name is on record nobody else takes one, also not in the same second.
        hold(session)
        name = free_name(session, out_dir, f"case-{case.id[:12]}-{moment:%Y%m%dT%H%M%SZ}")
        sealed.rename(folder / name)
        for capture in writer.captures:
            detail = {
                "case_id": case.id,
                "bundle": name,
                "contents_sha256": writer.contents_sha256,
                "sha256sums_sha256": digest,
                "key": key.fingerprint,
            }
            append(session, operator, "exported", capture.id, detail, moment)

    (place,) = issue(session, out_dir, "evidence bundle", [row.id for row in case_matches(session, case)], moment, write)
    return place


def free_name(session: Session, out_dir: Path, name: str) -> str:
    """The name, with a number where there is such a folder already, or is about to be."""
    number, free = 1, name
    while os.path.lexists(out_dir / free) or _is_named(session, out_dir / free):
        number += 1
        free = f"{name}-{number}"
    return free


def _is_named(session: Session, place: Path) -> bool:
    """Whether a document is on record at the place, also one that another process is about to move there."""
    named = select(Document.id).where(Document.path == name_of(root_of(session), place))
    return session.exec(named).first() is not None
