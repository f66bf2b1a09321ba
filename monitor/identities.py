"""Finding out which subjects have one likeness, across all parties: as whoever runs the machine, on behalf of nobody.

Templates are compared that are enrolled anyway. What comes of it is in registry.identities, of which an account is told its own.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from matcher.index.alike import alike
from matcher.types import Recogniser
from monitor.duplicate_check import SMALL_GALLERY, alike_among, recogniser_for
from monitor.workspace import Workspace
from registry.audit import Actor, acting
from registry.db import now
from registry.errors import Damaged
from registry.identities import Alike, AllCompared, ComparedSubject, put_on_record
from registry.identity_lines import HeldTwice, held_twice
from registry.keys import Keys, keys_of
from registry.kinds import Modality
from registry.references import Reference
from registry.storage.lock import hold
from registry.subjects import Subject
from registry.templates import TemplateRow, arrays_of

_COMPARING = Actor("semblance", "comparing the likenesses of all subjects")


def compare_subjects(workspace: Workspace, recognisers: Sequence[Recogniser]) -> None:
    """Compare every person whose templates changed since they were last compared with all others. Commits.

    Whatever is to be compared is found by itself, so that what a kill left is done the next time. Doing it again changes nothing.
    """
    recogniser = recogniser_for(recognisers, Modality.FACE)
    if recogniser is None:
        return
    with Session(workspace.engine) as session, acting(_COMPARING):
        templates, enrolled = _digests(session, recogniser.encoder), _enrolled(session)
        compared = {row.subject_id: row.templates for row in session.exec(select(ComparedSubject))}
        waiting = {key for key, digest in templates.items() if compared.get(key) != digest} | (compared.keys() - enrolled)
        if not waiting:
            return
        found = _found(_load(session, recogniser.encoder), waiting, alike_among(recogniser, max(len(templates), SMALL_GALLERY)))
        hold(session)
        # Somebody may have been erased, or a photo removed, meanwhile.
        there = set(session.exec(select(Reference.id)))
        kept = [pair for pair in found if {pair.one_reference, pair.other_reference} <= there]
        put_on_record(session, AllCompared(recogniser.encoder, kept, waiting, templates.keys()), now())
        _mark(session, {key: templates.get(key, "") for key in waiting})
        session.commit()


def newly_held(
    workspace: Workspace, session: Session, recognisers: Sequence[Recogniser], party_id: str, subject_id: str | None = None
) -> list[HeldTwice]:
    """Compare whoever is new with everybody; which of a party's subjects are held twice then. subject_id: of one alone."""
    compare_subjects(workspace, recognisers)
    return held_twice(session, party_id, subject_id)


def _enrolled(session: Session) -> set[str]:
    """Everybody who has a reference, whatever pack made a template of it."""
    return set(session.exec(select(Reference.subject_id).distinct()))


def _digests(session: Session, encoder: str) -> dict[str, str]:
    """Of each subject one digest of its templates as they lie there, sealed."""
    query = (
        select(Reference.subject_id, TemplateRow.reference_id, TemplateRow.arrays)
        .join(TemplateRow, col(TemplateRow.reference_id) == col(Reference.id))
        .where(TemplateRow.encoder == encoder)
        .order_by(col(Reference.subject_id), col(TemplateRow.reference_id))
        .execution_options(yield_per=500)
    )
    found = {}
    for subject_id, rows in groupby(session.exec(query), key=lambda row: row[0]):
        digest = hashlib.blake2b(encoder.encode(), digest_size=16)
        for _, reference_id, arrays in rows:
            digest.update(reference_id.encode() + hashlib.blake2b(arrays, digest_size=16).digest())
        found[subject_id] = digest.hexdigest()
    return found


@dataclass(frozen=True)
class _Everybody:
    """vectors (n, d): of each reference, and of a subject with several their mean, under the first one's id."""

    subjects: list[str]
    references: list[str]
    owners: NDArray[np.int64]
    vectors: NDArray[np.float16]


def _load(session: Session, encoder: str) -> _Everybody:
    """In the order of the subjects' ids. What one party's row holds that is no vector is left out: it hinders no other party."""
    read = list(_by_subject(session, encoder))
    sizes = Counter(len(vector) for _, own in read for _, vector in own)
    size = sizes.most_common(1)[0][0] if sizes else 0
    subjects: list[str] = []
    references: list[str] = []
    owners: list[int] = []
    vectors: list[NDArray[np.float16]] = []
    for subject_id, rows in read:
        for reference_id, vector in _with_mean([row for row in rows if len(row[1]) == size]):
            references.append(reference_id)
            owners.append(len(subjects))
            vectors.append(vector)
        subjects.append(subject_id)
    table = np.stack(vectors) if vectors else np.zeros((0, 0), np.float16)
    return _Everybody(subjects, references, np.array(owners, np.int64), table)


def _with_mean(own: list[tuple[str, NDArray[np.float16]]]) -> list[tuple[str, NDArray[np.float16]]]:
    """A subject's vectors, and the mean of several under the first one's reference."""
    if len(own) < 2:
        return own
    return [*own, (own[0][0], _unit(np.asarray(np.sum([vector for _, vector in own], axis=0, dtype=np.float32))))]


def _by_subject(session: Session, encoder: str) -> Iterator[tuple[str, list[tuple[str, NDArray[np.float16]]]]]:
    """Each subject with the vectors of its references, by their ids."""
    keys = keys_of(session)
    query = (
        select(Reference.subject_id, TemplateRow)
        .join(TemplateRow, col(TemplateRow.reference_id) == col(Reference.id))
        .where(TemplateRow.encoder == encoder)
        .order_by(col(Reference.subject_id), col(TemplateRow.reference_id))
        .execution_options(yield_per=500)
    )
    for subject_id, pairs in groupby(session.exec(query), key=lambda pair: pair[0]):
        read = ((row.reference_id, _vector(row, keys)) for _, row in pairs)
        yield subject_id, [(reference_id, vector) for reference_id, vector in read if vector is not None]


def _vector(row: TemplateRow, keys: Keys) -> NDArray[np.float16] | None:
    try:
        vector = arrays_of(row, keys).get("vector")
    except Damaged:
        return None
    if vector is None or vector.ndim != 1 or vector.dtype.kind != "f" or not np.isfinite(vector).all():
        return None
    return _unit(vector)


def _unit(vector: NDArray[Any]) -> NDArray[np.float16]:
    return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float16)


def _found(everybody: _Everybody, waiting: set[str], limit: float) -> list[Alike]:
    waits = np.array([subject in waiting for subject in everybody.subjects], bool)
    if not waits.any():
        return []
    asked = np.flatnonzero(waits[everybody.owners])
    pairs = alike(everybody.vectors, everybody.owners, asked, limit)
    names, references = everybody.subjects, everybody.references
    return [
        Alike(names[one], names[other], references[near.row], references[near.other_row], near.cosine)
        for (one, other), near in sorted(pairs.items())
    ]


def _mark(session: Session, templates: dict[str, str]) -> None:
    """Who was compared, with which templates; who has none any more need not be compared again before that changes."""
    erased = set(session.exec(select(Subject.id).where(col(Subject.erased_at).is_not(None))))
    known = {row.subject_id: row for row in session.exec(select(ComparedSubject))}
    for subject_id, digest in sorted(templates.items()):
        row = known.get(subject_id)
        if not digest or subject_id in erased:
            if row is not None:
                session.delete(row)
            continue
        row = row or ComparedSubject(subject_id=subject_id, templates=digest)
        row.templates = digest
        session.add(row)
    session.flush()
