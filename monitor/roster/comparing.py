"""A roster beside what is enrolled."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from monitor.roster.gathering import gather
from monitor.roster.looking_up import look_up
from monitor.roster.numbering import check_numbers
from monitor.roster.table import Roster
from registry.members import Member, loosely, numbering_of
from registry.names import name_key
from registry.parties import Party
from registry.subjects import Subject


@dataclass(frozen=True)
class Enrolled:
    """A member who is enrolled. number: "" of those who came before numbers were kept, until their roster comes again."""

    number: str
    name: str
    subject_id: str
    imported_at: object


@dataclass(frozen=True)
class Difference:
    """what: "enrolled, not in the file", "in the file, not enrolled", "other name", "erased" or "cannot be told".

    row: in the file, None of those who are not in it. enrolled_as: the name that the registry has, where there is one.
    """

    what: str
    row: int | None
    number: str
    name: str
    enrolled_as: str
    says: str = ""


def members_of(session: Session, party: Party, search: str = "") -> Iterator[Enrolled]:
    """The party's members by number, then name. search: a part of a number or of a name, whatever the case."""
    query = (
        select(Member, Subject.name)
        .join(Subject, col(Subject.id) == col(Member.subject_id))
        .where(Member.party_id == party.id)
        .order_by(col(Member.number), col(Subject.name))
    )
    if search.strip():
        in_name = col(Subject.name_key).contains(name_key(search), autoescape=True)
        query = query.where(in_name | col(Member.number).icontains(loosely(search), autoescape=True))
    for member, name in session.exec(query):
        yield Enrolled(member.number, name, member.subject_id or "", member.imported_at)


def compare(session: Session, party: Party, roster: Roster) -> list[Difference]:
    """Where the roster and the registry differ, the file's rows first. Raises RosterUnreadable and NumbersUndecided."""
    numbers = numbering_of(session, party.id)
    entries = gather(session, roster.rows(), party.id, numbers)
    if numbers is None:
        check_numbers(session, party, entries)
    look_up(session, party.id, entries, numbers)
    found, there = [], set()
    for entry in sorted(entries, key=lambda entry: entry.row.number):
        held = entry.member
        says = entry.barred or next((" ".join(made.says) for made in entry.outcomes), "")
        if held is not None and held.subject_id:
            there.add(held.subject_id)
        name = held.name if held else ""
        if held is not None and held.erased_at is not None:
            what = "erased"
        elif says:
            what = "cannot be told"
        elif held is None:
            what = "in the file, not enrolled"
        elif entry.renamed:
            what = "other name"
        else:
            continue
        found.append(Difference(what, entry.row.number, entry.row.key, entry.row.name, name, says))
    absent = [row for row in members_of(session, party) if row.subject_id not in there]
    return [*found, *(Difference("enrolled, not in the file", None, row.number, row.name, row.name) for row in absent)]
