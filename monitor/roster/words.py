"""Why a photo is not enrolled, in words for the registrar."""

from collections.abc import Iterable

from sqlmodel import Session

from monitor.roster.prepared import Prepared
from registry.refusals import RefusedPhoto, name_by_key

DECIDE = "If a person has looked and it is right, accept the photo"


class Words:
    """Names people by the roster's own rows where they stand in it, and as the registry does otherwise."""

    def __init__(self, session: Session, party_id: str, entries: Iterable[Prepared]) -> None:
        self._session, self._party_id = session, party_id
        self._rows = {entry.key: (entry.row.number, entry.name) for entry in entries if entry.key}
        self._by_subject = {entry.subject_id: entry.key for entry in entries if entry.subject_id}

    def refused(self, refusal: RefusedPhoto) -> str:
        return self.doubt(refusal.shows, refusal.likeness)

    def doubt(self, shows: str, likeness: float) -> str:
        """shows: see RefusedPhoto."""
        if not shows:
            return f"It does not agree with the member's other photos (likeness {likeness:.2f}). Check for a mix-up. {DECIDE}"
        return f"It shows {self._whom(shows)} (likeness {likeness:.2f}). Check for a mix-up. {DECIDE}"

    def _whom(self, shows: str) -> str:
        row = self._rows.get(self._by_subject.get(shows, shows))
        if row is not None:
            return f"{row[1]!r} (row {row[0]}), who is enrolled already"
        name = name_by_key(self._session, shows)
        return f"{name!r}, who is enrolled already" if name else "somebody who was erased since"
