"""The rows of one batch of members, written table by table in one transaction."""

from collections.abc import Sequence

from sqlmodel import Session, SQLModel

from monitor.roster.looking import content_of
from monitor.roster.prepared import Prepared
from registry.db import now
from registry.intakes import Intake, IntakeRow
from registry.kinds import SubjectKind
from registry.members import Member
from registry.names import LONGEST, clean_name
from registry.references import Reference
from registry.subjects import Subject, call
from registry.templates import TemplateRow


def called(entry: Prepared) -> str:
    """What a member's subject is called: whose name others have is called by the member number too."""
    if not entry.namesake or not entry.number:
        return entry.name
    number = f" ({entry.number})"
    return clean_name(entry.name[: LONGEST - len(number)] + number, "member")


class Writer:
    """Collects what a batch brings. intake_id: of the import, whose row is written with the first that it brings."""

    def __init__(self, session: Session, party_id: str, intake_id: str) -> None:
        self._session, self._party_id, self._intake_id = session, party_id, intake_id
        self._brought: list[IntakeRow] = []
        self._subjects: list[Subject] = []
        self._references: list[Reference] = []
        self._rest: list[SQLModel] = []

    def note(self, entry: Prepared, subject_id: str, references: Sequence[Reference], templates: Sequence[TemplateRow]) -> None:
        """What a member brings that is enrolled, or known by another name from now on."""
        if entry.subject_id is None:
            subject = Subject(id=subject_id, party_id=self._party_id, name=called(entry), kind=SubjectKind.PERSON)
            self._subjects.append(subject)
        elif entry.renamed:
            subject = self._session.get_one(Subject, subject_id)
            call(subject, called(entry))
            self._subjects.append(subject)
        self._references += references
        member = self._member(entry)
        self._note_intake(entry, subject_id, member.id, references)
        member.subject_id, member.erased_at, member.lapsed, member.imported_at = subject_id, None, False, now()
        self._rest += [member, *templates]

    def touch(self, entry: Prepared) -> None:
        """Keep that a row was read that brings nothing new, so that it is not read again."""
        if entry.member is not None and entry.subject_id is not None and not entry.is_as_held(content_of(entry)):
            self._rest.append(self._member(entry))

    def write(self) -> None:
        """Each table after those it points to. Commits; where there is nothing to write, gives up the transaction."""
        if not self._rest:
            self._session.rollback()
            return
        if self._brought and self._session.get(Intake, self._intake_id) is None:
            self._session.add(Intake(id=self._intake_id, party_id=self._party_id))
        for rows in (self._subjects, self._references, self._rest, self._brought):
            self._session.add_all(rows)
            self._session.flush()
        self._session.commit()
        self._subjects, self._references, self._rest, self._brought = [], [], [], []

    def _note_intake(self, entry: Prepared, subject_id: str, member_id: str, references: Sequence[Reference]) -> None:
        renamed = bool(entry.renamed and entry.member)
        self._brought.append(
            IntakeRow(
                intake_id=self._intake_id,
                subject_id=subject_id,
                member_id=member_id,
                new_subject=entry.subject_id is None,
                new_member=entry.member is None or entry.member.erased_at is not None,
                photos=[reference.id for reference in references],
                called_before=entry.renamed if renamed else "",
                known_before=entry.member.name_key if renamed and entry.member else "",
            )
        )

    def _member(self, entry: Prepared) -> Member:
        member = self._session.get(Member, entry.member.id) if entry.member else None
        member = member or Member(id=entry.id, party_id=self._party_id)
        member.number, member.loose_id = member.number or entry.number, member.loose_id or entry.loose_id
        member.name_key, member.row_sha = entry.name_key, content_of(entry)
        return member
