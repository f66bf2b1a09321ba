"""Whether a roster's numbers can be told apart from each other and from those that the registry has."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session

from monitor.roster.prepared import Held, Prepared
from registry.actions import Action
from registry.errors import RegistryError
from registry.members import any_by_digest_alone, loosely, number_key
from registry.parties import Party

WIDEST = 12
"""Digits up to which numbers of earlier versions, of which only a digest was kept, are tried with leading zeros."""


class NumbersUndecided(RegistryError):
    """Two numbers that may be one member's, and nobody has said whether they are."""


def check_numbers(session: Session, party: Party, entries: Sequence[Prepared], held: Sequence[Held]) -> None:
    """Raise NumbersUndecided where a roster spells a number in two ways, or in another way than the registry. held: the party's
    members."""
    numbered = sorted(
        (entry for entry in entries if entry.key and entry.number), key=lambda entry: (entry.number, entry.row.number)
    )
    _check_within(party, numbered)
    tried = spellings(session, party.id, [entry.number for entry in numbered])
    alike = {entry.id: {entry.loose_id, *tried[entry.number]} for entry in numbered}
    there = {row.id for row in held}
    ids = there | {row.loose_id for row in held}
    for entry in numbered:
        if entry.id not in there and ids & (alike[entry.id] - {entry.id}):
            what = f"The number {entry.number!r} (row {entry.row.number}) is not enrolled, but one that is the same without zeros"
            raise _undecided(party, f"{what}, case and spaces.")


def _check_within(party: Party, numbered: Sequence[Prepared]) -> None:
    by_loose: dict[str, Prepared] = {}
    for entry in numbered:
        other = by_loose.setdefault(entry.loose_id, entry)
        if other is not entry:
            rows = f"rows {other.row.number} and {entry.row.number}"
            raise _undecided(party, f"The roster has the numbers {other.number!r} and {entry.number!r} ({rows}).")


def spellings(session: Session, party_id: str, numbers: Iterable[str]) -> dict[str, set[str]]:
    """By number the ids that members of earlier versions may have whose number is that one with fewer or more zeros before it;
    none where the party has no members of earlier versions."""
    if not any_by_digest_alone(session, party_id):
        return {number: set() for number in numbers}
    return {number: _spellings(session, party_id, number) for number in numbers}


def _spellings(session: Session, party_id: str, number: str) -> set[str]:
    plain = loosely(number)
    widths = range(len(plain), WIDEST + 1) if plain.isascii() and plain.isdigit() else ()
    return {number_key(session, party_id, text) for text in (number, plain, *(plain.zfill(width) for width in widths))}


def _undecided(party: Party, what: str) -> NumbersUndecided:
    return NumbersUndecided(
        f"{what} Nobody has said yet whether that is one member.",
        "Nothing was taken in. It is decided once: loosely, if zeros, case and spaces tell nobody apart, and otherwise exactly.",
        Action.DECIDE_NUMBERS.of(party.name),
    )
