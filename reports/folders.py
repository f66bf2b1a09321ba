"""Whose folder a document goes to."""

import os
from pathlib import Path

from sqlmodel import Session, select

from registry.accounts import AccessRefused
from registry.actions import Action
from registry.documents import REPORTS, root_of
from registry.parties import Party
from registry.tenancy import caller_of


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
            f"Name none, for {REPORTS}/{party.folder}, or one outside of the workspace.",
            Action.NAME_OUTPUT,
        )
