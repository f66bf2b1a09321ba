"""Links for a whole roster."""

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from monitor.invited import make_link
from monitor.roster.outcomes import inert, refuse_to_replace
from monitor.roster.table import Roster, RosterRow
from registry.actions import Action
from registry.db import now
from registry.errors import RegistryError
from registry.invitations import InvitationRefused
from registry.listings import note_listing
from registry.parties import Party, find_party

COLUMNS = ("member", "name", "until", "link")


@dataclass(frozen=True)
class WrittenInvitations:
    written: int
    left_out: tuple[str, ...]


def write_invitations(
    session: Session,
    roster: Roster,
    party_id: str,
    until: datetime,
    place: Path,
    made_by: str = "this machine's owner",
    address: Callable[[str], str] = str,
) -> WrittenInvitations:
    """A CSV that only its owner reads: member, name, the link's end, the link. Commits before it is written. Raises
    InvitationRefused.

    address: gives the link for its secret.
    """
    if until <= now():
        raise InvitationRefused("The links would be over before they are sent.", Action.NAME_END)
    refuse_to_replace(place, COLUMNS, Action.NAME_OUTPUT)
    note_listing(session, party_id, place)
    party, left_out, rows = find_party(session, party_id), list[str](), list[tuple[str, ...]]()
    for row in roster.rows():
        try:
            secret = _invited(session, row, party, until, made_by)
        except RegistryError as error:
            left_out.append(f"row {row.number}: no link, {error}")
            continue
        rows.append((inert(row.key), inert(row.name), until.isoformat(), address(secret)))
    # A link that is written down and not on record would not work.
    session.commit()
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as stream:
        os.fchmod(descriptor, 0o600)
        csv.writer(stream).writerows((COLUMNS, *rows))
    return WrittenInvitations(len(rows), tuple(left_out))


def _invited(session: Session, row: RosterRow, party: Party, until: datetime, made_by: str) -> str:
    """The secret of a row's link. Raises RegistryError for a row that gets none."""
    if row.problem or not row.key:
        raise RegistryError(row.problem or "it has no member number", "")
    return make_link(session, party, row.name, until, made_by, number=row.key)[1]
