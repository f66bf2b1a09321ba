"""Taking in a roster: all of it is read and judged first, then written in batches, each one transaction.

What is judged does not depend on the order of the rows, nor on what of the same roster is in already: which photos stay out is on
record before the first member is, so that a kill or an erasure in between lets none of them in.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlmodel import Session

from matcher.decoding import decoder
from matcher.errors import MediaUnreadable
from matcher.face.appraisal import advice_on_count
from matcher.types import Recogniser
from monitor.duplicate_check import recogniser_for
from monitor.roster.doubts import refuse_strange_roster
from monitor.roster.gathering import gather
from monitor.roster.held import held_members
from monitor.roster.judging import Judge, in_turn
from monitor.roster.looking import Looker
from monitor.roster.looking_up import look_up
from monitor.roster.numbering import check_numbers
from monitor.roster.outcomes import Outcome, Result
from monitor.roster.photos import Photos
from monitor.roster.prepared import Photo, Prepared
from monitor.roster.table import Roster
from monitor.roster.words import Words
from monitor.roster.writing import Writer, called
from registry.db import new_id
from registry.erase import erased_digests
from registry.errors import SemblanceError
from registry.keys import keys_of
from registry.kinds import Modality
from registry.members import Member, numbering_of
from registry.parties import Party
from registry.references import Reference, keep_reference
from registry.refusals import Refusals, record_refusals
from registry.templates import sealed_row
from registry.types import Template
from registry.vault.base import Vault

BATCH = 64
RENAME = "; if it is the same person, rename the member in the registry, and otherwise give the row its own number"


class RosterImport:
    """Takes in rosters of one party. dry_run: everything is looked at, and nothing written.

    new_consent: whom the retention policy erased has consented anew. sure: a person has said that the roster is the party's.
    """

    def __init__(
        self,
        session: Session,
        vault: Vault,
        party: Party,
        recognisers: Sequence[Recogniser],
        photos: Photos,
        *,
        dry_run: bool = False,
        new_consent: bool = False,
        sure: bool = False,
        batch: int = BATCH,
    ) -> None:
        self._session, self._vault, self._party, self._party_id = session, vault, party, party.id
        self._recognisers, self._photos, self._dry_run = recognisers, photos, dry_run
        self._new_consent, self._sure, self._batch = new_consent, sure, batch
        self._face = recogniser_for(recognisers, Modality.FACE)
        self.intake_id = new_id()

    def run(self, roster: Roster, looked: Callable[[int, int], None] = lambda _done, _all: None) -> Iterator[list[Outcome]]:
        """The outcomes of one batch after another, each committed before it comes, those to believe first before others.

        looked: told how many members of how many were looked at, before anything is written. Raises RosterUnreadable,
        NumbersUndecided and StrangeRoster; nothing was taken in then.
        """
        decoder().start_soon()
        entries = self._read(roster)
        self._look(entries, looked)
        for batch in self._batches(self._judged(entries)):
            with self._vault.together():
                writer = Writer(self._session, self._party_id, self.intake_id)
                for entry in batch:
                    self._take_in(entry, writer)
                if not self._dry_run:
                    writer.write()
            self._session.expunge_all()
            yield [outcome for entry in batch for outcome in entry.outcomes]

    def _read(self, roster: Roster) -> list[Prepared]:
        numbers = numbering_of(self._session, self._party_id)
        entries = gather(self._session, roster.rows(), self._party_id, numbers)
        held = held_members(self._session, self._party_id)
        if numbers is None:
            check_numbers(self._session, self._party, entries, held)
        look_up(self._session, self._party_id, entries, numbers, held, new_consent=self._new_consent)
        if not self._sure:
            refuse_strange_roster(self._session, self._party, entries)
        return entries

    def _look(self, entries: list[Prepared], looked: Callable[[int, int], None]) -> None:
        refusals, erased = Refusals(self._session, self._party_id), erased_digests(self._session, self._party_id)
        self._words = Words(self._session, self._party_id, entries)
        looker = Looker(self._session, self._photos, self._recognisers, self._face, refusals, erased, self._words.refused)
        done = 0
        for batch in self._batches(entries):
            looker.look(batch)
            self._session.rollback()
            done += len(batch)
            looked(done, len(entries))

    def _judged(self, entries: list[Prepared]) -> list[Prepared]:
        """All members in the order in which they are believed, each without the photos that show somebody else."""
        ordered = sorted(entries, key=in_turn)
        if self._face is None:
            return ordered
        judge = Judge(self._session, self._face, self._party_id, numbering_of(self._session, self._party_id))
        found = [(entry, refusal) for entry in ordered if not entry.outcomes for refusal in judge.judge(entry)]
        found += judge.apart()
        for entry, refusal in found:
            words = self._words.doubt(refusal.shows, refusal.likeness)
            entry.says.append(f"{refusal.file_name}: not enrolled. {words}")
        if not self._dry_run:
            record_refusals(self._session, self._party_id, [refusal for _, refusal in found])
            self._session.commit()
        return ordered

    def _batches(self, entries: Sequence[Prepared]) -> Iterator[Sequence[Prepared]]:
        return (entries[start : start + self._batch] for start in range(0, len(entries), self._batch))

    def _take_in(self, entry: Prepared, writer: Writer) -> None:
        if entry.outcomes or self._was_erased_meanwhile(entry):
            return
        if entry.barred:
            entry.decide(Result.REFUSED, entry.barred)
            return
        good, known = entry.good, any(photo.known for photo in entry.photos)
        if entry.renamed and not (good or known):
            entry.decide(Result.REFUSED, f"the registry has another name for this member number{RENAME}")
            return
        if not good and not entry.renamed:
            self._leave(entry, writer, known=known)
            return
        new, subject_id = entry.subject_id is None, entry.subject_id or new_id()
        self._advise(entry, new=new)
        try:
            if not self._dry_run:
                self._store(entry, subject_id, good, writer)
        except SemblanceError as error:
            entry.decide(Result.REFUSED, str(error))
            return
        entry.decide(Result.ENROLLED if new else Result.UPDATED, good=good)

    def _was_erased_meanwhile(self, entry: Prepared) -> bool:
        """What was looked at may have taken an hour, in which somebody may have asked to be forgotten."""
        now_held = self._session.get(Member, entry.member.id if entry.member else entry.id)
        before = entry.member.erased_at if entry.member else None
        if now_held is None or now_held.erased_at == before:
            return False
        entry.decide(Result.ERASED, "erased while the roster was read")
        return True

    def _leave(self, entry: Prepared, writer: Writer, *, known: bool) -> None:
        """A member who brings nothing new, or nothing at all."""
        result = Result.UNCHANGED if entry.subject_id and known else Result.REFUSED
        entry.decide(result, *([] if known else ["no photo can be enrolled" if entry.photos else "no photo was found"]))
        if not self._dry_run:
            writer.touch(entry)

    def _advise(self, entry: Prepared, *, new: bool) -> None:
        if new and called(entry) != entry.name:
            entry.says.append(f"another member has the same name; this one is called {called(entry)}")
        if entry.renamed:
            entry.says.append(f"renamed: was called {entry.renamed!r} until now")
        if count := advice_on_count(len(entry.good) + len(entry.enrolled)):
            entry.says.append(count)

    def _store(self, entry: Prepared, subject_id: str, good: Sequence[Photo], writer: Writer) -> None:
        """Keep the photos' bytes, and note the rows: bytes without a row are waste, a row without bytes would be damage."""
        references = [self._keep(photo, subject_id) for photo in good]
        keys = keys_of(self._session)
        templates = [
            sealed_row(keys, Template(subject_id, reference.id, encoder, arrays))
            for photo, reference in zip(good, references, strict=True)
            for encoder, arrays in photo.arrays.items()
        ]
        writer.note(entry, subject_id, references, templates)

    def _keep(self, photo: Photo, subject_id: str) -> Reference:
        with self._photos.opened(photo.name) as file:
            reference = keep_reference(self._vault, subject_id, file, file_name=photo.name, era=photo.era)
        if reference.sha256 != photo.sha256:
            raise MediaUnreadable(f"{photo.name} was changed while it was read.", "Import the roster again.")
        return reference
