"""The rows of a roster as its members, the same whatever the order of the rows."""

from collections.abc import Iterable

from sqlmodel import Session

from monitor.roster.names import name_key
from monitor.roster.outcomes import Result
from monitor.roster.prepared import Prepared
from monitor.roster.table import RosterRow
from registry.errors import RegistryError
from registry.kinds import Numbers
from registry.members import loose_number_key, name_only_key, number_key
from registry.names import clean_name
from registry.references import check_era


def gather(session: Session, rows: Iterable[RosterRow], party_id: str, numbers: Numbers | None) -> list[Prepared]:
    """One entry for each member, those rows refused of which nobody can tell whose they are.

    Which row comes first decides nothing: where two contradict each other, neither is taken in.
    """
    entries: dict[str, Prepared] = {}
    refused: list[Prepared] = []
    for row in rows:
        entry = _read(session, row, party_id, numbers)
        if entry.outcomes:
            refused.append(entry)
        elif entry.key in entries:
            entries[entry.key].rows.append(row)
        else:
            entries[entry.key] = entry
    for entry in entries.values():
        _join(entry)
    bearers: dict[str, set[str]] = {}
    for entry in entries.values():
        for compared in _compared_names(entry):
            bearers.setdefault(compared, set()).add(entry.key)
    for entry in entries.values():
        entry.namesake = len(bearers[entry.name_key]) > 1
        _key_number(session, entry, party_id, numbers)
    return [*entries.values(), *refused]


def _read(session: Session, row: RosterRow, party_id: str, numbers: Numbers | None) -> Prepared:
    entry = Prepared([row])
    try:
        if row.problem:
            raise RegistryError(row.problem, "")
        entry.name = clean_name(row.name, "member")
        check_era(row.era)
    except RegistryError as error:
        entry.decide(Result.REFUSED, str(error))
        return entry
    entry.name_key = name_key(entry.name)
    if not row.key:
        entry.key = name_only_key(session, party_id, entry.name_key)
    elif numbers is Numbers.LOOSELY:
        entry.key = loose_number_key(session, party_id, row.key)
    else:
        entry.key = number_key(session, party_id, row.key)
    return entry


def _key_number(session: Session, entry: Prepared, party_id: str, numbers: Numbers | None) -> None:
    """Set by what a number is known, compared letter for letter and loosely; one of the two is the entry's key."""
    loose = numbers is Numbers.LOOSELY
    entry.id = number_key(session, party_id, entry.number) if loose and entry.number else entry.key
    if entry.number:
        entry.loose_id = entry.key if loose else loose_number_key(session, party_id, entry.number)


def _compared_names(entry: Prepared) -> set[str]:
    """The names that its rows have, as names are compared."""
    if len(entry.rows) == 1:
        return {entry.name_key}
    return {name_key(clean_name(row.name, "member")) for row in entry.rows}


def _join(entry: Prepared) -> None:
    """See to a member of several rows: one row for each photo is usual, two names for one number are a mistake."""
    if len(entry.rows) == 1:
        return
    entry.rows.sort(key=lambda row: row.number)
    entry.name = min(clean_name(row.name, "member") for row in entry.rows)
    entry.name_key = name_key(entry.name)
    rows = ", ".join(str(row.number) for row in entry.rows)
    if not entry.row.key:
        entry.barred = f"the rows {rows} have the same name: tell them apart by a column of member numbers"
    elif len(_compared_names(entry)) > 1:
        entry.barred = f"the rows {rows} have the same member number and different names: which is right?"
