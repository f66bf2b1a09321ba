"""Photos that were sent by a link and resemble somebody else who is enrolled: found before anything of them is enrolled."""

import hashlib
from collections.abc import Sequence

from sqlmodel import Session

from matcher.decoding.samples import sample_of
from matcher.errors import MatcherError
from matcher.types import Recogniser
from monitor.duplicate_check import Vector, comparisons_of, recogniser_for, vector_of
from monitor.enrolment import encode_sample
from monitor.photos import recognisers_of
from monitor.sent_files import SentFile
from monitor.sent_references import SentReference
from monitor.workspace import Workspace
from registry.kinds import Modality, SubjectKind, samples_of
from registry.members import key_of_subject
from registry.refusals import Refusals, name_by_key
from registry.subjects import Subject


def doubtful(
    workspace: Workspace, session: Session, party_id: str, subject: Subject | None, sent: Sequence[SentFile]
) -> tuple[SentReference, ...]:
    """Which photos an enrolment would refuse for whom they show, and whom that is, in words for a registrar. Nothing is written.
    subject: whose they are to be, where the registry has them. Raises PackError."""
    recognisers = recognisers_of(workspace, lambda _: None, [SubjectKind.PERSON])
    compare = comparisons_of(session, recognisers, party_id)
    known, face = Refusals(session, party_id), recogniser_for(recognisers, Modality.FACE)
    whom = key_of_subject(session, subject.id, party_id) if subject else ""
    found = []
    for file in sent:
        digest, vector = hashlib.sha256(file.content).hexdigest(), _vector(recognisers, face, file)
        if not compare or vector is None or known.is_allowed(digest, whom):
            continue
        refused, doubt = known.of(digest, whom), compare[0].doubt(subject.id if subject else "", vector)
        if refused is not None:
            found.append(_said(file, name_by_key(session, refused.shows) if refused.shows else None, refused.likeness))
        elif doubt is not None:
            other = session.get(Subject, doubt.other) if doubt.other else None
            found.append(_said(file, other.name if other else None, doubt.score))
    return tuple(found)


def _vector(recognisers: Sequence[Recogniser], face: Recogniser | None, file: SentFile) -> Vector | None:
    """None also for a photo that cannot serve: that is said when the others are enrolled."""
    try:
        sample = sample_of(file.content, file.plain_name, samples_of(SubjectKind.PERSON))
        return vector_of(face, encode_sample(recognisers, SubjectKind.PERSON, sample).arrays)
    except MatcherError:
        return None


def _said(file: SentFile, name: str | None, likeness: float) -> SentReference:
    if name is None:
        what = f"The photo does not agree with the member's other photos (likeness {likeness:.2f})."
    else:
        whom = f"{name!r}, who is enrolled already" if name else "somebody who is not enrolled any more"
        what = f"The photo shows {whom} (likeness {likeness:.2f})."
    return SentReference(file.plain_name, None, (what,), resembles=True)
