"""Claimants: whether another party may act for the same person, or for a character that the same person plays, as well.

The answer is yes or no. Who it is, of whom, by which mandate and how many there are is not told.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlmodel import Session

from registry.mandates import Basis, Mandate
from registry.standing import Standing, standing, standing_of
from registry.subjects import Subject
from registry.tenancy import ask, declare
from registry.territory import shared
from registry.types import Modality


def _whether_one_claims(
    rows: Iterator[Sequence[Any]], own: Standing, modality: Modality, at: datetime, territory: str | None
) -> bool:
    for (_, consent_needed), held in groupby(rows, key=lambda row: (row[0], row[1])):
        mandates = [_mandate(row[2:]) for row in held]
        theirs = standing(mandates, at, modality, territory=territory, consent_needed=bool(consent_needed))
        if theirs.allowed and shared(own.territory, theirs.territory) is not None:
            return True
    return False


def _mandate(columns: Sequence[Any]) -> Mandate:
    """Another party's, with no more of it than says whether it covers something."""
    subject_id, basis, scope, territory, starts_at, ends_at, revoked_at = columns
    return Mandate(
        party_id="",
        subject_id=subject_id,
        basis=Basis[basis],
        document_sha256="",
        scope=json.loads(scope),
        territory=json.loads(territory),
        verified_by="",
        starts_at=datetime.fromisoformat(starts_at),
        ends_at=_moment(ends_at),
        revoked_at=_moment(revoked_at),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


# Two roles of one person meet where one of them is any likeness, or both are the same picture.
_CLAIMS = declare(
    """
    WITH own AS (SELECT id, party_id FROM subject WHERE id = :subject),
    alike (one, other) AS (
        SELECT one_id, other_id FROM main.shared_identity WHERE closed_at IS NULL
        UNION ALL SELECT other_id, one_id FROM main.shared_identity WHERE closed_at IS NULL
    ),
    rival (id) AS (
        SELECT other FROM alike WHERE one = :subject
        UNION SELECT theirs.character_id FROM main.portrayal AS ours JOIN main.portrayal AS theirs
            ON theirs.person_id = ours.person_id
            OR EXISTS (SELECT 1 FROM alike WHERE one = ours.person_id AND other = theirs.person_id)
        WHERE ours.character_id = :subject
        AND (ours.reference_id IS NULL OR theirs.reference_id IS NULL OR ours.reference_id = theirs.reference_id)
    )
    SELECT s.id, p.consent_needed AND s.kind = 'PERSON', m.subject_id, m.basis, m.scope, m.territory,
        m.starts_at, m.ends_at, m.revoked_at
    FROM own CROSS JOIN rival JOIN main.subject AS s ON s.id = rival.id AND s.party_id <> own.party_id AND s.erased_at IS NULL
    JOIN main.party AS p ON p.id = s.party_id
    JOIN main.mandate AS m ON m.subject_id = s.id OR (m.subject_id IS NULL AND m.party_id = s.party_id)
    ORDER BY s.id
    """,
    _whether_one_claims,
)


def is_claimed_twice(
    session: Session, subject: Subject, modality: Modality, at: datetime, *, territory: str | None = None
) -> bool:
    """Whether the subject's party and another one may both act, at that moment, for one person or one person's roles: in that
    modality and, where they are limited, in some territory of both. territory: a place that both must cover.
    """
    own = standing_of(session, subject, at, modality, territory=territory)
    return own.allowed and ask(session, _CLAIMS, {"subject": subject.id}, own, modality, at, territory)
