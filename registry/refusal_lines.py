"""Photos that stay out, as they are shown and decided on."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry.kinds import LikenessGround
from registry.parties import find_party
from registry.refusals import RefusedPhoto, allow, find_refusal, forbid_again, list_refusals, name_by_key
from registry.removal import remove_reference
from registry.vault.base import Vault

_ID_DIGITS = 12


@dataclass(frozen=True)
class RefusalView:
    """id: its first digits. photo: the file's name. likeness: 0 to 1. ground: of letting it in, or ""."""

    id: str
    number: str
    name: str
    photo: str
    why: str
    likeness: float
    refused_at: datetime
    ground: str


@dataclass(frozen=True)
class StaysOut:
    """photo: the file's name. enrolled: whether it had been taken in, and is revoked now."""

    photo: str
    enrolled: bool


def refusals_of(session: Session, party: str, *, decided: bool) -> list[RefusalView]:
    """A party's photos that stay out, or those that a person let in."""
    return [_view(session, row) for row in list_refusals(session, find_party(session, party).id, decided=decided)]


def let_in(session: Session, party: str, photo: str, ground: LikenessGround) -> str:
    """A person has looked: the next import enrols the photo; the file's name. photo: its id, or the beginning of one."""
    refusal = find_refusal(session, find_party(session, party).id, photo)
    allow(session, refusal, ground)
    return refusal.file_name


def keep_out(session: Session, vault: Vault, party: str, photo: str) -> StaysOut:
    """Take back that a photo was let in, and remove the references that were made of it. Commits where there are any."""
    refusal = find_refusal(session, find_party(session, party).id, photo)
    name, enrolled = refusal.file_name, forbid_again(session, refusal)
    for reference in enrolled:
        remove_reference(session, vault, reference)
    return StaysOut(name, bool(enrolled))


def _view(session: Session, row: RefusedPhoto) -> RefusalView:
    return RefusalView(
        row.id[:_ID_DIGITS],
        row.number,
        name_by_key(session, row.for_whom),
        row.file_name,
        _why(session, row),
        round(row.likeness, 2),
        row.refused_at,
        row.ground.value if row.ground else "",
    )


def _why(session: Session, row: RefusedPhoto) -> str:
    if not row.shows:
        return "does not agree with the member's other photos"
    return f"shows {name_by_key(session, row.shows) or 'somebody who is not enrolled any more'}"
