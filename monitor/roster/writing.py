"""The rows of one batch of members, written table by table in one transaction."""

from collections.abc import Sequence

from sqlmodel import Session, SQLModel, col, select

from monitor.roster.prepared import Prepared
from monitor.roster.seen import Seen
from registry.db import now
from registry.kinds import SubjectKind
from registry.members import Member
from registry.names import LONGEST, clean_name
from registry.references import Reference
from registry.subjects import Subject
from registry.templates import TemplateRow


class Writer:
    """Collects what a batch brings. A member whose name another one has is called by the member number too."""

    def __init__(self, party_id: str, seen: Seen) -> None:
        self._party_id, self._seen = party_id, seen
        self._bearers: dict[str, set[str]] = {}
        self._subjects: list[Subject] = []
        self._references: list[Reference] = []
        self._rest: list[SQLModel] = []

    def begin(self, session: Session, batch: Sequence[Prepared]) -> None:
        """Find who bears the names of the batch already."""
        self._bearers = {}
        names = {entry.name_key for entry in batch if entry.outcome is None}
        held = select(Member.name_key, Member.id).where(Member.party_id == self._party_id, col(Member.name_key).in_(names))
        for name, key in session.exec(held):
            self._bearers.setdefault(name, set()).add(key)

    def is_called_otherwise(self, entry: Prepared) -> bool:
        if entry.subject_id is not None:
            return False
        bearers = self._bearers.get(entry.name_key, set()) | self._seen.bearers(entry.name_key)
        return bool(bearers - {entry.key})

    def name_of(self, entry: Prepared) -> str:
        if not self.is_called_otherwise(entry):
            return entry.name
        number = f" ({entry.row.key})"
        return clean_name(entry.name[: LONGEST - len(number)] + number, "member")

    def note(self, entry: Prepared, subject_id: str, references: Sequence[Reference], templates: Sequence[TemplateRow]) -> None:
        if entry.subject_id is None:
            name = self.name_of(entry)
            self._subjects.append(Subject(id=subject_id, party_id=self._party_id, name=name, kind=SubjectKind.PERSON))
        self._references += references
        member = entry.member or Member(id=entry.key, party_id=self._party_id, subject_id=subject_id)
        member.name_key, member.row_sha, member.imported_at = entry.name_key, entry.row_sha, now()
        self._rest += [member, *templates]

    def write(self, session: Session) -> None:
        """Each table after those it points to. Commits; where there is nothing to write, gives up the transaction."""
        if not self._rest:
            session.rollback()
            return
        for rows in (self._subjects, self._references, self._rest):
            session.add_all(rows)
            session.flush()
        session.commit()
        self._subjects, self._references, self._rest = [], [], []
