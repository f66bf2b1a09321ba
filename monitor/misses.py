"""What a gallery misses at its size, in words: for the commands and documents that tell error rates."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from matcher.calibration import UNMEASURED, Calibration
from matcher.errors import PackError
from matcher.packs.store import load
from matcher.rates import gallery_rates, in_words
from monitor.settings import Settings
from registry.alike import Named
from registry.kinds import Modality, SampleKind, SubjectKind
from registry.parties import Party, parties_under
from registry.references import Reference
from registry.standing import matchable_subjects
from registry.subjects import Subject


def people_by_references(
    session: Session, at: datetime | None, allowed: Mapping[str, Named] | None = None
) -> Mapping[str, Mapping[int, int]]:
    """By party, the number of people by the number of their photos: who are looked for then; at None: all enrolled ones.

    allowed: who may be looked for by their faces then, by id, where the caller knows it already.
    """
    if at is None:
        return _enrolled(session)
    who = matchable_subjects(session, at, Modality.FACE) if allowed is None else allowed
    parties = {key: subject.party_id for key, subject in who.items() if subject.kind is SubjectKind.PERSON}
    query = select(Reference.subject_id, func.count()).where(Reference.kind == SampleKind.PICTURE)
    held: dict[str, Counter[int]] = {}
    for subject, references in session.exec(query.group_by(col(Reference.subject_id))):
        if subject in parties:
            held.setdefault(parties[subject], Counter())[references] += 1
    return held


def _enrolled(session: Session) -> Mapping[str, Mapping[int, int]]:
    """The same of all people who are enrolled, counted where they lie."""
    people = col(Subject.kind) == SubjectKind.PERSON, col(Subject.erased_at).is_(None), col(Reference.kind) == SampleKind.PICTURE
    photos = select(Subject.party_id, func.count().label("photos")).join(Reference, col(Reference.subject_id) == Subject.id)
    each = photos.where(*people).group_by(col(Subject.id), col(Subject.party_id)).subquery()
    counted = select(each.c.party_id, each.c.photos, func.count()).group_by(each.c.party_id, each.c.photos)
    held: dict[str, dict[int, int]] = {}
    for party, number, many in session.exec(counted):
        held.setdefault(party, {})[number] = many
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
    allowed: Mapping[str, Named] | None = None,
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
