"""Taking back an import: what it brought goes, what was there before stays, and nothing goes on which a decision rests."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, true
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from registry.actions import Action
from registry.allowances import Allowance
from registry.erase import erase_subject, finish_erasures
from registry.errors import RegistryError
from registry.groups import GroupMember
from registry.intakes import Intake, IntakeRow, rows_of
from registry.legal import LegalBasis
from registry.licences import Licence
from registry.mandates import Mandate
from registry.members import Member
from registry.portrayals import Portrayal
from registry.references import Reference
from registry.refusals import RefusedPhoto
from registry.removal import remove_references
from registry.subjects import Subject, call
from registry.vault.base import Vault
from reports.matches import MatchRow
from reports.review import Review

_AT_ONCE = 400
CONSENTS = ("mandates or consents", "legal grounds")
REASON = "the import that brought it was taken back"


class NotTakenBack(RegistryError):
    """An import that stays, since decisions rest on what it brought, or since it was taken back before."""


@dataclass(frozen=True)
class Resting:
    """What rests on what an import brought of one member. what: in words, such as "2 reviews"."""

    name: str
    what: tuple[str, ...]


@dataclass(frozen=True)
class TakingBack:
    """members: how many would go altogether. photos: of members who stay. renamed: how many get their earlier name again.

    resting: why it cannot be taken back as it stands.
    """

    intake: Intake
    rows: Sequence[IntakeRow]
    members: int
    photos: int
    renamed: int
    resting: tuple[Resting, ...]


def plan(session: Session, intake: Intake, *, with_consents: bool = False) -> TakingBack:
    """What taking an import back would do; nothing is changed. Raises NotTakenBack for one that was taken back before.

    with_consents: mandates and legal grounds that the members who go were given since go with them.
    """
    if intake.taken_back_at is not None:
        raise NotTakenBack(f"This import was taken back on {intake.taken_back_at:%Y-%m-%d}.", "Nothing is left of it.")
    living = _living(session, [row.subject_id for row in rows_of(session, intake)])
    rows = [row for row in rows_of(session, intake) if row.subject_id in living]
    gone = {row.subject_id for row in rows if row.new_subject}
    staying = [row for row in rows if not row.new_subject]
    photos = [key for row in staying for key in row.photos if session.get(Reference, key) is not None]
    renamed = sum(bool(row.called_before) for row in staying)
    resting = tuple(
        Resting(living[key], tuple(what)) for key, what in sorted(_resting(session, rows, gone, with_consents).items())
    )
    return TakingBack(intake, rows, len(gone), len(photos), renamed, resting)


def take_back(session: Session, vault: Vault, planned: TakingBack, at: datetime) -> None:
    """Undo an import as planned. Commits member by member, each in whole; one that was interrupted goes on when it is planned
    and asked for again. The bytes of who went are removed at the end, or by the next start.

    Raises NotTakenBack where decisions rest on it, and nothing is changed then.
    """
    if planned.resting:
        told = "; ".join(f"{rest.name}: {', '.join(rest.what)}" for rest in planned.resting[:20])
        more = f"; and {len(planned.resting) - 20} more" if len(planned.resting) > 20 else ""
        raise NotTakenBack(
            f"Later decisions rest on what this import brought. {told}{more}.",
            "End what was wrong first. Nothing was taken back.",
            Action.TAKE_CONSENTS,
            Action.ERASE,
        )
    for row in planned.rows:
        if row.new_subject:
            _remove(session, vault, row, at)
        else:
            _restore(session, vault, row)
    for row in rows_of(session, planned.intake):
        _remove_what_erasure_left(session, row)
    planned.intake.taken_back_at = at
    session.add(planned.intake)
    session.commit()
    finish_erasures(session, vault, SEEKERS)


def _remove(session: Session, vault: Vault, row: IntakeRow, at: datetime) -> None:
    """As an erasure does, since a stranger's face may have come in; but nobody asked not to be enrolled."""
    subject = session.get_one(Subject, row.subject_id)
    keys = _keys(session, row.subject_id)
    for refusal in session.exec(select(RefusedPhoto).where(_names(keys))):
        session.delete(refusal)
    erase_subject(
        session, vault, subject, at, REASON, ERASERS, KEEPERS, SEEKERS, on_request=False, bytes_later=True, own_words=True
    )
    _remove_what_erasure_left(session, row)


def _remove_what_erasure_left(session: Session, row: IntakeRow) -> None:
    """The member's row, so that the right roster brings them as it would have; never of one who asked to be forgotten."""
    member = session.get(Member, row.member_id)
    if member is not None and row.new_member and member.subject_id is None and member.lapsed:
        session.delete(member)
        session.commit()


def _restore(session: Session, vault: Vault, row: IntakeRow) -> None:
    """What was there before: the earlier photos, name and, of one whom no roster had brought, no member's row."""
    member, subject = session.get(Member, row.member_id), session.get_one(Subject, row.subject_id)
    if row.called_before:
        call(subject, row.called_before)
        session.add(subject)
    if member is not None and row.new_member:
        session.delete(member)
    elif member is not None:
        # The next roster is read anew, whatever it says.
        member.row_sha, member.name_key = "", row.known_before or member.name_key
        session.add(member)
    photos = (session.get(Reference, key) for key in row.photos)
    remove_references(session, vault, [photo for photo in photos if photo is not None])


def _resting(session: Session, rows: Sequence[IntakeRow], gone: Collection[str], with_consents: bool) -> Mapping[str, list[str]]:
    """By subject, what somebody decided about it since, or added to it."""
    found: dict[str, dict[str, int]] = {}
    for words, subject_id in _decisions(session, rows, gone):
        if with_consents and words in CONSENTS:
            continue
        counts = found.setdefault(subject_id, {})
        counts[words] = counts.get(words, 0) + 1
    return {key: [f"{count} {words}" for words, count in counts.items()] for key, counts in found.items()}


def _decisions(session: Session, rows: Sequence[IntakeRow], gone: Collection[str]) -> Iterator[tuple[str, str]]:
    brought = {key for row in rows for key in row.photos}
    yield from (("reviews", key) for key in _reviewed(session, rows, gone, brought))
    for some in _parts(sorted(gone)):
        for words, query in _about(some):
            yield from ((words, key) for (key,) in session.execute(query))
        references = select(Reference.subject_id, Reference.id).where(col(Reference.subject_id).in_(some))
        yield from (("photos added since", key) for key, photo in session.exec(references) if photo not in brought)
        for subject_id in some:
            allowed = select(RefusedPhoto).where(_names(_keys(session, subject_id)), col(RefusedPhoto.allowed_at).is_not(None))
            yield from (("photos that a person let in", subject_id) for _ in session.exec(allowed))


def _reviewed(session: Session, rows: Sequence[IntakeRow], gone: Collection[str], brought: Collection[str]) -> Iterator[str]:
    """Whose matches a person decided on, once for each decision: of those who go, or by a photo that the import brought."""
    query = select(MatchRow.subject_id, MatchRow.reference_id).join(Review, col(Review.match_id) == col(MatchRow.id))
    for some in _parts([row.subject_id for row in rows]):
        found = session.exec(query.where(col(MatchRow.subject_id).in_(some)))
        yield from (subject_id for subject_id, reference_id in found if subject_id in gone or reference_id in brought)


def _about(subjects: Sequence[str]) -> Iterator[tuple[str, Select[Any]]]:
    mandates, grounds = CONSENTS
    kinds: tuple[tuple[str, Any, Any], ...] = (
        (mandates, col(Mandate.subject_id), col(Mandate.revoked_at).is_(None)),
        ("licences", col(Licence.subject_id), col(Licence.revoked_at).is_(None)),
        ("entries of the allow-list", col(Allowance.subject_id), true()),
        (grounds, col(LegalBasis.subject_id), true()),
        ("roles", col(Portrayal.person_id), true()),
        ("places in groups", col(GroupMember.subject_id), true()),
    )
    return ((words, sql_select(column).where(column.in_(subjects), still)) for words, column, still in kinds)


def _names(keys: Collection[str]) -> Any:
    return or_(col(RefusedPhoto.for_whom).in_(keys), col(RefusedPhoto.shows).in_(keys))


def _keys(session: Session, subject_id: str) -> list[str]:
    """By what a subject is called in refusals."""
    members = session.exec(select(Member).where(Member.subject_id == subject_id))
    return [subject_id, *(key for row in members for key in (row.id, row.loose_id) if key)]


def _living(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """The names of those who were not erased meanwhile."""
    found: dict[str, str] = {}
    for some in _parts(ids):
        query = select(Subject.id, Subject.name).where(col(Subject.id).in_(some), col(Subject.erased_at).is_(None))
        found.update(session.exec(query).all())
    return found


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
