"""What one person is told in which others may be named: without their names."""

from functools import cached_property

from sqlmodel import Session, col, select

from registry.kinds import SubjectKind
from registry.parties import Party
from registry.subjects import Subject
from registry.words import naming

ANOTHER = "(another person)"


class OthersNames:
    """Strikes the names of the party's other people from what somebody wrote. reviewer: who decides, by office: of those who work
    for the party their names are not the person's to know (CJEU, C-579/21)."""

    def __init__(self, session: Session, subject: Subject) -> None:
        self.reviewer = f"a reviewer of {session.get_one(Party, subject.party_id).name}"
        self._own = " / ".join((subject.name, *subject.aliases)).casefold()
        self._session, self._subject = session, subject

    @cached_property
    def _names(self) -> list[str]:
        """Read once somebody wrote something, for they may be thousands."""
        living = select(Subject.name, Subject.aliases).where(col(Subject.erased_at).is_(None), Subject.kind == SubjectKind.PERSON)
        rows = self._session.exec(living.where(Subject.id != self._subject.id).order_by(Subject.name))
        return [called for name, aliases in rows for called in (name, *aliases)]

    def struck(self, text: str) -> str:
        for name in self._names if text else ():
            if name.casefold() in text.casefold() and name.casefold() not in self._own:
                text = naming(name).sub(ANOTHER, text)
        return text
