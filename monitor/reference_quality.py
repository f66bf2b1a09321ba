"""What a person's references are worth: each photo's figures, how they agree, and what would make them better."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from sqlmodel import Session, select

from matcher.calibration import UNMEASURED, Calibration
from matcher.face.appraisal import advice, advice_on_count, quality_of
from matcher.rates import ADVISED, BRACKETS, LARGEST_GALLERY, comparisons, missed, of_hundred
from matcher.types import Recogniser
from matcher.voice import appraisal as of_voices
from monitor.duplicate_check import faces_by, limits_of, own_cosines
from monitor.misses import people_by_references
from registry.keys import keys_of
from registry.references import Reference, list_references
from registry.subjects import Subject
from registry.templates import TemplateRow, arrays_of


@dataclass(frozen=True)
class AppraisedReference:
    """width in pixels, sharp and frontal 0 to 1, of a photo; speech: seconds of it in a recording. None where there is none, or
    the template was made before they were kept.

    agreement: the best cosine to the person's other photos, or recordings; None for an only one. says: advice in words.
    """

    reference: Reference
    agreement: float | None
    says: tuple[str, ...]
    width: float | None = None
    sharp: float | None = None
    frontal: float | None = None
    speech: float | None = None


@dataclass(frozen=True)
class Appraisal:
    references: tuple[AppraisedReference, ...]
    says: tuple[str, ...]


NOTHING = Appraisal((), ())


def worth_of_more(photos: int, calibration: Calibration, held: Mapping[int, int]) -> str:
    """What a person's photos miss in this gallery, and further ones would; the advice alone where that is not known.

    held: how many people are compared, by the number of their photos.
    """
    subjects, advice = max(1, sum(held.values())), advice_on_count(photos)
    compared = max(1, comparisons(held, calibration.per_reference))
    if not photos:
        return advice
    people = "1 enrolled person" if subjects == 1 else f"{subjects:,} enrolled people"
    if not calibration.mated or compared > LARGEST_GALLERY:
        unknown = f"How many of this person's appearances are missed among {people} is not known for this size with this pack."
        return f"{advice} {unknown}".strip()
    misses = _misses(calibration, compared, [photos, *(count for count in ADVISED if count > photos)])
    return f"{advice} Among {people}, appearances missed by number of photos: {misses}.".strip()


def _misses(calibration: Calibration, compared: int, counts: Sequence[int]) -> str:
    """The share that is missed with each of these numbers of photos, in words."""
    found = {count: missed(calibration, compared, count) for count in counts}
    misses = "; ".join(f"{count}: {of_hundred(own.share, own.between)}" for count, own in found.items())
    return misses + (f" ({BRACKETS})" if any(own.between for own in found.values()) else "")


def worth_here(session: Session, subject: Subject, photos: int, recogniser: Recogniser) -> str:
    """The same in the gallery that this subject stands in."""
    held = people_by_references(session, None).get(subject.party_id, {})
    faces = faces_by(recogniser)
    return worth_of_more(photos, faces.calibration if faces else UNMEASURED, held)


def appraise_photos(session: Session, subject: Subject, recogniser: Recogniser) -> Appraisal:
    """The photos of a person, as the recogniser for faces sees them."""
    rows = _appraised(session, subject, recogniser, _photo, "photos")
    count = worth_here(session, subject, len(rows), recogniser)
    eras = {(row.reference.era_from, row.reference.era_to) for row in rows}
    undated = "Say which years the photos depict: people change." if eras == {(None, None)} else ""
    return Appraisal(rows, tuple(line for line in (count, undated) if line))


def appraise_recordings(session: Session, subject: Subject, recogniser: Recogniser) -> Appraisal:
    """The recordings of a person, as the recogniser for voices hears them; nothing is said of who has none."""
    rows = _appraised(session, subject, recogniser, _recording, "recordings")
    count = of_voices.advice_on_count(len(rows)) if rows else ""
    return Appraisal(rows, (count,) if count else ())


_Judged = tuple[dict[str, float], tuple[str, ...]]
"""What a template says of its reference: figures, by their names in AppraisedReference, and advice."""


def _photo(arrays: dict[str, NDArray[Any]]) -> _Judged:
    quality = quality_of(arrays)
    if quality is None:
        return {}, ()
    return {"width": quality.width, "sharp": quality.sharp, "frontal": quality.frontal}, advice(quality)


def _recording(arrays: dict[str, NDArray[Any]]) -> _Judged:
    quality = of_voices.quality_in(arrays)
    return ({"speech": round(quality.speech, 1)}, of_voices.advice(quality)) if quality else ({}, ())


def _appraised(
    session: Session, subject: Subject, recogniser: Recogniser, judge: Callable[[dict[str, NDArray[Any]]], _Judged], called: str
) -> tuple[AppraisedReference, ...]:
    """Each reference that the recogniser knows. called: what those of its kind are."""
    apart, rows = limits_of(recogniser).apart, list[AppraisedReference]()
    for reference, arrays, agreement in _held(session, subject, recogniser):
        figures, says = judge(arrays)
        if agreement is not None and agreement < apart:
            # Two that are less alike may be of two people.
            says = (*says, f"It does not agree with the other {called}: check for a mix-up.")
        rows.append(AppraisedReference(reference, agreement, says, **figures))
    return tuple(rows)


def _held(
    session: Session, subject: Subject, recogniser: Recogniser
) -> list[tuple[Reference, dict[str, NDArray[Any]], float | None]]:
    """The references of which a recogniser made a template, with it, and the best cosine to the others."""
    held = [
        (row, arrays) for row in list_references(session, subject) if (arrays := _arrays(session, row, recogniser)) is not None
    ]
    cosines = own_cosines([arrays["vector"] for _, arrays in held], [])
    return [(*each, max(own, default=None)) for each, own in zip(held, cosines, strict=True)]


def _arrays(session: Session, reference: Reference, recogniser: Recogniser) -> dict[str, NDArray[Any]] | None:
    query = select(TemplateRow).where(TemplateRow.reference_id == reference.id, TemplateRow.encoder == recogniser.encoder)
    row = session.exec(query).first()
    return arrays_of(row, keys_of(session)) if row else None
