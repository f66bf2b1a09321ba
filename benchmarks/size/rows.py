"""What every part of the making knows, and how rows are put in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

AT_ONCE = 2000


@dataclass
class Union:
    """What was made. at: the moment as of which all of it is, the evening before it is measured."""

    root: Path
    members: int
    matches: int
    at: datetime
    subjects: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)

    @property
    def videos(self) -> int:
        return max(1, self.matches * 4 // 5)


def put(session: Session, table: type[SQLModel], rows: Iterator[dict[str, Any]]) -> None:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == AT_ONCE:
            session.execute(insert(table), some)
            some = []
    if some:
        session.execute(insert(table), some)
