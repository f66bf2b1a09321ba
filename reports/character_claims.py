"""Claims: an actor who plays a character gives two claimants, each judged apart; two of the same right are in conflict."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from matcher.types import Match
from registry.claimants import is_claimed_twice
from registry.identities import held_elsewhere
from registry.portrayals import Portrayal, Portrayed, list_portrayals
from registry.standing import standing_of
from registry.subjects import Subject
from registry.types import Modality, SubjectKind
from reports.matches import MatchRow, MatchStatus, id_of_match
from reports.outbox import Happened, tell
from reports.render.plain import PLAYED
from reports.spans import SAME_SPAN, overlap

CONTESTED = (
    "another party holds a mandate of the same kind for the same likeness; whoever runs this machine can bring both together"
)
"""Whose it is and what it says is not told."""


def claims(matches: Iterable[Match], roles: Mapping[str, tuple[Portrayed, ...]]) -> tuple[Match, ...]:
    """The matches, and for each of a person who plays a character, the same appearance as a match of that character.

    Where a role has a picture of its own, the person must have been recognised by that one. The ratio that weighs the score was
    fitted for the person's likeness, and says nothing of the character. roles: by person's id.
    """
    found: list[Match] = []
    for match in matches:
        found.append(match)
        found += [
            replace(match, subject_id=role.character_id, reasons=(PLAYED,), likelihood=None)
            for role in roles.get(match.subject_id, ())
            if role.reference_id in (None, match.reference_id)
        ]
    return tuple(found)


def claim_played(session: Session, at: datetime) -> int:
    """Give every character its claim to what was found of whoever plays it before that was on record, to be judged by itself.

    How the person's own match was decided does not matter, nor whether it still stands; but somebody must be able to act for both
    now. Returns how many matches were added, flushed; the caller commits. Doing it again adds none.
    """
    added = 0
    for portrayal in list_portrayals(session):
        for match in list(_unclaimed(session, portrayal, at)):
            claim = _claim(match, portrayal.character_id, at)
            session.add(claim)
            found = {"match_id": claim.id, "capture_id": claim.capture_id}
            tell(session, Happened.MATCH_FOUND, found, subject=claim.subject_id)
            added += 1
        session.flush()
    return added


def _unclaimed(session: Session, portrayal: Portrayal, at: datetime) -> Iterator[MatchRow]:
    held: dict[str, list[MatchRow]] = {}
    for row in session.exec(select(MatchRow).where(MatchRow.subject_id == portrayal.character_id)):
        held.setdefault(row.capture_id, []).append(row)
    shown = select(MatchRow).where(MatchRow.subject_id == portrayal.person_id).order_by(col(MatchRow.id))
    if portrayal.reference_id is not None:
        shown = shown.where(MatchRow.reference_id == portrayal.reference_id)
    may: dict[Modality, bool] = {}
    for match in session.exec(shown).all():
        if match.modality not in may:
            may[match.modality] = _may_claim(session, portrayal, match.modality, at)
        if may[match.modality] and not any(_is_claim_of(row, match) for row in held.get(match.capture_id, ())):
            yield match


def _may_claim(session: Session, portrayal: Portrayal, modality: Modality, at: datetime) -> bool:
    both = (session.get_one(Subject, key) for key in (portrayal.character_id, portrayal.person_id))
    return all(standing_of(session, subject, at, modality).allowed for subject in both)


def _is_claim_of(row: MatchRow, match: MatchRow) -> bool:
    """Whether the character's match is of the same appearance: the same model's start, or most of the same span."""
    return row.id == _id_of_claim(match, row.subject_id) or (
        (row.modality, row.track) == (match.modality, match.track) and overlap(row, match) >= SAME_SPAN
    )


def _id_of_claim(match: MatchRow, character_id: str) -> str:
    return id_of_match(match.capture_id, character_id, match.modality, match.t_start, match.encoder, match.track)


def _claim(match: MatchRow, character_id: str, at: datetime) -> MatchRow:
    own = {
        "id": _id_of_claim(match, character_id),
        "subject_id": character_id,
        "reasons": [PLAYED],
        "likelihood_ratio": None,
        "ratio_least": None,
        "ratio_most": None,
        "status": MatchStatus.PENDING,
        "licence_id": None,
        "allowance_id": None,
        "permission_reason": "",
        "found_at": at,
    }
    return MatchRow(**{**match.model_dump(), **own})


def may_be_contested(session: Session) -> set[str]:
    """The subjects of which contested() may say something, so that a long list asks it of few."""
    held = {row.subject_id for row in held_elsewhere(session) if row.own_id is None}
    return held | {portrayal.character_id for portrayal in list_portrayals(session)}


def is_rivalled(session: Session, subject: Subject) -> bool:
    """As may_be_contested, of one subject, in one statement: only people are held twice, and only characters are played."""
    if subject.kind is SubjectKind.PERSON:
        return any(row.subject_id == subject.id and row.own_id is None for row in held_elsewhere(session))
    played = select(Portrayal.id).where(Portrayal.character_id == subject.id).limit(1)
    return subject.kind is SubjectKind.CHARACTER and session.exec(played).first() is not None


def contested(session: Session, subject_id: str, modality: Modality, at: datetime, *, territory: str | None = None) -> str:
    """That another party claims the same right as the subject's own at that moment, in words; "" where none does.

    territory: of the law that a letter relies on; without, any that both cover counts.
    """
    subject = session.get(Subject, subject_id)
    if subject is None or subject.erased_at is not None:
        return ""
    return CONTESTED if is_claimed_twice(session, subject, modality, at, territory=territory) else ""
