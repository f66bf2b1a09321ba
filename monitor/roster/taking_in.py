"""Taking in a roster: rows in batches, each one transaction, so that a kill loses nothing that was told and doubles nothing."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import closing

from sqlmodel import Session, col, select

from matcher.decoding import decoder
from matcher.errors import MatcherError, MediaUnreadable
from matcher.face.appraisal import advice_on_count
from matcher.types import Recogniser
from monitor.enrolment import encode_picture
from monitor.likeness import enrolled_vectors, face_recogniser, vector_of
from monitor.roster.decoded import decoded
from monitor.roster.judging import Judge
from monitor.roster.outcomes import Outcome, Result
from monitor.roster.photos import Photos
from monitor.roster.prepared import Photo, Prepared
from monitor.roster.seen import Seen, name_key
from monitor.roster.table import Roster, RosterRow
from monitor.roster.writing import Writer
from registry.db import new_id
from registry.erase import erased_digests
from registry.errors import RegistryError, SemblanceError
from registry.keys import keys_of
from registry.kinds import SubjectKind
from registry.members import Member, name_only_key, number_key
from registry.names import clean_name
from registry.parties import Party
from registry.references import Reference, check_era, keep_reference, measure
from registry.subjects import Subject
from registry.templates import sealed_row
from registry.types import Template
from registry.vault.local import LocalVault

BATCH = 64
BY_HAND = "; if they ask to be, semblance subject add does"
RENAME = "; if it is the same person, type semblance subject rename, and otherwise give the row its own number"


class RosterImport:
    """Takes in rosters of one party. dry_run: everything is looked at, and nothing written."""

    def __init__(
        self,
        session: Session,
        vault: LocalVault,
        party: Party,
        recognisers: Sequence[Recogniser],
        photos: Photos,
        *,
        dry_run: bool = False,
    ) -> None:
        self._session, self._vault, self._party_id = session, vault, party.id
        self._recognisers, self._photos, self._dry_run = recognisers, photos, dry_run
        self._face = face_recogniser(recognisers)
        self._seen = Seen()
        self._writer = Writer(self._party_id, self._seen)
        self._by_hand: dict[str, str] = {}
        self._erased = erased_digests(session, party.id)

    def run(self, roster: Roster) -> Iterator[list[Outcome]]:
        """The outcomes of one batch after another, each committed before it comes."""
        decoder().start_soon()
        judge = Judge(self._session, self._face, self._party_id, self._seen) if self._face else None
        self._by_hand = self._subjects_without_member()
        for batch in self._batches(roster):
            self._look_up(batch)
            self._writer.begin(self._session, batch)
            for entry in batch:
                self._look_at_photos(entry)
            self._encode(batch)
            if judge is not None:
                judge.begin(batch)
            with self._vault.together():
                for entry in batch:
                    self._take_in(entry, judge)
            self._writer.write(self._session)
            self._session.expunge_all()
            yield [entry.outcome for entry in batch if entry.outcome is not None]

    def _batches(self, roster: Roster) -> Iterator[list[Prepared]]:
        """Rows in batches in which no member comes twice: the second row finds what the first one wrote."""
        batch: list[Prepared] = []
        for row in roster.rows():
            entry = self._prepare(row)
            if len(batch) == BATCH or any(entry.key and entry.key == other.key for other in batch):
                yield batch
                batch = []
            batch.append(entry)
        if batch:
            yield batch

    def _subjects_without_member(self) -> dict[str, str]:
        """People of the party whom no roster brought: ids by the name as it is compared."""
        members = select(Member.subject_id).where(col(Member.subject_id).is_not(None))
        query = select(Subject.id, Subject.name).where(
            Subject.party_id == self._party_id,
            Subject.kind == SubjectKind.PERSON,
            col(Subject.erased_at).is_(None),
            col(Subject.id).not_in(members),
        )
        return {name_key(name): key for key, name in self._session.exec(query)}

    def _prepare(self, row: RosterRow) -> Prepared:
        entry = Prepared(row)
        try:
            if row.problem:
                raise RegistryError(row.problem, "")
            entry.name = clean_name(row.name, "member")
            check_era(row.era)
        except RegistryError as error:
            entry.decide(Result.REFUSED, str(error))
            return entry
        entry.name_key = name_key(entry.name)
        entry.key = (
            number_key(self._session, self._party_id, row.key)
            if row.key
            else name_only_key(self._session, self._party_id, entry.name_key)
        )
        before = self._seen.first_row(entry.key, entry.name_key, row.number)
        if before is not None and not row.key:
            entry.decide(Result.REFUSED, f"row {before[0]} has the same name: tell them apart by a column of member numbers")
        elif before is not None and before[1] != entry.name_key:
            entry.decide(Result.REFUSED, f"row {before[0]} has the same member number and another name")
        return entry

    def _look_up(self, batch: Sequence[Prepared]) -> None:
        wanted = [entry.key for entry in batch if entry.key]
        held = {row.id: row for row in self._session.exec(select(Member).where(col(Member.id).in_(wanted)))}
        for entry in batch:
            if entry.outcome is not None:
                continue
            entry.member = held.get(entry.key)
            if entry.member is not None:
                _check_member(entry, entry.member)
            elif entry.name_key in self._by_hand:
                entry.adopted = self._session.get(Subject, self._by_hand[entry.name_key])

    def _look_at_photos(self, entry: Prepared) -> None:
        if entry.outcome is not None:
            return
        for name in self._named(entry):
            try:
                with self._photos.opened(name) as file:
                    sha256 = measure(file)[0]
            except SemblanceError as error:
                entry.says.append(f"{name}: {error}")
                continue
            if sha256 in self._erased:
                entry.says.append(f"{name}: not enrolled. It was erased on {self._erased[sha256]:%Y-%m-%d} with whom it showed.")
            else:
                entry.photos.append(Photo(name, sha256))
        seen = sorted((photo.name, photo.sha256) for photo in entry.photos)
        content = json.dumps([entry.row.key, entry.name, entry.row.era, seen, entry.says])
        entry.row_sha = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
        if entry.member is not None and entry.member.row_sha == entry.row_sha:
            entry.decide(Result.UNCHANGED)
            return
        self._mark_known(entry)

    def _named(self, entry: Prepared) -> list[str]:
        row = entry.row
        if not row.photos:
            return (self._photos.of_member(row.key) if row.key else []) or self._photos.of_member(row.name)
        names = []
        for named in row.photos:
            found = self._photos.find(named)
            if found is None:
                entry.says.append(f"{named[:200]}: there is no such photo")
            else:
                names.append(found)
        return list(dict.fromkeys(names))

    def _mark_known(self, entry: Prepared) -> None:
        seen: set[str] = set()
        if entry.subject_id:
            seen |= set(self._session.exec(select(Reference.sha256).where(Reference.subject_id == entry.subject_id)))
            if self._face is not None:
                entry.enrolled = enrolled_vectors(self._session, entry.subject_id, self._face.encoder)
        for photo in entry.photos:
            photo.known = photo.sha256 in seen
            seen.add(photo.sha256)

    def _encode(self, batch: Sequence[Prepared]) -> None:
        """See what the photos of a batch show that are not enrolled yet."""
        new = [(entry, photo) for entry in batch if entry.outcome is None for photo in entry.photos if not photo.known]
        with closing(decoded(self._photos, [photo.name for _, photo in new])) as pictures:
            for (entry, photo), picture in zip(new, pictures, strict=True):
                try:
                    encoded = encode_picture(self._recognisers, SubjectKind.PERSON, picture())
                except MatcherError as error:
                    entry.says.append(f"{photo.name}: not enrolled. {error}")
                    continue
                photo.arrays, photo.vector = encoded.arrays, vector_of(self._face, encoded.arrays)
                entry.says += [f"{photo.name}: {word}" for word in encoded.warnings]

    def _take_in(self, entry: Prepared, judge: Judge | None) -> None:
        if entry.outcome is not None:
            return
        if judge is not None:
            judge.leave_out_doubtful(entry)
        good = [photo for photo in entry.photos if photo.arrays]
        if not good:
            known = any(photo.known for photo in entry.photos)
            result = Result.UNCHANGED if entry.subject_id and known else Result.REFUSED
            entry.decide(result, *([] if known else ["no photo can be enrolled" if entry.photos else "no photo was found"]))
            return
        if self._writer.is_called_otherwise(entry):
            entry.says.append(f"another member has the same name; this one is called {self._writer.name_of(entry)}")
        new, subject_id = entry.subject_id is None, entry.subject_id or new_id()
        if count := advice_on_count(len(good) + len(entry.enrolled)):
            entry.says.append(count)
        try:
            if not self._dry_run:
                self._store(entry, subject_id, good)
        except SemblanceError as error:
            entry.decide(Result.REFUSED, str(error))
            return
        self._seen.note_subject(subject_id, entry.row.number, entry.name)
        self._seen.note_bearer(entry.name_key, entry.key)
        if judge is not None and new:
            judge.enter(subject_id, [vector for _, vector in entry.compared])
        entry.decide(Result.ENROLLED if new else Result.UPDATED, photos=len(good))

    def _store(self, entry: Prepared, subject_id: str, good: Sequence[Photo]) -> None:
        """Keep the photos' bytes, and note the rows: bytes without a row are waste, a row without bytes would be damage."""
        references = [self._keep(photo, subject_id, entry.row) for photo in good]
        keys = keys_of(self._session)
        templates = [
            sealed_row(keys, Template(subject_id, reference.id, encoder, arrays))
            for photo, reference in zip(good, references, strict=True)
            for encoder, arrays in photo.arrays.items()
        ]
        self._writer.note(entry, subject_id, references, templates)

    def _keep(self, photo: Photo, subject_id: str, row: RosterRow) -> Reference:
        with self._photos.opened(photo.name) as file:
            reference = keep_reference(self._vault, subject_id, file, file_name=photo.name, era=row.era)
        if reference.sha256 != photo.sha256:
            raise MediaUnreadable(f"{photo.name} was changed while it was read.", "Import the roster again.")
        return reference


def _check_member(entry: Prepared, member: Member) -> None:
    if member.erased_at is not None:
        entry.decide(Result.ERASED, f"erased on {member.erased_at:%Y-%m-%d}; no roster enrols them again{BY_HAND}")
    elif member.name_key != entry.name_key:
        entry.decide(Result.REFUSED, f"the registry has another name for this member number{RENAME}")
