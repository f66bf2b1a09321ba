"""Mandates for many subjects at once: a table that names a document for each, put on record row by row."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path

from sqlmodel import Session, col, select

from monitor.consent_rows import Row
from monitor.roster.outcomes import inert, refuse_to_replace
from registry.actions import Action
from registry.db import now
from registry.errors import SemblanceError
from registry.kinds import Modality
from registry.legal import Release as ReleaseText
from registry.legal import find_release, note_release
from registry.mandates import Basis, Mandate, Terms, add_mandate
from registry.members import member_numbered
from registry.parties import Party
from registry.private import put
from registry.proofs import read_proof
from registry.subjects import Subject, find_subject
from registry.vault.base import Vault

AT_ONCE = 100
COLUMNS = ("row", "member", "name", "result", "says")


class RowRefused(SemblanceError):
    """A row that gives no mandate, and why."""


class Result(StrEnum):
    ADDED = "added"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """name: of the subject, where one was found."""

    row: int
    member: str
    result: Result
    says: str = ""
    name: str = ""


@dataclass(frozen=True)
class Given:
    """What holds for every row that does not say otherwise itself. start, end: days; folder: in which the documents lie.
    encoding: of the table as CSV, sheet: of it as a book; None to find out.
    """

    terms: Terms
    verified_by: str
    folder: Path
    start: datetime | None = None
    end: datetime | None = None
    encoding: str | None = None
    sheet: str | None = None


def add_each(
    session: Session, vault: Vault, party: Party, rows: Sequence[Row], given: Given, *, dry_run: bool = False
) -> Iterator[list[Outcome]]:
    """A mandate for each row's subject by the row's document, some rows at a time, each time committed.

    What is on record already is unchanged, so that the same table again adds nothing, and one that was stopped goes on.
    dry_run: say the same and change nothing.
    """
    known = _known(session, party)
    waiting = iter(rows)
    while some := list(islice(waiting, AT_ONCE)):
        with vault.together():
            outcomes = [_outcome(session, vault, party, row, given, known, dry_run) for row in some]
        session.commit()
        yield outcomes


Key = tuple[str, str, str, datetime, datetime | None, tuple[str, ...], str]


@dataclass
class _Held:
    """A mandate that is on record. release: the version of the text that was shown, or ""."""

    id: str
    revoked: datetime | None
    release: str


def _known(session: Session, party: Party) -> dict[Key, _Held]:
    """The party's mandates by all that makes two the same."""
    columns = (Mandate.subject_id, Mandate.basis, Mandate.document_sha256, Mandate.starts_at, Mandate.ends_at, Mandate.scope)
    more = (Mandate.guardian, Mandate.id, Mandate.revoked_at, Mandate.release_version)
    query = select(*columns, *more).where(Mandate.party_id == party.id, col(Mandate.subject_id).is_not(None))  # type: ignore[call-overload]
    found: dict[Key, _Held] = {}
    for subject, basis, digest, start, end, scope, guardian, mandate_id, revoked, release in session.exec(query):
        found[subject, basis.value, digest, start, end, tuple(scope), guardian] = _Held(mandate_id, revoked, release)
    return found


def _outcome(
    session: Session, vault: Vault, party: Party, row: Row, given: Given, known: dict[Key, _Held], dry_run: bool
) -> Outcome:
    try:
        if row.problem:
            raise RowRefused(row.problem, "Mend the row in the table, and give it again.")
        subject = _subject(session, party, row.member)
        content = _document(given.folder, row.document)
        start, end = _span(row, given)
        guardian = row.guardian or given.terms.guardian
        terms = replace(given.terms, scope=_scope(row.scope) or given.terms.scope, guardian=guardian)
        shown = _shown(session, party, row, terms, start)
        scope = tuple(sorted({modality.value for modality in terms.scope}))
        key = (subject.id, terms.basis.value, hashlib.sha256(content).hexdigest(), start, end, scope, guardian)
        held = known.get(key)
        if held is not None:
            return Outcome(row.number, row.member, *_again(session, held, shown, dry_run=dry_run), name=subject.name)
        dates = {"verified_by": given.verified_by, "starts_at": start, "ends_at": end}
        made = None if dry_run else add_mandate(session, vault, subject, content, terms=terms, **dates)  # type: ignore[arg-type]
        if made is not None and shown is not None:
            note_release(session, made, *shown)
        known[key] = _Held(made.id if made else "", None, shown[0].id if shown else "")
        return Outcome(row.number, row.member, Result.ADDED, name=subject.name)
    except SemblanceError as refused:
        return Outcome(row.number, row.member, Result.REFUSED, str(refused))


def _span(row: Row, given: Given) -> tuple[datetime, datetime | None]:
    """From when on, and until when, it holds; open where nothing is said of an end. Raises RowRefused."""
    start, end = _day(row.start) or given.start, _day(row.end) or given.end
    if start is None:
        raise RowRefused("It is not said from when on it holds.", "Fill the column from.", Action.NAME_START)
    if end is not None and end <= start:
        raise RowRefused("It would end before it begins.", "Give an end after the start.")
    return start, end


def _shown(session: Session, party: Party, row: Row, terms: Terms, start: datetime) -> tuple[ReleaseText, datetime] | None:
    """The text that whoever consents was shown before, and when. Raises RowRefused and NotFound."""
    if not row.release:
        if row.shown:
            raise RowRefused("It is not said which text was shown.", "Fill the column release with the text's version.")
        return None
    if terms.basis is not Basis.CONSENT:
        raise RowRefused("A release is signed by the person it is about.", Action.PROVE_CONSENT)
    at = _day(row.shown) or start
    if at > now():
        raise RowRefused("The release would be shown in time to come.", "Give the day on which it was shown.")
    return find_release(session, party.id, row.release), at


def _again(session: Session, held: _Held, shown: tuple[ReleaseText, datetime] | None, *, dry_run: bool) -> tuple[Result, str]:
    """What becomes of a row whose mandate is on record: the text that was shown is added where none is. Raises RowRefused."""
    if held.revoked is not None:
        raise RowRefused(f"This was revoked on {held.revoked:%Y-%m-%d}.", "Give a document that was signed since.")
    if shown is None or shown[0].id == held.release:
        return Result.UNCHANGED, ""
    if held.release:
        raise RowRefused("Another text is on record as shown before this consent.", "Revoke the consent, and add it anew.")
    if not dry_run:
        note_release(session, session.get_one(Mandate, held.id), *shown)
    held.release = shown[0].id
    return Result.ADDED, "the release that was shown"


def _subject(session: Session, party: Party, typed: str) -> Subject:
    """Of the party alone: by a member's number, or by the name or id of a subject. Raises RowRefused, NotFound, Conflict."""
    if not typed:
        raise RowRefused("It is not said whom it is about.", "Fill the column member.")
    member = member_numbered(session, party.id, typed)
    if member is not None and member.erased_at is not None:
        raise RowRefused("The member was erased.", "Enrol the member again first, if that is wanted.")
    subject = session.get(Subject, member.subject_id) if member is not None and member.subject_id else None
    found = subject or find_subject(session, typed, party=party)
    if found.party_id != party.id:
        raise RowRefused(f"No subject {typed!r} is {party.name}'s.", "Name a member's number, or a subject of the party.")
    return found


def _document(folder: Path, name: str) -> bytes:
    """Raises RowRefused, also for what lies outside the folder, and MandateRefused."""
    place = (folder / name).resolve()
    if not name or not place.is_relative_to(folder.resolve()) or not place.is_file():
        raise RowRefused(f"There is no document {name!r} in {folder}.", "Check the column document; paths begin there.")
    return read_proof(place)


def _day(typed: str) -> datetime | None:
    if not typed:
        return None
    try:
        found = datetime.fromisoformat(typed)
    except ValueError as error:
        raise RowRefused(f"{typed!r} is no date.", "Write it as 2026-11-22.") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _scope(typed: str) -> tuple[Modality, ...]:
    words = typed.replace(";", " ").replace(",", " ").casefold().split()
    unknown = [word for word in words if word not in list(Modality)]
    if unknown:
        raise RowRefused(
            f"{unknown[0]!r} is no modality.", f"Give some of: {', '.join(Modality)}; nothing means all but the voice."
        )
    return tuple(Modality(word) for word in words)


def write_outcomes(path: Path, outcomes: Sequence[Outcome]) -> None:
    """A CSV with what became of each row. Raises SemblanceError where something else lies there."""
    refuse_to_replace(path, COLUMNS, Action.NAME_OUTCOME)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for made in outcomes:
        writer.writerow([inert(str(cell)) for cell in (made.row, made.member, made.name, made.result.value, made.says)])
    try:
        put(path, stream.getvalue().encode("utf-8-sig"), replace=True)
    except OSError as error:
        raise SemblanceError(f"{path} cannot be written: {error.strerror}.", Action.NAME_OUTCOME) from error
