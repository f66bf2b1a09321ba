"""Taking in a roster from a file: read, looked at, written batch by batch, and what came of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from matcher.decoding import decoder
from matcher.types import Recogniser
from monitor.confinement import weaker_in
from monitor.consent_rows import speaks_of_consents
from monitor.identities import newly_held
from monitor.misses import rates_in_words
from monitor.photos import recognisers_of
from monitor.roster.bounds import OWN, Origin
from monitor.roster.doubts import clock_set_back
from monitor.roster.outcomes import Outcome, OutcomeFile, Result
from monitor.roster.photos import Photos, open_photos
from monitor.roster.table import Roster, open_roster
from monitor.roster.taking_in import RosterImport
from monitor.roster.words import DECIDE
from monitor.workspace import Workspace, alone
from registry.identity_lines import HeldTwice
from registry.intakes import Intake
from registry.kinds import SubjectKind
from registry.listings import note_listing
from registry.parties import Party, find_party

Say = Callable[[str], None]
Looked = Callable[[int, int], None]


@dataclass(frozen=True)
class RosterFile:
    """A roster as it lies there. encoding: of a CSV. sheet: of a workbook. number_column: the title of the members' numbers, ""
    for none. What is None is found out."""

    path: Path
    encoding: str | None = None
    sheet: str | None = None
    number_column: str | None = None
    origin: Origin = OWN

    def open(self) -> Roster:
        """Raises RosterUnreadable."""
        return open_roster(self.path, self.encoding, sheet=self.sheet, number_column=self.number_column, origin=self.origin)


@dataclass(frozen=True)
class Wanted:
    """dry_run: nothing is written but the outcomes. new_consent, sure: see RosterImport."""

    dry_run: bool = False
    new_consent: bool = False
    sure: bool = False


@dataclass(frozen=True)
class Imported:
    """counts: rows by what became of them, and photos. outcome: where each row's outcome stands. rates: in sentences.

    import_id: by which it can be taken back; None where nothing was kept. held: whose likeness is held a second time now.
    left_out: photos that seem to show somebody else, on which a person decides.
    """

    party: str
    counts: dict[str, int]
    outcome: Path
    dry_run: bool
    rates: tuple[str, ...]
    import_id: str | None
    held: Sequence[HeldTwice]
    left_out: int

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return self.counts[Result.REFUSED.value]


Take = Callable[[Sequence[Outcome]], None]


def import_roster(
    workspace: Workspace,
    session: Session,
    party: str,
    file: RosterFile,
    photos: Path,
    outcome: Path | None,
    wanted: Wanted,
    say: Say,
    looked: Looked,
) -> Imported:
    """Take in the roster of a party, by name or id. outcome: beside the roster where it is None. say: told what a person should
    know beforehand. looked: told how many members of how many were looked at. Raises what reading it and RosterImport raise."""
    place = outcome or file.path.with_name(f"{file.path.stem}.outcome.csv")

    @contextmanager
    def kept(party_id: str) -> Iterator[Take]:
        note_listing(session, party_id, place)
        with OutcomeFile(place) as written:
            yield written.write

    return take_in(workspace, session, party, file, photos, kept, wanted, say, looked, place)


def take_in(
    workspace: Workspace,
    session: Session,
    party: str,
    file: RosterFile,
    photos: Path,
    kept: Callable[[str], AbstractContextManager[Take]],
    wanted: Wanted,
    say: Say,
    looked: Looked,
    place: Path = Path(),
) -> Imported:
    """As import_roster, for whoever keeps the outcomes in another way. kept: gives, for the party's id, what takes them batch by
    batch. place: where they are kept, if in a file."""
    table, source = file.open(), open_photos(photos)
    with alone(workspace):
        _say_how_it_is_read(table, source.refused, say)
        whose = find_party(session, party)
        party_id = whose.id  # the import lets go of the rows that it has read
        _say_if_any(clock_set_back(session, whose), say)
        decoder().start_soon()
        recognisers = recognisers_of(workspace, say, [SubjectKind.PERSON])
        with kept(party_id) as take:
            intake = _intake(workspace, session, find_party(session, party_id), recognisers, source, wanted)
            counts, left_out = _taken_in(intake, table, take, looked)
        _say_if_any(weaker_in(decoder()), say)
        held = () if wanted.dry_run else newly_held(workspace, session, recognisers, party_id)
        holder = find_party(session, party_id)
        rates = rates_in_words(session, workspace.settings, None, holder)
        kept_id = intake.intake_id if session.get(Intake, intake.intake_id) is not None else None
    return Imported(holder.name, counts, place, wanted.dry_run, tuple(rates), kept_id, held, left_out)


def _intake(
    workspace: Workspace, session: Session, party: Party, recognisers: Sequence[Recogniser], photos: Photos, wanted: Wanted
) -> RosterImport:
    return RosterImport(
        session,
        workspace.vault,
        party,
        recognisers,
        photos,
        dry_run=wanted.dry_run,
        new_consent=wanted.new_consent,
        sure=wanted.sure,
    )


def _taken_in(intake: RosterImport, table: Roster, take: Take, looked: Looked) -> tuple[dict[str, int], int]:
    """The rows by what became of them, with the photos that were enrolled, and those on which a person decides."""
    counts, left_out = Counter[str](), 0
    for outcomes in intake.run(table, looked):
        take(outcomes)
        counts.update(made.result.value for made in outcomes)
        counts["photos"] += sum(made.photos for made in outcomes)
        left_out += sum(DECIDE in said for made in outcomes for said in made.says)
    return {key: counts[key] for key in (*(result.value for result in Result), "photos")}, left_out


def _say_how_it_is_read(table: Roster, refused: Sequence[str], say: Say) -> None:
    say(table.read_as)
    if table.columns.ignored:
        say(f"Columns that say nothing here: {', '.join(table.columns.ignored)}.")
    if any(map(speaks_of_consents, table.columns.ignored)):
        say("No consent is put on record by this: consents, and which text was shown before, come from a table of their own.")
    for line in refused:
        say(line)


def _say_if_any(line: str, say: Say) -> None:
    if line:
        say(line)
