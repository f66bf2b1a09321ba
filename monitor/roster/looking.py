"""A roster's photos: which there are, which are new, and what they show."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

from sqlmodel import Session, select

from matcher.errors import MatcherError
from matcher.types import Recogniser
from monitor.duplicate_check import enrolled_vectors, vector_of
from monitor.enrolment import Encoded, encode_sample
from monitor.roster.decoded import looked_at
from monitor.roster.outcomes import Result
from monitor.roster.photos import Photos
from monitor.roster.prepared import Photo, Prepared
from monitor.roster.table import RosterRow
from registry.errors import SemblanceError
from registry.kinds import SubjectKind
from registry.references import Reference, digest_and_size
from registry.refusals import Refusals, RefusedPhoto
from registry.types import Image


class Looker:
    """Reads the photos of members, batch by batch. in_words: why a refused photo is not enrolled."""

    def __init__(
        self,
        session: Session,
        photos: Photos,
        recognisers: Sequence[Recogniser],
        face: Recogniser | None,
        refusals: Refusals,
        erased: Mapping[str, datetime],
        in_words: Callable[[RefusedPhoto], str],
    ) -> None:
        self._session, self._photos, self._recognisers, self._face = session, photos, recognisers, face
        self._refusals, self._erased, self._in_words = refusals, erased, in_words

    def look(self, batch: Sequence[Prepared]) -> None:
        for entry in batch:
            if not entry.outcomes:
                self._find(entry)
        self._encode([entry for entry in batch if not entry.outcomes])

    def _find(self, entry: Prepared) -> None:
        for row in entry.rows:
            for name in self._named(row, entry):
                self._measure(entry, row, name)
        entry.photos.sort(key=lambda photo: (photo.name, photo.era or (0, 0)))
        entry.missed = tuple(entry.says)
        for photo in entry.photos:
            photo.allowed = self._refusals.is_allowed(photo.sha256, entry.key)
            refusal = self._refusals.of(photo.sha256, entry.key)
            if refusal is not None:
                photo.leave_out()
                entry.says.append(f"{photo.name}: not enrolled. {self._in_words(refusal)}")
        if not entry.barred and entry.is_as_held(content_of(entry)):
            entry.decide(Result.UNCHANGED)
            return
        self._mark_known(entry)

    def _measure(self, entry: Prepared, row: RosterRow, name: str) -> None:
        try:
            with self._photos.opened(name) as file:
                sha256 = digest_and_size(file)[0]
        except SemblanceError as error:
            entry.says.append(f"{name}: {error}")
            return
        if sha256 in self._erased:
            entry.says.append(f"{name}: not enrolled. It was erased on {self._erased[sha256]:%Y-%m-%d} with whom it showed.")
        else:
            entry.photos.append(Photo(name, sha256, row.number, row.era))

    def _named(self, row: RosterRow, entry: Prepared) -> list[str]:
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
            if not photo.refused:
                seen.add(photo.sha256)

    def _encode(self, batch: Sequence[Prepared]) -> None:
        """See what the photos of a batch show that are neither enrolled nor refused yet."""
        new = [(entry, photo) for entry in batch for photo in entry.photos if not photo.known and not photo.refused]
        with closing(looked_at(self._photos, [photo.name for _, photo in new], self._encoded)) as every:
            for (entry, photo), shown in zip(new, every, strict=True):
                try:
                    encoded = shown()
                except MatcherError as error:
                    entry.says.append(f"{photo.name}: not enrolled. {error}")
                    continue
                photo.arrays, photo.vector = encoded.arrays, vector_of(self._face, encoded.arrays)
                entry.says += [f"{photo.name}: {word}" for word in encoded.warnings]

    def _encoded(self, picture: Image) -> Encoded:
        return encode_sample(self._recognisers, SubjectKind.PERSON, picture)


def content_of(entry: Prepared) -> str:
    """The digest of a member's rows and photos, of which stay out and of what was missed: the same in any order of the rows."""
    photos = sorted((photo.name, photo.sha256, photo.era or (), photo.refused) for photo in entry.photos)
    content = json.dumps([entry.number, entry.name, photos, sorted(entry.missed)])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
