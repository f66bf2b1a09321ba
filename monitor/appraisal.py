"""What a person's references are worth: each photo's figures, how they agree, and what would make them better."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from sqlmodel import Session, select

from matcher.face.appraisal import advice, advice_on_count, quality_of
from matcher.types import Recogniser
from monitor.likeness import limits_of, own_cosines
from registry.keys import keys_of
from registry.references import Reference, list_references
from registry.subjects import Subject
from registry.templates import TemplateRow, arrays_of

MISSES: Mapping[str, tuple[float, float]] = {"open": (0.199, 0.101), "edge": (0.015, 0.001)}
"""FNIR at FPIR 1% with one reference and with two, by pack: benchmarks/README.md, "What a second reference is worth"."""


@dataclass(frozen=True)
class AppraisedReference:
    """width in pixels, sharp and frontal 0 to 1; None where the template was made before they were kept.

    agreement: the best cosine to the person's other photos; None for an only one. says: advice in words.
    """

    reference: Reference
    width: float | None
    sharp: float | None
    frontal: float | None
    agreement: float | None
    says: tuple[str, ...]


@dataclass(frozen=True)
class Appraisal:
    references: tuple[AppraisedReference, ...]
    says: tuple[str, ...]


def worth_of_more(photos: int, pack: str) -> str:
    """What further photos of a person are worth, with the figures where the pack was measured; "" from three photos on."""
    advice, misses = advice_on_count(photos), MISSES.get(pack)
    if not advice or misses is None:
        return advice
    one, two = misses
    return f"{advice} Measured with {pack}: one photo misses {one:.1%} of appearances, two miss {two:.1%}, at 1% false alarms."


def appraise(session: Session, subject: Subject, recogniser: Recogniser) -> Appraisal:
    """The references of a person, as the recogniser for faces sees them."""
    held = [
        (row, arrays) for row in list_references(session, subject) if (arrays := _arrays(session, row, recogniser)) is not None
    ]
    apart = limits_of(recogniser).apart
    cosines = own_cosines([arrays["vector"] for _, arrays in held], [])
    rows = []
    for (reference, arrays), own in zip(held, cosines, strict=True):
        quality, agreement = quality_of(arrays), max(own, default=None)
        says = advice(quality) if quality else ()
        if agreement is not None and agreement < apart:
            says = (*says, "It does not agree with the other photos: check for a mix-up.")
        width, sharp, frontal = (quality.width, quality.sharp, quality.frontal) if quality else (None, None, None)
        rows.append(AppraisedReference(reference, width, sharp, frontal, agreement, says))
    count = worth_of_more(len(rows), recogniser.pack)
    eras = {(row.reference.era_from, row.reference.era_to) for row in rows}
    undated = "Say which years the photos depict (--era): people change." if eras == {(None, None)} else ""
    return Appraisal(tuple(rows), tuple(line for line in (count, undated) if line))


def _arrays(session: Session, reference: Reference, recogniser: Recogniser) -> dict[str, NDArray[Any]] | None:
    query = select(TemplateRow).where(TemplateRow.reference_id == reference.id, TemplateRow.encoder == recogniser.encoder)
    row = session.exec(query).first()
    return arrays_of(row, keys_of(session)) if row else None
