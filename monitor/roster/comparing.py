"""A roster beside what is enrolled."""

from dataclasses import dataclass

from sqlmodel import Session

from monitor.roster.gathering import gather
from monitor.roster.held import held_members
from monitor.roster.looking_up import look_up
from monitor.roster.numbering import check_numbers
from monitor.roster.prepared import Held, Prepared
from monitor.roster.table import Roster
from registry.members import numbering_of
from registry.parties import Party


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


def compare(session: Session, party: Party, roster: Roster) -> list[Difference]:
    """Where the roster and the registry differ, the file's rows first. Raises RosterUnreadable and NumbersUndecided."""
    numbers = numbering_of(session, party.id)
    entries, held = gather(session, roster.rows(), party.id, numbers), held_members(session, party.id)
    if numbers is None:
        check_numbers(session, party, entries, held)
    look_up(session, party.id, entries, numbers, held)
    found = map(_difference, sorted(entries, key=lambda entry: entry.row.number))
    there = {entry.subject_id for entry in entries}
    absent = sorted((row for row in held if row.subject_id and row.subject_id not in there), key=_in_turn)
    return [*filter(None, found), *map(_absent, absent)]


def _in_turn(row: Held) -> tuple[str, str, str]:
    return row.number, row.name, row.id


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


def _absent(row: Held) -> Difference:
    return Difference("enrolled, not in the file", None, row.number, row.name, row.name, subject_id=row.subject_id or "")
