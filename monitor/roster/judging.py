"""Whether the photos of a roster's rows show whom they should."""

from collections.abc import Sequence

import numpy as np
from sqlmodel import Session

from matcher.index.compact import CompactIndex
from matcher.types import Recogniser
from monitor.likeness import Doubt, doubt, limits_of, load_index, own_cosines
from monitor.roster.prepared import Photo, Prepared, Vector
from monitor.roster.seen import Seen
from registry.subjects import Subject


class Judge:
    """Compares rows with everybody enrolled, and with those who came in the same batch."""

    def __init__(self, session: Session, recogniser: Recogniser, party_id: str, seen: Seen) -> None:
        self._session, self._recogniser, self._seen = session, recogniser, seen
        self._index = load_index(session, recogniser.encoder, {party_id})
        self._fresh: list[tuple[str, Vector]] = []

    def begin(self, batch: Sequence[Prepared]) -> None:
        """Find whom each photo of the batch resembles most among those enrolled before it."""
        self._fresh = []
        if self._index is None:
            return
        newcomers = [pair for entry in batch if entry.subject_id is None for pair in entry.compared]
        if newcomers:
            found = self._index.nearest(np.stack([vector for _, vector in newcomers]))
            for (photo, _), near in zip(newcomers, found, strict=True):
                photo.nearest = near
        for entry in batch:
            if entry.subject_id is not None:
                for photo, vector in entry.compared:
                    photo.nearest = self._index.nearest(vector[None], but=entry.subject_id)[0]

    def leave_out_doubtful(self, entry: Prepared) -> None:
        """Take out the photos of a row that show somebody else, and say so."""
        compared = entry.compared
        limits = limits_of(self._recogniser, len(self._index) if self._index else 0)
        cosines = own_cosines([vector for _, vector in compared], entry.enrolled)
        for (photo, vector), own in zip(compared, cosines, strict=True):
            found = doubt(own, self._nearest(photo, vector, entry.subject_id), limits)
            if found is not None:
                photo.leave_out()
                entry.says.append(f"{photo.name}: not enrolled. {self._in_words(found)}")

    def enter(self, subject_id: str, vectors: Sequence[Vector]) -> None:
        """A new subject joins those who are compared with."""
        if not vectors:
            return
        pooled = np.sum(vectors, axis=0)
        self._fresh.append((subject_id, pooled / max(float(np.linalg.norm(pooled)), 1e-12)))
        self._index = self._index or CompactIndex(len(pooled))
        self._index.add(subject_id, pooled)

    def _nearest(self, photo: Photo, vector: Vector, subject_id: str | None) -> tuple[str, float]:
        if not self._fresh:
            return photo.nearest
        scores = np.stack([pooled for _, pooled in self._fresh]) @ vector
        fresh = [(key, float(score)) for (key, _), score in zip(self._fresh, scores, strict=True) if key != subject_id]
        return max([photo.nearest, *fresh], key=lambda near: near[1])

    def _in_words(self, found: Doubt) -> str:
        if not found.other:
            return f"It does not agree with the member's other photos (likeness {found.score:.2f}). Check for a mix-up."
        enrolled_here = self._seen.who_is(found.other)
        if enrolled_here:
            whom = f"{enrolled_here[1]!r} (row {enrolled_here[0]})"
        else:
            whom = repr(self._session.get_one(Subject, found.other).name)
        return f"It shows {whom}, who is enrolled already (likeness {found.score:.2f}). Check for a mix-up."
