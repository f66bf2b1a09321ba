"""Whether a new photo shows whom it should: compared with the person's other photos, and with everybody else's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from matcher.index.compact import CompactIndex
from matcher.types import Recogniser
from registry.keys import keys_of
from registry.kinds import Modality
from registry.references import Reference
from registry.subjects import Subject
from registry.templates import TemplateRow, arrays_of

if TYPE_CHECKING:
    from matcher.face.recogniser import FaceRecogniser

Vector = NDArray[np.float32]

SMALL_GALLERY = 100
"""From as many subjects on a pack's threshold is known."""

AS_IF_ENROLLED = 1000
"""Photos are judged as among so many people, however many there are: what was refused once is refused at every other time."""

SAME_PHOTO = 0.9999
"""From this cosine on it is the same photo again, which says nothing of agreement."""


@dataclass(frozen=True)
class Doubt:
    """Why a photo should not be enrolled. other: the id of the subject whom it shows rather; "" when it only stands apart."""

    other: str
    score: float


@dataclass(frozen=True)
class LikenessLimits:
    """alike: the cosine from which two photos show one person. apart: below it they show two people."""

    alike: float
    apart: float


def recogniser_for(recognisers: Sequence[Recogniser], modality: Modality) -> Recogniser | None:
    """The one by which references are compared that are found in that way: the first of several."""
    return next((recogniser for recogniser in recognisers if recogniser.modality is modality), None)


def faces_by(recogniser: Recogniser) -> "FaceRecogniser | None":
    """A recogniser as that of a pack for faces; None for another."""
    if recogniser.modality is not Modality.FACE:
        return None
    from matcher.face.recogniser import FaceRecogniser  # it comes with what runs models, which other subjects need not

    return recogniser if isinstance(recogniser, FaceRecogniser) else None


def comparisons_of(session: Session, recognisers: Sequence[Recogniser], party_id: str) -> tuple["Comparison", ...]:
    """What people's samples are compared by: photos by the first recogniser for faces, recordings by the first for voices."""
    found = (recogniser_for(recognisers, Modality.FACE), recogniser_for(recognisers, Modality.VOICE))
    return tuple(Comparison(session, recogniser, party_id) for recogniser in found if recogniser)


def vector_of(recogniser: Recogniser | None, arrays: Mapping[str, Mapping[str, NDArray[Any]]]) -> Vector | None:
    """The vector (d,) of a face or voice among what the recognisers made of a sample."""
    return arrays.get(recogniser.encoder, {}).get("vector") if recogniser else None


def limits_of(recogniser: Recogniser) -> LikenessLimits:
    """The same whoever is enrolled and whenever it is asked, unlike a match's threshold, which follows the gallery."""
    alike = alike_among(recogniser, AS_IF_ENROLLED)
    if faces := faces_by(recogniser):
        return LikenessLimits(alike, faces.two_faces)
    base = recogniser.threshold(SMALL_GALLERY)
    return LikenessLimits(alike, base - 0.4 * (1 - base))


def alike_among(recogniser: Recogniser, enrolled: int) -> float:
    """The cosine from which on a photo seems to show one of so many others."""
    if faces := faces_by(recogniser):
        return faces.calibration.unnormalised().threshold(enrolled)
    return recogniser.threshold(enrolled)


def doubt(own: Sequence[float], other: tuple[str, float], limits: LikenessLimits) -> Doubt | None:
    """Judge one photo. own: its cosines to the person's other photos. other: the nearest other subject and its cosine."""
    best = max(own, default=-1.0)
    if other[1] >= limits.alike and other[1] >= best:
        return Doubt(*other)
    return Doubt("", best) if own and best < limits.apart else None


def own_cosines(vectors: Sequence[Vector], enrolled: Sequence[Vector]) -> list[list[float]]:
    """For each new photo of a person its cosines to the other new ones and to the enrolled ones."""
    return [
        [float(vector @ other) for place, other in enumerate((*vectors, *enrolled)) if place != number]
        for number, vector in enumerate(vectors)
    ]


class Comparison:
    """Compares photos or recordings, one by one, with everybody of the party; the table of all is made when first needed."""

    def __init__(self, session: Session, recogniser: Recogniser, party_id: str) -> None:
        self.recogniser = recogniser
        self._session, self._party_id = session, party_id
        self._index: CompactIndex | None = None
        self._loaded = False

    def doubt(self, subject_id: str, vector: Vector) -> Doubt | None:
        """Why a photo should not be enrolled for the subject; None where nothing speaks against it."""
        if not self._loaded:
            self._index = load_index(self._session, self.recogniser.encoder, {self._party_id})
            self._loaded = True
        if self._index is None:
            return None
        others = enrolled_vectors(self._session, subject_id, self.recogniser.encoder)
        own = [cosine for cosine in own_cosines([vector], others)[0] if cosine < SAME_PHOTO]
        near = self._index.nearest(vector[None], but=subject_id)[0]
        return doubt(own, near, limits_of(self.recogniser))


def enrolled_vectors(session: Session, subject_id: str, encoder: str) -> list[Vector]:
    query = select(TemplateRow).join(Reference).where(Reference.subject_id == subject_id, TemplateRow.encoder == encoder)
    keys = keys_of(session)
    return [arrays_of(row, keys)["vector"] for row in session.exec(query)]


def load_index(session: Session, encoder: str, parties: set[str]) -> CompactIndex | None:
    """One pooled vector for each subject of these parties; None when there is none. Holds one template at a time in memory."""
    index: CompactIndex | None = None
    for subject_id, vectors in _by_subject(session, encoder, parties):
        index = index or CompactIndex(len(vectors[0]))
        index.add(subject_id, np.sum(vectors, axis=0))
    return index


def _by_subject(session: Session, encoder: str, parties: set[str]) -> Iterator[tuple[str, list[Vector]]]:
    keys = keys_of(session)
    query = (
        select(Reference.subject_id, TemplateRow)
        .join(Reference)
        .join(Subject, col(Subject.id) == col(Reference.subject_id))
        .where(TemplateRow.encoder == encoder, col(Subject.party_id).in_(parties))
        .order_by(col(Reference.subject_id))
        .execution_options(yield_per=500)
    )
    for subject_id, rows in groupby(session.exec(query), key=lambda pair: pair[0]):
        yield subject_id, [arrays_of(row, keys)["vector"] for _, row in rows]
