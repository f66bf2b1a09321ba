"""Groups of subjects, for what is licensed together."""

from collections.abc import Collection, Iterable

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from registry.actions import Action
from registry.db import new_id
from registry.errors import Conflict, NotFound
from registry.names import clean_name, keep_name_key, name_key
from registry.parties import Party
from registry.subjects import AT_ONCE, Subject


class SubjectGroup(SQLModel, table=True):
    """A party's subjects under one name, such as the cast of a film; the name is the party's once."""

    __tablename__ = "subject_group"
    __table_args__ = (UniqueConstraint("party_id", "name"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    party_id: str = Field(foreign_key="party.id", index=True)
    name: str
    name_key: str = Field(default="", index=True)


keep_name_key(SubjectGroup)


class GroupMember(SQLModel, table=True):
    """That a subject is in a group."""

    __tablename__ = "subject_group_member"

    group_id: str = Field(foreign_key="subject_group.id", primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", primary_key=True, index=True)


def add_group(session: Session, party: Party, name: str) -> SubjectGroup:
    """An empty group; flushed, not committed. Raises Conflict when the party has one of that name."""
    cleaned = clean_name(name, "group")
    if any(group.party_id == party.id for group in _called(session, cleaned)):
        raise Conflict(f"{party.name} has a group {cleaned!r} already.", "Choose another name.")
    group = SubjectGroup(party_id=party.id, name=cleaned)
    session.add(group)
    session.flush()
    return group


def put_in(session: Session, group: SubjectGroup, subjects: Iterable[Subject]) -> None:
    """Put subjects of the group's own party in it; who is in it stays. Raises Conflict for another party's subject."""
    for subject in subjects:
        if subject.party_id != group.party_id:
            raise Conflict(f"{subject.name} is not of the group's party.", "Name subjects of that party.")
        if session.get(GroupMember, (group.id, subject.id)) is None:
            session.add(GroupMember(group_id=group.id, subject_id=subject.id))
    session.flush()


def take_out(session: Session, group: SubjectGroup, subject: Subject) -> None:
    """Take a subject out of a group; what licences of the group covered of it is open from the next decision on."""
    member = session.get(GroupMember, (group.id, subject.id))
    if member is None:
        raise NotFound(f"{subject.name} is not in the group {group.name}.", Action.SEE_GROUP.of(group.name))
    session.delete(member)
    session.flush()


def find_group(session: Session, name_or_id: str) -> SubjectGroup:
    """Raises NotFound, or Conflict when several parties have one of that name."""
    by_id = session.get(SubjectGroup, name_or_id)
    found = [by_id] if by_id else _called(session, name_or_id)
    if not found:
        raise NotFound(f"There is no group {name_or_id!r}.", Action.SEE_GROUPS, Action.ADD_GROUP)
    if len(found) > 1:
        raise Conflict(
            f"{len(found)} groups are called {name_or_id!r}.", f"Give an id: {', '.join(group.id for group in found)}."
        )
    return found[0]


def _called(session: Session, name: str) -> list[SubjectGroup]:
    return list(session.exec(select(SubjectGroup).where(SubjectGroup.name_key == name_key(name)).order_by(col(SubjectGroup.id))))


def list_groups(session: Session, party: Party | None = None) -> list[SubjectGroup]:
    """Groups by name; of one party where given."""
    query = select(SubjectGroup).order_by(col(SubjectGroup.name), col(SubjectGroup.id))
    return list(session.exec(query if party is None else query.where(SubjectGroup.party_id == party.id)))


def members_of(session: Session, group: SubjectGroup) -> list[Subject]:
    """The subjects in a group, by name."""
    query = select(Subject).join(GroupMember, col(GroupMember.subject_id) == Subject.id).where(GroupMember.group_id == group.id)
    return list(session.exec(query.order_by(col(Subject.name))))


def groups_of_all(session: Session, subjects: Collection[str]) -> dict[str, frozenset[str]]:
    """For each subject by its id, the ids of the groups that it is in, in a few statements for all."""
    found: dict[str, set[str]] = {subject_id: set() for subject_id in subjects}
    wanted = sorted(subjects)
    for first in range(0, len(wanted), AT_ONCE):
        for member in session.exec(select(GroupMember).where(col(GroupMember.subject_id).in_(wanted[first : first + AT_ONCE]))):
            found[member.subject_id].add(member.group_id)
    return {subject_id: frozenset(groups) for subject_id, groups in found.items()}
