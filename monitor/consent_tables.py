"""A table that names a document for each subject, put on record as a whole, with a file that says what came of each row."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from monitor.consent_rows import read_table
from monitor.consents import Given, Outcome, Result, add_each, write_outcomes
from monitor.workspace import Workspace
from registry.listings import note_listing
from registry.parties import find_party


@dataclass(frozen=True)
class TableOutcome:
    """How many rows were added, on record already, and refused. outcome: the file that says so of each row."""

    added: int
    unchanged: int
    refused: int
    outcome: str
    dry_run: bool


def record_table(
    workspace: Workspace,
    session: Session,
    party: str,
    table: Path,
    given: Given,
    outcome: Path | None,
    *,
    dry_run: bool,
    say: Callable[[str], None],
) -> TableOutcome:
    """Record the documents of a table of a party's subjects. Commits row by row; the outcome is written last.

    Raises TableRefused and RosterUnreadable. outcome: where each row's outcome goes; otherwise beside the table.
    """
    rows, place, made = (
        read_table(table, given.encoding, given.sheet),
        outcome or table.with_name(f"{table.stem}.outcome.csv"),
        list[Outcome](),
    )
    whose = find_party(session, party)
    note_listing(session, whose.id, place)
    write_outcomes(place, made)
    for some in add_each(session, workspace.vault, whose, rows, given, dry_run=dry_run):
        made += some
        say(f"{len(made)} of {len(rows)} rows")
    session.commit()
    write_outcomes(place, made)
    counts = Counter(each.result for each in made)
    return TableOutcome(
        counts[Result.ADDED], counts[Result.UNCHANGED], counts[Result.REFUSED], outcome=str(place), dry_run=dry_run
    )
