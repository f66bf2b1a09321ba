"""Links for a whole roster."""

import csv
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.roster.outcomes import inert
from monitor.roster.table import Roster
from registry.db import now
from registry.errors import RegistryError
from registry.invitations import InvitationRefused, invite
from registry.keys import Keys
from registry.names import clean_name


@dataclass(frozen=True)
class WrittenInvitations:
    written: int
    left_out: tuple[str, ...]


def write_invitations(roster: Roster, keys: Keys, party_id: str, until: datetime, place: Path) -> WrittenInvitations:
    """A CSV that only its owner reads: member, name, the link's end, the link's data. Raises InvitationRefused."""
    if until <= now():
        raise InvitationRefused("The links would be over before they are sent.", "Give --until a day to come.")
    left_out, written = [], 0
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("member", "name", "until", "data"))
        for row in roster.rows():
            try:
                if row.problem or not row.key:
                    raise RegistryError(row.problem or "it has no member number", "")
                name = clean_name(row.name, "member")
            except RegistryError as error:
                left_out.append(f"row {row.number}: no link, {error}")
                continue
            writer.writerow((inert(row.key), inert(name), until.isoformat(), invite(keys, party_id, row.key, name, until)))
            written += 1
    return WrittenInvitations(written, tuple(left_out))
