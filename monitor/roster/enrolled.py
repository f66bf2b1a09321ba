"""A party's members with their numbers, as they are listed. What reads rosters is loaded by whoever compares one with them."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select as sql_select
from sqlmodel import Session, col

from registry.members import Member, loosely
from registry.paging import WHOLE, Listed, Part, listed
from registry.parties import Party
from registry.subjects import Subject, called


@dataclass(frozen=True)
class Enrolled:
    """A member who is enrolled. number: "" of those who came before numbers were kept, until their roster comes again."""

    number: str
    name: str
    subject_id: str
    imported_at: object


def members_of(session: Session, party: Party, part: Part = WHOLE) -> Listed[Enrolled]:
    """The party's members by number, then name; see registry.paging. Names, aliases and numbers are searched; of a number,
    zeros, case and spaces are not searched for."""
    columns: tuple[Any, ...] = (Member, Subject.name)
    query = sql_select(*columns).join(Subject, col(Subject.id) == col(Member.subject_id))
    query = query.where(col(Member.party_id) == party.id)
    if part.search.strip():
        query = query.where(called(part.search) | col(Member.number).icontains(loosely(part.search), autoescape=True))
    found = listed(session, query, (col(Member.number), col(Subject.name), col(Member.id)), replace(part, search=""))
    return Listed(((_enrolled(*row), cursor) for row, cursor in found.rows), found.more)


def _enrolled(member: Member, name: str) -> Enrolled:
    return Enrolled(member.number, name, member.subject_id or "", member.imported_at)
