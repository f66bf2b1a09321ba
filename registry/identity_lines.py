"""Likenesses that are held twice, as they are shown and decided on. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry.db import now
from registry.identities import (
    Held,
    Sameness,
    SharedIdentity,
    decide,
    decisions_on,
    find_identity,
    held_elsewhere,
    held_of,
    list_identities,
    sameness_of,
)
from registry.parties import Party, find_party
from registry.storage.lock import hold
from registry.subjects import Subject

ANOTHER = "another party"


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


def both_sides(session: Session) -> list[IdentityView]:
    """All that stand, as whoever runs the machine sees them."""
    return [_view(session, row) for row in list_identities(session)]


def own_side(session: Session, party: str | None) -> list[OwnSide]:
    """What stands for a party, by name or id; without one, for the session's own. Sorted by names."""
    held = held_of(session, find_party(session, party).id) if party else held_elsewhere(session)
    rows = [OwnSide(_name(session, row.subject_id), row.since, _held_by(session, row), row.subject_id) for row in held]
    return sorted(rows, key=lambda row: (row.subject, row.subject_id, row.held_by))


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


def _held_by(session: Session, held: Held) -> str:
    return ANOTHER if held.own_id is None else f"the same party, as {_name(session, held.own_id)}"


def _view(session: Session, row: SharedIdentity) -> IdentityView:
    one, other = session.get_one(Subject, row.one_id), session.get_one(Subject, row.other_id)
    parties = [session.get_one(Party, each.party_id).name for each in (one, other)]
    decision = sameness_of(session, row).value
    return IdentityView(
        row.id, one.name, parties[0], other.name, parties[1], row.likeness, decision, row.standing_from, row.closed_at
    )


def _name(session: Session, subject_id: str) -> str:
    return session.get_one(Subject, subject_id).name
