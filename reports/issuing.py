"""One function for each kind of document: it makes the document, puts it on record, and brings it to its place.

Each loads what makes its own kind: whoever wants a bundle waits for nothing that sets letters or reports.
"""

import os
import shutil
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from crawler.custody import append
from crawler.disposal import objects_of
from crawler.looking import Looked
from crawler.videos import Capture
from registry.db import now
from registry.documents import Document, digest_of, may_replace, name_of, root_of
from registry.parties import Party, find_party, parties_under
from registry.storage.lock import hold
from registry.tenancy import caller_of
from registry.vault.base import Vault
from reports.cases import Case, case_matches
from reports.documents import issue
from reports.errors import BundleNotWritten
from reports.evidence.bundle import BundleWriter
from reports.evidence.zipped import SUFFIX, write_zip
from reports.folders import out_folder
from reports.notices.notice import Notice
from reports.period import Period
from reports.postings import is_posted
from reports.render.whole import write_whole
from reports.signing.signer import Signer
from reports.signing.timestamper import Timestamper

if TYPE_CHECKING:
    from reports.notices.base import LetterTerms, NoticeTemplate
    from reports.notices.writing import WrittenNotice
    from reports.weekly import WeeklyReport
    from reports.weekly_files import WrittenReport


@dataclass(frozen=True)
class IssuedWeekly:
    """replaced: whether it took the place of an earlier one of the same name, which was not sent."""

    report: "WeeklyReport"
    written: "WrittenReport"
    replaced: bool = False


def issue_weekly(
    session: Session,
    vault: Vault,
    week: Period,
    at: datetime,
    out_dir: Path | None,
    party: Party | None = None,
    rates: tuple[str, ...] = (),
) -> IssuedWeekly:
    """The week's report in all its forms in out_dir, or in the party's folder; see weekly_report and write_weekly. Commits.

    What was sent stays, and so does what is not known to be an earlier report of the same party: the new name gets a number.
    """
    from reports.weekly import weekly_report
    from reports.weekly_files import WrittenReport, write_weekly

    place = out_folder(session, out_dir, party.id if party else None)
    parties = parties_under(session, party) if party else None
    made = weekly_report(session, vault, week, at, party, rates)
    shown = [found.id for group in made.groups.values() for found in group]
    placed: list[WrittenReport] = []

    def write(folder: Path) -> None:
        staged = write_weekly(made, folder)
        # From here until the name is on record nobody else takes one.
        hold(session)
        number = _free_number(session, place, staged, parties, own=out_dir is None)
        placed.append(WrittenReport(*(place / _numbered(file, number).name for file in staged.files)))
        for file in staged.files:
            file.rename(_numbered(file, number))
        replaced.append(any(map(os.path.lexists, placed[0].files)))

    replaced: list[bool] = []
    issue(session, place, f"{week.adjective} report", shown, at, write)
    return IssuedWeekly(made, placed[0], replaced[0])


def party_of_report(session: Session, named: str | None, configured: str | None) -> Party | None:
    """Whose report it is: of who is named, or of the account's party, or of the one in the settings; None for everybody's.

    Raises NotFound.
    """
    caller = caller_of(session)
    if named:
        return find_party(session, named)
    if caller is not None and caller.party_id is not None:
        # The settings name the party of whoever runs the machine.
        return session.get_one(Party, caller.party_id)
    return find_party(session, configured) if configured else None


def _free_number(session: Session, place: Path, staged: "WrittenReport", parties: Set[str] | None, *, own: bool) -> int:
    """The first number under which no file takes the place of one that stays."""

    def is_free(number: int) -> bool:
        named = (place / _numbered(file, number).name for file in staged.files)
        files = [file for file in named if os.path.lexists(file)]
        stays = any(is_posted(session, name_of(root_of(session), file)) for file in files)
        return not stays and all(may_replace(session, file, parties, own=own) for file in files)

    return next(number for number in count(1) if is_free(number))


def _numbered(file: Path, number: int) -> Path:
    return file if number == 1 else file.with_suffix(f".{number}{file.suffix}")


@dataclass(frozen=True)
class IssuedDraft:
    """A letter that was just drafted, and where its files stand."""

    notice: Notice
    written: "WrittenNotice"


def issue_draft(
    session: Session,
    vault: Vault,
    case: Case,
    template: "NoticeTemplate",
    terms: "LetterTerms",
    drafted_by: str,
    looked: Looked,
    out_dir: Path | None,
) -> IssuedDraft:
    """Draft a letter of what was just seen, as DOCX and PDF in out_dir or the folder of the party, with its stills. Commits. See
    draft_notice and write_notice."""
    from reports.notices.drafts import draft_notice
    from reports.notices.writing import names_of, write_notice

    place, at = out_folder(session, out_dir, case.party_id), now()
    made: list[Notice] = []

    def write(folder: Path) -> None:
        stills = folder / "stills"
        draft = draft_notice(session, vault, case, template, terms, drafted_by, at, looked, stills)
        # Only now has the letter an id, after which all of it is named.
        stills.rename(names_of(draft.notice, folder).enclosures)
        write_notice(draft.notice, folder, draft.pictures)
        made.append(draft.notice)

    issue(session, place, "letter", [row.id for row in case_matches(session, case)], at, write)
    return IssuedDraft(made[0], names_of(made[0], place))


def issue_notice(session: Session, vault: Vault, notice: Notice, out_dir: Path | None) -> "WrittenNotice":
    """A letter that was drafted before, in the same forms, with its stills where they are not there yet. Commits, the notice
    too."""
    from reports.notices.enclosures import annex
    from reports.notices.stored import letter_of
    from reports.notices.writing import names_of, write_notice

    place = out_folder(session, out_dir, session.get_one(Case, notice.case_id).party_id)
    made, at = names_of(notice, place), notice.approved_at or notice.drafted_at
    enclose = not made.enclosures.is_dir()

    def write(folder: Path) -> None:
        enclosures = names_of(notice, folder).enclosures if enclose else None
        staged = write_notice(notice, folder, annex(vault, letter_of(notice), enclosures))
        if notice.approved_at is not None:
            notice.pdf_sha256 = digest_of(staged.pdf)
            session.add(notice)

    issue(session, place, "letter", notice.match_ids, at, write)
    return made


def issue_bundle(
    session: Session,
    vault: Vault,
    case: Case,
    out_dir: Path | None,
    key: Signer,
    *,
    operator: str = "semblance",
    models: Path | None = None,
    at: datetime | None = None,
    authorities: Sequence[Timestamper] = (),
    as_zip: bool = False,
) -> Path:
    """Seal the case's evidence in a new folder in out_dir, or in that of the case's party. as_zip: in one zip file instead, which
    holds that folder. Commits.

    The custody of its captures says so before the folder gets its place: after a kill it may tell of a bundle that nobody has,
    and never misses one. models: the folder with this machine's packs. authorities: that state when there was the bundle; one
    that fails holds up nothing. Raises what BundleWriter raises.
    """
    moment, parent, caller = at or now(), out_folder(session, out_dir, case.party_id), caller_of(session)
    writer = BundleWriter(session, vault, case, key, operator, models, moment, authorities)

    def write(folder: Path) -> None:
        sealed, called = folder / "bundle", f"case-{case.id[:12]}-{moment:%Y%m%dT%H%M%SZ}"
        digest = writer.write(sealed)
        _lock(vault, writer.captures)
        suffix = SUFFIX if as_zip else ""
        if as_zip:
            sealed = _in_one_file(sealed, called)
        # From here until the name is on record nobody else takes one, also not in the same second.
        hold(session)
        writer.stamper.keep()
        name = free_name(session, parent, called, suffix)
        sealed.rename(folder / name)
        for capture in writer.captures:
            append(session, caller.name if caller else operator, "exported", capture.id, writer.exported(name, digest), moment)

    (place,) = issue(session, parent, "evidence bundle", [row.id for row in case_matches(session, case)], moment, write)
    return place


def issue_certificates(
    session: Session, vault: Vault, case: Case, out_dir: Path | None, *, models: Path | None = None, at: datetime | None = None
) -> list[Path]:
    """Drafts of the certifications about the case's last bundle, each as DOCX and PDF, in out_dir or in the folder of the case's
    party. Commits. Raises what certificates raises."""
    from reports.evidence.certificate import certificates
    from reports.render.certificate import certificate_pdf
    from reports.render.docx import certificate_docx

    moment, parent = at or now(), out_folder(session, out_dir, case.party_id)
    made = certificates(session, vault, case, models, moment)

    def write(folder: Path) -> None:
        hold(session)
        for one in made:
            rule = one.rule.value.replace("(", "-").replace(")", "")
            stem = f"certificate-{rule}-{case.id[:12]}-{moment:%Y%m%dT%H%M%SZ}"
            name = free_name(session, parent, stem, ".docx")
            write_whole(folder / name, certificate_docx(one, moment))
            write_whole((folder / name).with_suffix(".pdf"), certificate_pdf(one, moment, folder))

    return issue(session, parent, "certificate", [row.id for row in case_matches(session, case)], moment, write)


def _lock(vault: Vault, captures: Sequence[Capture]) -> None:
    """What a bundle says can be looked up for as long as the store was told to keep it."""
    for sha256 in (each for capture in captures for each in objects_of(capture)):
        vault.lock(sha256)


def _in_one_file(sealed: Path, called: str) -> Path:
    """The sealed folder as a zip, in its place. Raises BundleNotWritten."""
    made = sealed.with_name("bundle.zip")
    try:
        write_zip(sealed, made, called)
        shutil.rmtree(sealed)
    except OSError as error:
        raise BundleNotWritten(error) from error
    return made


def free_name(session: Session, out_dir: Path, name: str, suffix: str = "") -> str:
    """The name, with a number where there is such a folder already, or is about to be. suffix: of a file."""
    number, free = 1, f"{name}{suffix}"
    while os.path.lexists(out_dir / free) or _is_named(session, out_dir / free):
        number += 1
        free = f"{name}-{number}{suffix}"
    return free


def _is_named(session: Session, place: Path) -> bool:
    """Whether a document is on record at the place, also one that another process is about to move there."""
    named = select(Document.id).where(Document.path == name_of(root_of(session), place))
    return session.exec(named).first() is not None
