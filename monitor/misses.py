"""What a gallery misses at its size, in words: for the commands and documents that tell error rates."""

from collections import Counter
from collections.abc import Container, Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from matcher.calibration import UNMEASURED, Calibration
from matcher.errors import PackError
from matcher.packs.store import load
from matcher.rates import gallery_rates, in_words
from monitor.settings import Settings
from registry.kinds import Modality, SampleKind, SubjectKind
from registry.parties import Party, parties_under
from registry.references import Reference
from registry.standing import matchable_subjects
from registry.subjects import Subject


def people_by_references(
    session: Session, at: datetime | None, allowed: Container[str] | None = None
) -> Mapping[str, Mapping[int, int]]:
    """By party, the number of people by the number of their photos: who are looked for then; at None: all enrolled ones.

    allowed: who may be looked for by their faces then, by id, where the caller knows it already.
    """
    if allowed is None and at is not None:
        allowed = matchable_subjects(session, at, Modality.FACE)
    query = (
        select(Subject.party_id, Subject.id, func.count(col(Reference.id)))
        .join(Reference, col(Reference.subject_id) == col(Subject.id))
        .where(Subject.kind == SubjectKind.PERSON, col(Subject.erased_at).is_(None), Reference.kind == SampleKind.PICTURE)
        .group_by(col(Subject.id), col(Subject.party_id))
    )
    held: dict[str, Counter[int]] = {}
    for party, subject, references in session.exec(query):
        if allowed is None or subject in allowed:
            held.setdefault(party, Counter())[references] += 1
    return held


def calibration_in_use(settings: Settings) -> Calibration | None:
    """Of the pack for faces; None where none is installed."""
    try:
        face = load(settings.models, settings.pack).spec.face if settings.pack else None
    except PackError:
        return None
    return (face.calibration or UNMEASURED) if face else None


def rates_in_words(
    session: Session,
    settings: Settings,
    at: datetime | None,
    party: Party | None = None,
    *,
    allowed: Container[str] | None = None,
) -> tuple[str, ...]:
    """What is missed, and matched falsely, of the people of a party and those under it, or of all; each party for itself.

    Parties are compared apart, so that each has a size of its own. at, allowed: as people_by_references has them.
    """
    held, calibration = people_by_references(session, at, allowed), calibration_in_use(settings)
    seen = held.keys() if party is None else held.keys() & parties_under(session, party)
    if calibration is None:
        return ("How many appearances are missed is not known: no pack for faces is installed.",) if seen else ()
    names = {row.id: row.name for row in session.exec(select(Party).where(col(Party.id).in_(seen)))}
    lines = []
    for key in sorted(seen, key=lambda key: names[key]):
        said = in_words(gallery_rates(calibration, held[key]), calibration)
        lines.append(f"{names[key]}: {' '.join(said)}" if len(seen) > 1 else " ".join(said))
    return tuple(lines)
