"""Whose folder a document goes to, and under which name, so that nobody's documents are written over another's."""

import json
import os
from collections.abc import Collection
from pathlib import Path

from sqlmodel import Session, select

from registry.accounts import AccessRefused
from registry.documents import REPORTS, name_of, root_of
from registry.parties import Party
from registry.tenancy import ask, caller_of, declare, whether_any


def out_folder(session: Session, chosen: Path | None, party_id: str | None) -> Path:
    """The chosen folder; without one the party's own in the workspace's reports, and the reports themselves for what is of all
    parties. Raises AccessRefused when an account chooses a folder of the workspace that is none of its parties'."""
    root, caller = root_of(session), caller_of(session)
    if chosen is None:
        return root / REPORTS / session.get_one(Party, party_id).folder if party_id else root / REPORTS
    if caller is not None and caller.party_id is not None:
        _refuse_others(session, root, chosen, session.get_one(Party, caller.party_id))
    return chosen


def _refuse_others(session: Session, root: Path, chosen: Path, party: Party) -> None:
    place = Path(os.path.realpath(chosen))
    if not place.is_relative_to(root):
        return
    if not any(place.is_relative_to(root / REPORTS / folder) for folder in session.exec(select(Party.folder))):
        raise AccessRefused(
            "Within the workspace an account writes to its own party's folder.",
            f"Leave --out out, for {REPORTS}/{party.folder}, or name a folder outside of the workspace.",
        )


_HELD_BACK = declare(
    """
    SELECT 1 FROM main.document WHERE path = :name AND (sent_at IS NOT NULL OR id NOT IN (SELECT id FROM document)
    OR (:parties <> 'null' AND subject_id NOT IN
        (SELECT id FROM subject WHERE party_id IN (SELECT value FROM json_each(:parties))))) LIMIT 1
    """,
    whether_any,
)
_ON_RECORD = declare("SELECT 1 FROM main.document WHERE path = :name LIMIT 1", whether_any)


def may_replace(session: Session, place: Path, parties: Collection[str] | None, *, own: bool) -> bool:
    """Whether what lies at the place may give way to a new document of the same name: one of these parties that was not sent.

    parties: by their ids; None for all. own: whether the place is in their own folder, where nobody else writes; elsewhere what
    is on no record may be anybody's.
    """
    name = name_of(root_of(session), place)
    allowed = json.dumps(None if parties is None else sorted(parties))
    if ask(session, _HELD_BACK, {"name": name, "parties": allowed}):
        return False
    return own or ask(session, _ON_RECORD, {"name": name})
