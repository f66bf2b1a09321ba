"""Parties: who holds or represents rights."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, event
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from registry.actions import Action
from registry.db import UtcDateTime, in_text, new_id, now
from registry.errors import Conflict, NotFound, RegistryError
from registry.names import clean_name, file_word, keep_name_key, name_key
from registry.paging import Listed, Part, listed_of
from registry.types import PartyKind
from registry.views import view_of


class PartyRefused(RegistryError):
    """Something that a party cannot have."""


class Party(SQLModel, table=True):
    """The contact fields go into notices as they stand. commercial: whether models for research only are refused.

    consent_needed: whether a person is matched only with their own consent beside the party's mandate, and since when.
    officer: of data protection, with how to reach them. recipients, transfers, purposes: who gets people's data, in which other
    countries, and what for. folder: what its folder among the reports is called: by the name that it had when it was added, and
    the same whatever it is called later. checkable: whether others may ask about its subjects before they publish.
    accept_at_once: whether who enrols by a link is taken in without anybody looking at it first. second_share: of the decisions
    on its matches, from 0 to 1, that somebody else is asked to make again without seeing them. second_shares: which share since
    when, as [[moment, share], ...] in their order; what an earlier version set is not among them.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    name_key: str = Field(default="", index=True)
    kind: PartyKind
    parent_id: str | None = Field(default=None, foreign_key="party.id")
    commercial: bool = True
    consent_needed: bool = False
    consent_needed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    postal_address: str = ""
    email: str = ""
    phone: str = ""
    signatory: str = ""
    officer: str = ""
    recipients: str = ""
    transfers: str = ""
    purposes: str = ""
    folder: str = Field(default="", index=True)
    accept_at_once: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    checkable: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    second_share: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    second_shares: list[list[Any]] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


keep_name_key(Party)


@event.listens_for(Party, "before_insert")
def _name_folder(_mapper: Any, _connection: Any, party: Party) -> None:
    party.folder = party.folder or f"{file_word(party.name)[:40]}-{party.id[:12]}"


@dataclass(frozen=True)
class PlacedParty:
    """A party and how many parties stand above it."""

    party: Party
    depth: int


def add_party(
    session: Session,
    name: str,
    kind: PartyKind,
    *,
    parent: Party | None = None,
    commercial: bool = True,
    consent_needed: bool = False,
    postal_address: str = "",
    email: str = "",
    phone: str = "",
    signatory: str = "",
) -> Party:
    """Add a party; flushed, not committed. Raises Conflict when another has the name, whatever its case."""
    cleaned = clean_name(name, "party")
    if _called(session, cleaned) is not None:
        raise Conflict(f"There is a party {cleaned!r} already.", "Choose another name.", Action.SEE_PARTIES)
    party = Party(
        name=cleaned,
        kind=kind,
        parent_id=parent.id if parent else None,
        commercial=commercial,
        consent_needed=consent_needed,
        consent_needed_at=now() if consent_needed else None,
        postal_address=postal_address,
        email=email,
        phone=phone,
        signatory=signatory,
    )
    session.add(party)
    try:
        session.flush()
    except IntegrityError as error:  # a party that this session does not see
        raise Conflict(f"There is a party {cleaned!r} already.", "Choose another name.") from error
    return party


def edit_party(session: Session, party: Party, **changed: str | float | bool | None) -> list[str]:
    """Set what is not None of a party's contact fields, its entries for data protection, and whether consent is needed; flushed.
    Gives what is another now. Raises PartyRefused for a share that is none."""
    share = changed.get("second_share")
    if share is not None and not 0 <= float(share) <= 1:
        raise PartyRefused(f"{share} is no share of the decisions.", "Give a number from 0, for none, to 1, for all of them.")
    names = [name for name, value in changed.items() if value is not None and getattr(party, name) != value]
    for name in names:
        setattr(party, name, changed[name])
    if "consent_needed" in names:
        party.consent_needed_at = now() if party.consent_needed else None
    if "second_share" in names:
        party.second_shares = [*party.second_shares, [in_text(now()), party.second_share]]
    session.add(party)
    session.flush()
    return names


def second_share_at(party: Party, at: datetime) -> float | None:
    """The share of a party's decisions that was to be made again at a moment; None where it is not on record since when."""
    return next((float(share) for since, share in reversed(party.second_shares) if since < in_text(at)), None)


def find_party(session: Session, name_or_id: str) -> Party:
    """The party with that id or name. Raises NotFound."""
    by_id = session.get(Party, name_or_id)
    if by_id is not None:
        return by_id
    if (called := _called(session, name_or_id)) is not None:
        return called
    raise NotFound(f"There is no party {name_or_id!r}.", Action.SEE_PARTIES, Action.ADD_PARTY)


def _called(session: Session, name: str) -> Party | None:
    return session.exec(select(Party).where(Party.name_key == name_key(name)).limit(1)).first()


def list_parties(session: Session) -> list[PlacedParty]:
    """All parties by name, each before the parties under it."""
    children: dict[str | None, list[Party]] = {}
    parties = session.exec(select(Party).order_by(col(Party.name))).all()
    seen = {party.id for party in parties}
    for party in parties:
        # An account does not see what stands above its own party, which is the top of its tree.
        children.setdefault(party.parent_id if party.parent_id in seen else None, []).append(party)
    return list(_walk(children, None, 0))


def parties_under(session: Session, party: Party) -> set[str]:
    """The ids of a party and of all parties under it: the ones whose subjects it may see."""
    children: dict[str, list[str]] = {}
    for row in session.exec(select(Party)):
        if row.parent_id is not None:
            children.setdefault(row.parent_id, []).append(row.id)
    seen: set[str] = set()
    waiting = [party.id]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += children.get(current, [])
    return seen


def _walk(children: dict[str | None, list[Party]], parent_id: str | None, depth: int) -> Iterator[PlacedParty]:
    for party in children.get(parent_id, []):
        yield PlacedParty(party, depth)
        yield from _walk(children, party.id, depth + 1)


@dataclass(frozen=True)
class PartyView:
    """A party as it is shown, with what it says of data protection; see Party."""

    id: str
    name: str
    kind: PartyKind
    parent_id: str | None
    commercial: bool
    consent_needed: bool
    postal_address: str
    email: str
    phone: str
    signatory: str
    officer: str
    purposes: str
    checkable: bool
    accept_at_once: bool
    second_share: float
    recipients: str
    transfers: str
    created_at: datetime


@dataclass(frozen=True)
class PlacedView(PartyView):
    """depth: how many parties stand above it."""

    depth: int


def party_view(party: Party) -> PartyView:
    return view_of(PartyView, party)


def party_views(session: Session, part: Part) -> Listed[PlacedView]:
    """The parties, each above those it acts for; see registry.paging."""
    found = listed_of(list_parties(session), lambda placed: placed.party.id, lambda placed: placed.party.name, part)
    return Listed(((view_of(PlacedView, row.party, depth=row.depth), cursor) for row, cursor in found.rows), found.more)
