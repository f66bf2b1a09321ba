"""Likenesses that are held twice, as they are shown and decided on. Nothing here commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from registry.db import now
from registry.identities import (
    Held,
    IdentityDecision,
    Sameness,
    SharedIdentity,
    decide,
    decisions_on,
    find_identity,
    held_elsewhere,
    held_of,
    sameness_of,
    waits,
)
from registry.paging import WHOLE, Listed, Part, listed, listed_of
from registry.parties import Party, find_party
from registry.storage.lock import hold
from registry.subjects import Subject, subjects_of

ANOTHER = "another party"


@dataclass(frozen=True)
class ListedIdentity:
    """A shared identity with the names of its subjects and of their parties, and what was decided on it last."""

    identity: SharedIdentity
    one: str
    one_party: str
    other: str
    other_party: str
    decision: Sameness


@dataclass(frozen=True)
class IdentityView:
    """Both sides of a shared identity, by names. likeness: 0 to 1. since: when it stands without a pause."""

    id: str
    one: str
    one_party: str
    other: str
    other_party: str
    likeness: float
    decision: str
    since: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class DecidedView:
    """by: the person who decided."""

    decision: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class ShownIdentity:
    """A shared identity with every decision about it, the earliest first."""

    identity: IdentityView
    decisions: tuple[DecidedView, ...]


@dataclass(frozen=True)
class OwnSide:
    """What a party is told: whose likeness is held a second time, and by whom in words that name no other party."""

    subject: str
    since: datetime
    held_by: str
    subject_id: str


@dataclass(frozen=True)
class HeldTwice:
    """name: whose likeness it is. own: the other subject of the same party by name; None for another party's."""

    name: str
    own: str | None


def listed_identities(session: Session, part: Part = WHOLE, *, waiting: bool = False) -> Listed[ListedIdentity]:
    """Every shared identity that the session sees, or a part, the oldest first; the names of subjects and parties are searched.
    waiting: those alone that stand and that no person decided on."""
    one, other, one_party, other_party = aliased(Subject), aliased(Subject), aliased(Party), aliased(Party)
    made = select(IdentityDecision.decision).where(IdentityDecision.identity_id == SharedIdentity.id)
    last = made.order_by(col(IdentityDecision.at).desc(), col(IdentityDecision.id).desc()).limit(1).scalar_subquery()
    names: tuple[Any, ...] = (one.name, one_party.name, other.name, other_party.name)
    query = sql_select(SharedIdentity, *names, last).join(one, one.id == SharedIdentity.one_id)  # type: ignore[arg-type]
    query = query.join(other, other.id == SharedIdentity.other_id)  # type: ignore[arg-type]
    query = query.join(one_party, one_party.id == one.party_id).join(other_party, other_party.id == other.party_id)  # type: ignore[arg-type]
    if waiting:
        query = query.where(waits())
    order = (col(SharedIdentity.found_at), col(SharedIdentity.id))
    found = listed(session, query, order, part, (one.name_key, other.name_key, one_party.name, other_party.name))
    return Listed(((_listed(*row), cursor) for row, cursor in found.rows), found.more)


def _listed(row: SharedIdentity, one: str, one_party: str, other: str, other_party: str, last: Sameness | None) -> ListedIdentity:
    return ListedIdentity(row, one, one_party, other, other_party, last or Sameness.UNDECIDED)


def both_sides(session: Session, part: Part = WHOLE, *, waiting: bool = False) -> Listed[IdentityView]:
    """Every one, the oldest first, as whoever runs the machine sees them; see listed_identities."""
    found = listed_identities(session, part, waiting=waiting)
    return Listed(((_seen(row), cursor) for row, cursor in found.rows), found.more)


def own_side(session: Session, party: str | None, part: Part = WHOLE) -> Listed[OwnSide]:
    """What stands for a party, by name or id; without one, for the session's own. Sorted by names, which are searched."""
    held = held_of(session, find_party(session, party).id) if party else held_elsewhere(session)
    subjects = subjects_of(session, {key for row in held for key in (row.subject_id, row.own_id) if key})
    rows = sorted(((_own(row, subjects), _key(row)) for row in held), key=lambda row: (row[0].subject, row[1]))
    found = listed_of(rows, lambda row: row[1], lambda row: f"{row[0].subject}\n{row[0].held_by}", part)
    return Listed([(row, cursor) for (row, _), cursor in found.rows], found.more)


def shown_identity(session: Session, reference: str) -> ShownIdentity:
    """One shared identity, by its id. Raises what find_identity raises."""
    found = find_identity(session, reference)
    made = (DecidedView(row.decision.value, row.decided_by, row.at, row.reason) for row in decisions_on(session, found))
    return ShownIdentity(_view(session, found), tuple(made))


def decide_on(session: Session, reference: str, decision: Sameness, by: str, reason: str) -> IdentityView:
    """Have a person's decision about a shared identity on record. Raises what find_identity and decide raise."""
    hold(session)
    found = find_identity(session, reference)
    decide(session, found, decision, by, reason, now())
    return _view(session, found)


def held_twice(session: Session, party_id: str, subject_id: str | None = None) -> list[HeldTwice]:
    """Which of a party's subjects are held a second time, by names, each pair once. subject_id: of one alone."""
    held = [row for row in held_of(session, party_id) if subject_id in (None, row.subject_id)]
    found = {HeldTwice(_name(session, row.subject_id), row.own_id and _name(session, row.own_id)) for row in held}
    return sorted(found, key=lambda row: (row.name, row.own is None, row.own or ""))


def _own(row: Held, subjects: Mapping[str, Subject]) -> OwnSide:
    held_by = ANOTHER if row.own_id is None else f"the same party, as {subjects[row.own_id].name}"
    return OwnSide(subjects[row.subject_id].name, row.since, held_by, row.subject_id)


def _key(row: Held) -> str:
    """What tells it from the others of its list."""
    return row.subject_id if row.own_id is None else f"{row.subject_id}-{row.own_id}"


def _view(session: Session, row: SharedIdentity) -> IdentityView:
    one, other = session.get_one(Subject, row.one_id), session.get_one(Subject, row.other_id)
    parties = [session.get_one(Party, each.party_id).name for each in (one, other)]
    return _seen(ListedIdentity(row, one.name, parties[0], other.name, parties[1], sameness_of(session, row)))


def _seen(row: ListedIdentity) -> IdentityView:
    held, names = row.identity, (row.one, row.one_party, row.other, row.other_party)
    return IdentityView(held.id, *names, held.likeness, row.decision.value, held.standing_from, held.closed_at)


def _name(session: Session, subject_id: str) -> str:
    return session.get_one(Subject, subject_id).name
