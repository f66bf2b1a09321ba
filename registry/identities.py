"""Identities: one person under several subjects, whichever parties enrolled them.

What is on record of it is for whoever runs the machine. A party is told, by a question, that another one holds the likeness of
its own subject, and since when: not who that is, of whom, or how many there are.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, UniqueConstraint, and_
from sqlmodel import Field, Session, SQLModel, col, func, select

from registry.actions import Action
from registry.audit import record
from registry.db import UtcDateTime, new_id
from registry.errors import NotFound, RegistryError
from registry.prefixes import begins_with
from registry.references import Reference
from registry.storage.triggers import forbid
from registry.subjects import subjects_of
from registry.tenancy import ask, declare, whether_any


class DecisionRefused(RegistryError):
    """A decision that nobody answers for."""


class Sameness(StrEnum):
    """What a person decided about two subjects with one likeness."""

    UNDECIDED = "undecided"
    ONE = "one person"
    TWO = "two people"


class SharedIdentity(SQLModel, table=True):
    """That two subjects have one likeness, as far as it can be seen: one person, twins, or a mix-up.

    one_id, other_id: the subjects, in order. one_reference, other_reference: their references that are most alike, by likeness.
    standing_from: since when it stands without a pause. closed_at: since when it does not stand any more, because a person
    decided that these are two people, or because their references are not alike any more.
    """

    __tablename__ = "shared_identity"
    __table_args__ = (UniqueConstraint("one_id", "other_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    one_id: str = Field(foreign_key="subject.id", index=True)
    other_id: str = Field(foreign_key="subject.id", index=True)
    one_reference: str
    other_reference: str
    encoder: str
    likeness: float
    found_at: datetime = Field(sa_type=UtcDateTime)
    standing_from: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IdentityDecision(SQLModel, table=True):
    """A person's decision about a shared identity, with the reason; the latest one holds, and none is changed."""

    __tablename__ = "identity_decision"

    id: str = Field(default_factory=new_id, primary_key=True)
    identity_id: str = Field(foreign_key="shared_identity.id", index=True)
    decision: Sameness
    decided_by: str
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)


class ComparedSubject(SQLModel, table=True):
    """That the templates of a subject, as they were, have been compared with those of all others. templates: their digest."""

    __tablename__ = "compared_subject"

    subject_id: str = Field(foreign_key="subject.id", primary_key=True)
    templates: str


forbid("identity_decision_no_update", "BEFORE UPDATE ON identity_decision", "a decision about an identity is not changed")


@dataclass(frozen=True)
class Alike:
    """Two subjects with one likeness, and the references that show it."""

    one_id: str
    other_id: str
    one_reference: str
    other_reference: str
    likeness: float


@dataclass(frozen=True)
class Held:
    """That the likeness of one's own subject is held a second time: by another party, or under another name of one's own.

    since: from when on without a pause. own_id: that other subject of the same party; None for another party's.
    """

    subject_id: str
    since: datetime
    own_id: str | None


@dataclass(frozen=True)
class AllCompared:
    """What comparing some subjects with all others found. looked_at: they; comparable: who else could be compared at all."""

    encoder: str
    found: Sequence[Alike]
    looked_at: Set[str]
    comparable: Set[str]

    def lost(self, one_id: str, other_id: str) -> bool:
        """Whether these two were compared and are not alike."""
        pair = {one_id, other_id}
        return not pair.isdisjoint(self.looked_at) and pair <= self.looked_at | self.comparable


def put_on_record(session: Session, made: AllCompared, at: datetime) -> None:
    """Keep what a comparison found; flushed, not committed. What it found no more is closed.

    What a person called two people stays so.
    """
    known = {(row.one_id, row.other_id): row for row in session.exec(select(SharedIdentity))}
    shown = {(pair.one_id, pair.other_id): pair for pair in made.found}
    for key, pair in shown.items():
        row = known.get(key) or SharedIdentity(one_id=key[0], other_id=key[1], found_at=at, standing_from=at, **_shown_by(pair))
        row.sqlmodel_update({**_shown_by(pair), "encoder": made.encoder})
        if row.closed_at is not None and sameness_of(session, row) is not Sameness.TWO:
            row.standing_from, row.closed_at = at, None
        session.add(row)
    for key in known.keys() - shown.keys():
        if known[key].closed_at is None and made.lost(*key):
            known[key].closed_at = at
            session.add(known[key])
    session.flush()


def _shown_by(pair: Alike) -> dict[str, Any]:
    # Rounded, so that a comparison that finds the same again changes nothing.
    return {
        "one_reference": pair.one_reference,
        "other_reference": pair.other_reference,
        "likeness": round(pair.likeness, 3),
    }


def decide(
    session: Session, identity: SharedIdentity, decision: Sameness, decided_by: str, reason: str, at: datetime
) -> IdentityDecision:
    """Record a person's decision; flushed, not committed. A later one takes its place. Raises DecisionRefused.

    What is not two people any more stands again, while the photos that show the likeness are there.
    """
    if not decided_by.strip() or not reason.strip():
        raise DecisionRefused("It is not said who decides, or why.", Action.NAME_DECIDER)
    row = IdentityDecision(
        identity_id=identity.id, decision=decision, decided_by=decided_by.strip(), reason=reason.strip(), at=at
    )
    session.add(row)
    if decision is Sameness.TWO:
        identity.closed_at = identity.closed_at or at
    elif sameness_of(session, identity, but=row) is Sameness.TWO and _is_shown(session, identity):
        identity.standing_from, identity.closed_at = at, None
    session.add(identity)
    session.flush()
    return row


def _is_shown(session: Session, identity: SharedIdentity) -> bool:
    return all(session.get(Reference, key) is not None for key in (identity.one_reference, identity.other_reference))


def decisions_on(session: Session, identity: SharedIdentity) -> list[IdentityDecision]:
    """All decisions about it, the oldest first."""
    query = select(IdentityDecision).where(IdentityDecision.identity_id == identity.id)
    return list(session.exec(query.order_by(col(IdentityDecision.at), col(IdentityDecision.id))))


def sameness_of(session: Session, identity: SharedIdentity, but: IdentityDecision | None = None) -> Sameness:
    """What was decided last; but: a decision that does not count."""
    made = [row for row in decisions_on(session, identity) if row is not but]
    return made[-1].decision if made else Sameness.UNDECIDED


def undecided(session: Session) -> int:
    """How many shared identities stand that no person decided on."""
    return session.exec(select(func.count()).select_from(SharedIdentity).where(waits())).one()


def waits() -> ColumnElement[bool]:
    """That a shared identity stands and no person decided on it, for statements."""
    decided = select(IdentityDecision.identity_id).where(IdentityDecision.decision != Sameness.UNDECIDED)
    return and_(col(SharedIdentity.closed_at).is_(None), col(SharedIdentity.id).not_in(decided))


def find_identity(session: Session, reference: str) -> SharedIdentity:
    """The one with that id, or the first digits of it. Raises NotFound when none or several answer."""
    found = session.exec(select(SharedIdentity).where(begins_with(col(SharedIdentity.id), reference)).limit(2)).all()
    if len(found) != 1:
        how = "no" if not found else "more than one"
        raise NotFound(f"There is {how} shared identity {reference!r}.", Action.SEE_IDENTITIES)
    return found[0]


# What crosses parties


def _as_held(rows: Iterator[Sequence[Any]]) -> list[Held]:
    """Of other parties one for each subject, however many they are: their number is theirs."""
    found: list[Held] = []
    for (subject_id, own_id), pairs in groupby(rows, key=lambda row: (row[0], row[1])):
        if since := _standing_since([(row[2], row[3]) for row in pairs]):
            found.append(Held(subject_id, datetime.fromisoformat(since), own_id))
    return found


def _standing_since(spans: Sequence[tuple[str, str | None]]) -> str | None:
    """The start of the unbroken time, up to now, in which at least one of the spans (from, to) stood; None where none stands.

    So that the date does not move when one of several others goes.
    """
    standing = [start for start, end in spans if end is None]
    if not standing:
        return None
    since = min(standing)
    while earlier := [start for start, end in spans if end is not None and start < since <= end]:
        since = min(earlier)
    return since


_HELD = declare(
    """
    SELECT own.id, CASE WHEN other.party_id = own.party_id THEN other.id END AS sibling, i.standing_from, i.closed_at
    FROM main.shared_identity AS i
    JOIN subject AS own ON own.id IN (i.one_id, i.other_id)
    JOIN main.subject AS other ON other.id IN (i.one_id, i.other_id) AND other.id <> own.id
    ORDER BY own.id, sibling
    """,
    _as_held,
)


def held_elsewhere(session: Session) -> list[Held]:
    """Which of the subjects that the session sees are held a second time, without whose that is where it is another party's."""
    return ask(session, _HELD)


def held_of(session: Session, party_id: str) -> list[Held]:
    """Those of them that are subjects of the party."""
    held = held_elsewhere(session)
    subjects = subjects_of(session, {each.subject_id for each in held})
    return [each for each in held if subjects[each.subject_id].party_id == party_id]


_OF_SUBJECT = """
    SELECT id FROM main.shared_identity
    WHERE :subject IN (one_id, other_id) AND :subject IN (SELECT id FROM subject)
"""
_FORGET = {
    "identity_decision": declare(
        f"DELETE FROM main.identity_decision WHERE identity_id IN ({_OF_SUBJECT}) RETURNING 1",  # noqa: S608
        whether_any,
    ),
    "shared_identity": declare(
        f"DELETE FROM main.shared_identity WHERE id IN ({_OF_SUBJECT}) RETURNING 1",  # noqa: S608
        whether_any,
    ),
    "compared_subject": declare(
        """
        DELETE FROM main.compared_subject WHERE subject_id = :subject AND :subject IN (SELECT id FROM subject) RETURNING 1
        """,
        whether_any,
    ),
}


def forget_identity(session: Session, subject_id: str) -> None:
    """Remove what says whom a subject of the session's is like, as when it is erased; the caller commits."""
    for table, question in _FORGET.items():
        if ask(session, question, {"subject": subject_id}):
            # By the subject's id: how many rows there were is how many others hold the likeness.
            record(session, "remove", table, [subject_id])
