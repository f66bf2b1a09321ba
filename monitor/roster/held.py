"""A party's members as the registry has them, read at once: a roster of thousands asks of every one."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from monitor.roster.prepared import Held
from registry.members import Member
from registry.subjects import Subject


def held_members(session: Session, party_id: str) -> list[Held]:
    """All of them, also those who were erased."""
    of_member = (Member.id, Member.loose_id, Member.subject_id, Member.number, Member.name_key)
    columns: tuple[Any, ...] = (*of_member, Subject.name, Member.row_sha, Member.erased_at, Member.lapsed)
    query = select(*columns).outerjoin(Subject, col(Subject.id) == col(Member.subject_id)).where(col(Member.party_id) == party_id)
    return [
        Held(key, loose, subject, number, compared, name or "", row, erased, lapsed)
        for key, loose, subject, number, compared, name, row, erased, lapsed in session.execute(query)
    ]
