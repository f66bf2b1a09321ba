"""A roster beside what is enrolled."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, col

from monitor.roster.gathering import gather
from monitor.roster.looking_up import look_up
from monitor.roster.numbering import check_numbers
from monitor.roster.prepared import Prepared
from monitor.roster.table import Roster
from registry.members import Member, loosely, numbering_of
from registry.names import name_key
from registry.paging import WHOLE, Listed, Part, listed
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
    subject_id: str = ""

    @property
    def cursor(self) -> str:
        """What tells it from the others of one comparison."""
        return f"row {self.row}" if self.row is not None else self.subject_id


def members_of(session: Session, party: Party, part: Part = WHOLE) -> Listed[Enrolled]:
    """The party's members by number, then name; see registry.paging. Of a number, zeros, case and spaces are not searched for."""
    columns: tuple[Any, ...] = (Member, Subject.name)
    query = sql_select(*columns).join(Subject, col(Subject.id) == col(Member.subject_id))
    query = query.where(col(Member.party_id) == party.id)
    if part.search.strip():
        in_name = col(Subject.name_key).contains(name_key(part.search), autoescape=True)
        query = query.where(in_name | col(Member.number).icontains(loosely(part.search), autoescape=True))
    found = listed(session, query, (col(Member.number), col(Subject.name), col(Member.id)), replace(part, search=""))
    return Listed(((_enrolled(*row), cursor) for row, cursor in found.rows), found.more)


def _enrolled(member: Member, name: str) -> Enrolled:
    return Enrolled(member.number, name, member.subject_id or "", member.imported_at)


def compare(session: Session, party: Party, roster: Roster) -> list[Difference]:
    """Where the roster and the registry differ, the file's rows first. Raises RosterUnreadable and NumbersUndecided."""
    numbers = numbering_of(session, party.id)
    entries = gather(session, roster.rows(), party.id, numbers)
    if numbers is None:
        check_numbers(session, party, entries)
    look_up(session, party.id, entries, numbers)
    found = map(_difference, sorted(entries, key=lambda entry: entry.row.number))
    there = {entry.subject_id for entry in entries} - {None, ""}
    absent = (row for row, _ in members_of(session, party).rows if row.subject_id not in there)
    return [*filter(None, found), *map(_absent, absent)]


def _difference(entry: Prepared) -> Difference | None:
    """How a row of the file differs from what is enrolled; None where it does not."""
    held = entry.member
    says = entry.barred or next((" ".join(made.says) for made in entry.outcomes), "")
    if held is not None and held.erased_at is not None:
        what = "erased"
    elif says:
        what = "cannot be told"
    elif held is None:
        what = "in the file, not enrolled"
    elif entry.renamed:
        what = "other name"
    else:
        return None
    return Difference(what, entry.row.number, entry.row.key, entry.row.name, held.name if held else "", says)


def _absent(row: Enrolled) -> Difference:
    return Difference("enrolled, not in the file", None, row.number, row.name, row.name, subject_id=row.subject_id)
