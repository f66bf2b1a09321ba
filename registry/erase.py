"""Erasing: a subject, or one of its references, with everything that was made of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from registry.allowances import end_allowances_of
from registry.answers import empty_answers
from registry.blinding import Blinded, keep_secret
from registry.counting import counted
from registry.db import now
from registry.documents import documents_of, named, remove, root_of, take_off
from registry.errors import RegistryError
from registry.identities import forget_identity
from registry.intakes import forget_in_intakes
from registry.invitations import forget_in_invitations
from registry.legal import bases_of
from registry.licences import list_licences
from registry.listings import strike
from registry.lives import forget_life
from registry.mandates import list_mandates
from registry.members import Keyed, Member, forget_member, key_members, known_as, members_of
from registry.placing import settle
from registry.receipts import Erasure as Erasure
from registry.receipts import ErasureReceipt as ErasureReceipt
from registry.receipts import erased_digests as erased_digests
from registry.receipts import key_digests
from registry.receipts import receipt as receipt
from registry.references import list_references
from registry.refusals import forget_in_refusals
from registry.remains import Seeker as Seeker
from registry.remains import is_to_be_seen_again, look_for, stays_said
from registry.removal import forget_bytes, remove_rows
from registry.storage.scrub import scrub
from registry.subjects import Subject
from registry.traces import named_still
from registry.vault.base import Vault
from registry.words import naming

Keeper = Callable[[Session, str], Sequence[str]]
"""Says in words what another room keeps of the subject with that id, and on what ground."""

Eraser = Callable[[Session, str], int]
"""Removes another room's rows of the subject with that id, in the same transaction, and says how many went."""


class ErasureRefused(RegistryError):
    """An erasure that would leave behind what it is to remove."""


def erase_subject(
    session: Session,
    vault: Vault,
    subject: Subject,
    at: datetime,
    reason: str,
    also: Sequence[Eraser] = (),
    keepers: Sequence[Keeper] = (),
    seekers: Sequence[Seeker] = (),
    *,
    on_request: bool = True,
    bytes_later: bool = False,
    own_words: bool = False,
) -> ErasureReceipt:
    """Remove a subject's references, templates, mandates, name and unsent documents, and their bytes from every file. Commits.

    What the rows say changes in one transaction, in which the other rooms' erasers take part; an error in one of them
    leaves all as it was. The bytes go afterwards; a kill in between is made good by finish_erasures. on_request: whether
    somebody asked for it; what the retention policy erases, a new consent may bring back. bytes_later: the caller calls
    finish_erasures itself, once for many, since each time the whole database is rewritten. own_words: the reason is the
    program's, which names nobody, also where a name happens to be one of its words. Raises ErasureRefused for one that does.
    """
    if not own_words and any(naming(name).search(reason) for name in (subject.name, *subject.aliases)):
        raise ErasureRefused("The reason names the subject, and it stays on the receipt.", "Say why without naming whom.")
    settle(session)
    erasure = _erase_rows(session, subject, at, reason, also, keepers, seekers, on_request=on_request)
    session.add(erasure)
    session.commit()
    if not bytes_later:
        finish_erasures(session, vault, seekers)
    return receipt(session, erasure)


@dataclass(frozen=True)
class _Gone:
    """What a subject had of its own. pictures: the size of each reference's file by its SHA-256. digests: of all its objects."""

    references: int
    templates: int
    mandates: int
    pictures: Mapping[str, int]
    digests: list[str]


def _erase_rows(
    session: Session,
    subject: Subject,
    at: datetime,
    reason: str,
    also: Sequence[Eraser],
    keepers: Sequence[Keeper],
    seekers: Sequence[Seeker],
    *,
    on_request: bool,
) -> Erasure:
    """What the rows say is changed, and what goes with them is looked for; the record of it is not added yet."""
    names = _unnamed(session, subject, at)
    others = sum(erase(session, subject.id) for erase in also)
    forget_identity(session, subject.id)
    forget_in_intakes(session, subject.id)
    empty_answers(session)
    gone = _remove_own(session, subject, names[0], at)
    _end_permissions(session, subject, at)
    found, refused = look_for(session, subject.id, gone.pictures, seekers), _forget_refusals(session, subject.id)
    struck = strike(session, subject.party_id, known_as(session, subject.id, names[0]))
    members = forget_member(session, subject.id, at, on_request=on_request)
    take_off(session, found.unsent)
    kept = _kept(session, subject, members, struck.files, refused)
    kept += [line for keep in keepers for line in keep(session, subject.id)]
    lists: dict[str, Any] = {"digests": gone.digests, "paths": list(found.going), "left": [*found.left, *struck.left]}
    lists["kept"] = [*kept, *(line for name in names for line in named_still(session, name))]
    counts: dict[str, Any] = {"references": gone.references, "templates": gone.templates, "mandates": gone.mandates}
    return Erasure(subject_id=subject.id, at=at, reason=reason, on_request=on_request, others=others, **counts, **lists)


def _remove_own(session: Session, subject: Subject, name: str, at: datetime) -> _Gone:
    """Delete references, templates, mandates, grounds in law, and what was sent by links."""
    references, mandates = list_references(session, subject), list_mandates(session, subject)
    pictures = {reference.sha256: reference.size for reference in references}
    sent = forget_in_invitations(session, subject, name, at)
    digests = sorted({*(row.sha256 for row in references), *(row.document_sha256 for row in mandates), *sent})
    templates = sum(remove_rows(session, reference) for reference in references)
    for gone in (*mandates, *bases_of(session, subject)):
        session.delete(gone)
    return _Gone(len(references), templates, len(mandates), pictures, digests)


def _unnamed(session: Session, subject: Subject, at: datetime) -> tuple[str, ...]:
    """Take the names, and what was said of a life, off the row, and say what the names were, its own first; flushed."""
    names = subject.name, *subject.aliases
    subject.aliases = []
    subject.name, subject.erased_at, subject.minor_until, subject.minor_noted_at = f"erased {subject.id}", at, None, None
    forget_life(subject)
    session.add(subject)
    session.flush()
    return names


def _end_permissions(session: Session, subject: Subject, at: datetime) -> None:
    for licence in list_licences(session, subject):
        licence.revoked_at = licence.revoked_at or at
        session.add(licence)
    end_allowances_of(session, subject.id, at)


def _forget_refusals(session: Session, subject_id: str) -> int:
    keys = (key for row in members_of(session, subject_id) for key in (row.id, row.loose_id) if key)
    return forget_in_refusals(session, {subject_id, *keys})


def _kept(session: Session, subject: Subject, members: Sequence[Member], listings: Sequence[str], refused: int) -> list[str]:
    sent, licences = documents_of(session, subject.id), list_licences(session, subject)
    lines = ["this receipt and a row with the subject's id alone: proof of the erasure (GDPR Art. 5(2))"]
    if licences:
        lines.append(
            f"{counted(len(licences), 'licence')} by the subject's id, ended: contracts with others (GDPR Art. 17(3)(e))"
        )
    if sent:
        names = ", ".join(sorted(row.path for row in sent))
        lines.append(f"{counted(len(sent), 'sent document')} ({names}): legal claims (GDPR Art. 17(3)(e))")
    if listings:
        lines.append(f"files that list members, from which the subject was struck ({', '.join(listings)})")
    if members:
        lines.append(
            "keyed digests of the roster's key and of the photos, which nobody undoes without the workspace's key: "
            "so that no roster brings the member back (GDPR Art. 17(1), 21)"
        )
    if any(member.keyed is Keyed.LATER for member in members):
        lines.append(
            "entries of the audit log of an earlier version, with a digest of the member's number that guessing undoes: "
            "the log is append-only (GDPR Art. 5(2))"
        )
    if refused:
        lines.append(
            f"keyed digests of {counted(refused, 'refused photo')}: so that none is enrolled as somebody else (Art. 5(1)(d))"
        )
    return lines


def key_what_outlives(session: Session) -> int:
    """Have the secret that keys digests on record, and put keyed digests where an earlier version kept plain ones of who was
    erased and of members; says in how many rows. Commits, and leaves none in the database's free pages.
    """
    keep_secret(session)
    plain = select(Erasure).where(col(Erasure.finished_at).is_not(None), col(Erasure.keyed).is_(False))
    erasures = session.exec(plain).all()
    for erasure in erasures:
        key_digests(session, erasure)
    changed = key_members(session) + len(erasures)
    session.commit()
    if changed:
        scrub(session.get_bind())
    return changed


def finish_erasures(session: Session, vault: Vault, seekers: Sequence[Seeker] = ()) -> int:
    """Do what is left to do of erasures that were interrupted, and look again for what was left; says how many are finished
    now that were not. Commits."""
    root = root_of(session)
    every = session.exec(select(Erasure)).all()
    due = [row for row in every if row.finished_at is None or any(is_to_be_seen_again(root, line) for line in row.left)]
    if not due:
        return 0
    for erasure in due:
        if erasure.finished_at is None:
            _remove_documents(session, erasure, erasure.paths)
        _remove_documents(session, erasure, _look_again(session, erasure, seekers))
    pending = [row for row in due if row.finished_at is None]
    _forget_all(session, vault, [row for row in pending if not row.keyed])
    session.commit()
    if pending and not scrub(session.get_bind()):
        return 0
    for erasure in pending:
        erasure.finished_at = now()
        session.add(erasure)
    session.commit()
    for erasure in due:
        session.refresh(erasure)
    return sum(receipt(session, erasure).finished for erasure in due)


def _forget_all(session: Session, vault: Vault, erasures: Sequence[Erasure]) -> None:
    """Remove the bytes that were enrolled, and key what tells them."""
    for digest in sorted({digest for erasure in erasures for digest in erasure.digests}):
        forget_bytes(session, vault, digest)
    for erasure in erasures:
        key_digests(session, erasure)


def _look_again(session: Session, erasure: Erasure, seekers: Sequence[Seeker]) -> Sequence[str]:
    """What was being made when the subject was erased may have come to its place since, and what was left may have gone.
    Returns what is to go, too."""
    root = root_of(session)
    pictures: Mapping[str, int | None] = dict.fromkeys(erasure.digests)
    if erasure.keyed:
        pictures = Blinded(session, pictures)
    found = look_for(session, erasure.subject_id, pictures, seekers)
    take_off(session, found.unsent)
    said = [line for line in erasure.left if line not in found.left and stays_said(root, line)]
    paths, left = sorted({*erasure.paths, *found.going}), [*said, *found.left]
    if (paths, left) != (erasure.paths, erasure.left):
        erasure.paths, erasure.left = paths, left
        session.add(erasure)
    return found.going


def _remove_documents(session: Session, erasure: Erasure, paths: Sequence[str]) -> None:
    """What cannot be removed is not among the receipt's paths, which are what went, but among what is left."""
    root = root_of(session)
    # What is on record under the name now was made anew since, without the subject.
    going = [path for path in paths if not named(session, path)]
    failed = {path: why for path in going if (why := remove(root / path)) is not None}
    if failed:
        erasure.paths = [path for path in erasure.paths if path not in failed]
        erasure.left = [
            *erasure.left,
            *(f"{path}: cannot be removed ({why}); remove it yourself" for path, why in failed.items()),
        ]
        session.add(erasure)
