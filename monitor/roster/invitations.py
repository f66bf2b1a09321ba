"""Links for a whole roster."""

import csv
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from monitor.roster.outcomes import inert, refuse_to_replace
from monitor.roster.table import Roster, RosterRow
from registry.db import now
from registry.errors import RegistryError
from registry.invitations import InvitationRefused, invite
from registry.keys import keys_of
from registry.listings import note_listing
from registry.members import erased_on
from registry.names import clean_name

COLUMNS = ("member", "name", "until", "data")


@dataclass(frozen=True)
class WrittenInvitations:
    written: int
    left_out: tuple[str, ...]


def write_invitations(
    session: Session, roster: Roster, party_id: str, until: datetime, place: Path, *, release: str = ""
) -> WrittenInvitations:
    """A CSV that only its owner reads: member, name, the link's end, the link's data. Raises InvitationRefused.

    release: the version of the text that the form shows to whoever enrols.
    """
    if until <= now():
        raise InvitationRefused("The links would be over before they are sent.", "Give --until a day to come.")
    refuse_to_replace(place, COLUMNS, "--out")
    note_listing(session, party_id, place)
    keys, left_out, written = keys_of(session), [], 0
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as stream:
        os.fchmod(descriptor, 0o600)
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for row in roster.rows():
            try:
                name = _invited(session, row, party_id)
            except RegistryError as error:
                left_out.append(f"row {row.number}: no link, {error}")
                continue
            writer.writerow(
                (inert(row.key), inert(name), until.isoformat(), invite(keys, party_id, row.key, name, until, release=release))
            )
            written += 1
    return WrittenInvitations(written, tuple(left_out))


def _invited(session: Session, row: RosterRow, party_id: str) -> str:
    """The name of a row's member. Raises RegistryError for a row that gets no link."""
    if row.problem or not row.key:
        raise RegistryError(row.problem or "it has no member number", "")
    erased = erased_on(session, party_id, row.key)
    if erased is not None:
        raise RegistryError(f"erased on {erased:%Y-%m-%d}; invite them only if they ask for it, by another number", "")
    return clean_name(row.name, "member")
