"""Whether the photos of a roster's members show whom they should: the same answer whatever the order of the rows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from sqlmodel import Session, select

from matcher.index.compact import CompactIndex
from matcher.types import Recogniser
from monitor.duplicate_check import doubt, limits_of, load_index, own_cosines
from monitor.roster.prepared import Prepared
from registry.kinds import Numbers
from registry.members import Member
from registry.refusals import NewRefusal

if TYPE_CHECKING:
    from monitor.roster.prepared import Vector

NOBODY = ("", -1.0)


def in_turn(entry: Prepared) -> tuple[int, int, str, str]:
    """Sorts members by whom to believe first, where two show one face: those with more photos, then those with lower numbers."""
    return -len(entry.compared), len(entry.number), entry.number, entry.name_key


class Judge:
    """Compares members with everybody enrolled, and with those of the same roster who were judged before them."""

    def __init__(self, session: Session, recogniser: Recogniser, party_id: str, numbers: Numbers | None) -> None:
        self._limits = limits_of(recogniser)
        self._index = load_index(session, recogniser.encoder, {party_id})
        members = session.exec(select(Member).where(Member.party_id == party_id))
        loose = numbers is Numbers.LOOSELY
        self._apart: list[tuple[Prepared, Vector, NewRefusal]] = []
        self._keys = {row.subject_id: (row.loose_id if loose else "") or row.id for row in members if row.subject_id}

    def judge(self, entry: Prepared) -> list[NewRefusal]:
        """Leave out the photos that show somebody else, and say which; of those that only stand apart, see apart()."""
        compared, refused = entry.compared, []
        if entry.renamed and not self._shows_the_same(entry):
            return []
        others = self._nearest([vector for _, vector in compared], entry.subject_id)
        cosines = own_cosines([vector for _, vector in compared], entry.enrolled)
        for (photo, vector), own, other in zip(compared, cosines, others, strict=True):
            found = None if photo.allowed else doubt(own, other, self._limits)
            if found is None:
                continue
            photo.leave_out()
            refusal = NewRefusal(photo.sha256, entry.key, self._key(found.other), found.score, entry.number, photo.name)
            if found.other:
                refused.append(refusal)
            else:
                self._apart.append((entry, vector, refusal))
        self._enter(entry)
        return refused

    def apart(self) -> Iterator[tuple[Prepared, NewRefusal]]:
        """The photos that did not agree with the others of their member, each with whom it shows now that all are known."""
        for entry, vector, refusal in self._apart:
            other, likeness = self._nearest([vector], entry.subject_id or entry.key)[0]
            if likeness >= self._limits.alike:
                refusal = replace(refusal, shows=self._key(other), likeness=likeness)
            yield entry, refusal

    def _key(self, found: str) -> str:
        return self._keys.get(found, found)

    def _shows_the_same(self, entry: Prepared) -> bool:
        """Whether a photo tells that a member with another name is who had the number before."""
        cosines = [float(vector @ other) for _, vector in entry.compared for other in entry.enrolled]
        if any(photo.known for photo in entry.photos) or max(cosines, default=-1.0) >= self._limits.alike:
            return True
        for photo in entry.photos:
            photo.arrays, photo.vector = {}, None
        return False

    def _nearest(self, vectors: "Sequence[Vector]", but: str | None) -> list[tuple[str, float]]:
        if self._index is None or not vectors:
            return [NOBODY] * len(vectors)
        return self._index.nearest(np.stack(vectors), but=but)

    def _enter(self, entry: Prepared) -> None:
        """Who is judged from now on is compared with this member, too, by all photos together."""
        vectors = [vector for _, vector in entry.compared]
        if not vectors:
            return
        pooled = np.sum([*entry.enrolled, *vectors], axis=0)
        self._index = self._index or CompactIndex(len(pooled))
        self._index.put(entry.subject_id or entry.key, pooled)
