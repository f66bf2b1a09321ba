"""An append-only table whose entries each hold the digest of the one before, so that nothing in it is rewritten unseen."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, SQLModel, select

from registry.canonical_json import canonical_json
from registry.clock import Clock, SetBack
from registry.storage.triggers import forbid
from registry.tenancy import ask, caller_of, declare, nothing

FIRST = "0" * 64
"""What stands in the place of the previous digest in the first entry."""

SOMEWHERE = "somewhere it does not hold; whoever runs this machine sees where"
"""What an account is told of a chain that is broken."""


@dataclass(frozen=True)
class ChainVerdict:
    """entries: how many are whole from the first on. head: the digest of the last of them. broken, problem: the number of the
    first broken one, and what is wrong with it. set_back: where among the whole ones the clock was set back, which breaks no
    chain.

    An account is told that the whole chain holds, or not, and the rest of its own entries alone; broken is 0 then.
    """

    entries: int
    head: str
    broken: int | None
    problem: str
    set_back: tuple[SetBack, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every entry is whole and follows from the one before it."""
        return self.broken is None


class Chain:
    """The chain that a table's rows make: of a model with the columns seq (from 1 on, without gaps), at and previous.

    digest: the name of the column for an entry's own digest, the SHA-256 in 64 hex digits over the canonical JSON of all other
    columns, previous included. later: columns that entries of earlier versions do not have, and that count only where there is
    something in them. tolerance: by how much an entry may be dated before the one before it without a word. title: what the
    database calls it when it refuses to change it.
    """

    def __init__(
        self,
        model: type[SQLModel],
        digest: str,
        title: str,
        tolerance: timedelta,
        later: frozenset[str] = frozenset(),
    ) -> None:
        self._model, self._digest, self._tolerance, self._later = model, digest, tolerance, later
        table = SQLModel.metadata.tables[str(model.__tablename__)]
        self._columns = tuple(table.columns.keys())
        self._json = frozenset(column.name for column in table.columns if isinstance(column.type, JSON))
        names, marks = ", ".join(self._columns), ", ".join(f":{name}" for name in self._columns)
        # The chain is everybody's: whoever adds to it needs its end, and only its wholeness is told.
        self._end = declare(f"SELECT seq, {digest} FROM main.{table.name} ORDER BY seq DESC LIMIT 1", _end_of)  # noqa: S608
        self._lock = declare(f"UPDATE main.{table.name} SET seq = 0 WHERE 1 = 0", nothing)  # noqa: S608
        self._add = declare(f"INSERT INTO main.{table.name} ({names}) VALUES ({marks})", nothing)  # noqa: S608
        self._every = declare(f"SELECT {names} FROM main.{table.name} ORDER BY seq", self._walk)  # noqa: S608
        # The database itself refuses, so that no code and no shell of its user rewrites the record by mistake.
        for change in ("UPDATE", "DELETE"):
            forbid(f"{table.name}_no_{change.lower()}", f"BEFORE {change} ON {table.name}", f"{title} is append-only")

    def add(self, session: AnySession, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add entries within the session's transaction. They are given by column, without seq, previous and digest, and returned
        with these."""
        # No other process adds an entry between the reading and the writing.
        ask(session, self._lock)
        seq, previous = ask(session, self._end)
        made: list[dict[str, Any]] = []
        for entry in entries:
            seq += 1
            whole = {**entry, "seq": seq, "previous": previous}
            previous = whole[self._digest] = self.digest_of(whole)
            made.append(whole)
        ask(session, self._add, [self._stored(entry) for entry in made])
        return made

    def digest_of(self, fields: Mapping[str, Any]) -> str:
        """The digest that an entry ought to have, whose fields are given by column; its own is left out."""
        said = {name: value for name, value in fields.items() if name != self._digest and not self._is_absent(name, value)}
        plain = {name: stamp(value) if isinstance(value, datetime) else value for name, value in said.items()}
        return hashlib.sha256(canonical_json(plain)).hexdigest()

    def verify(self, session: Session, noted_head: str | None = None) -> ChainVerdict:
        """Read the whole chain. noted_head: a digest that was printed earlier and must still stand in it; only that shows that
        entries at the end were cut off.
        """
        verdict = ask(session, self._every, None, noted_head)
        caller = caller_of(session)
        if caller is None or caller.party_id is None:
            return verdict
        seq, at, digest = (getattr(self._model, name) for name in ("seq", "at", self._digest))
        own = session.exec(select(at, digest).order_by(seq)).all()
        clock = Clock(self._tolerance)
        for number, (moment, _) in enumerate(own, 1):
            clock.read(number, moment)
        head = own[-1][1] if own else FIRST
        return ChainVerdict(len(own), head, None if verdict.ok else 0, "" if verdict.ok else SOMEWHERE, clock.set_back)

    def _is_absent(self, name: str, value: Any) -> bool:
        return name in self._later and value is None

    def _stored(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        said = {name: json.dumps(value) if name in self._json else value for name, value in entry.items()}
        return {name: stamp(value) if isinstance(value, datetime) else value for name, value in said.items()}

    def _walk(self, rows: Iterator[Sequence[Any]], noted_head: str | None) -> ChainVerdict:
        expected, previous, seen = 1, FIRST, noted_head in (None, FIRST)
        clock = Clock(self._tolerance)
        for row in rows:
            entry = dict(zip(self._columns, row, strict=True))
            if problem := self._problem(entry, expected, previous):
                return ChainVerdict(expected - 1, previous, expected, problem, clock.set_back)
            clock.read(entry["seq"], datetime.fromisoformat(entry["at"]))
            expected, previous = expected + 1, entry[self._digest]
            seen = seen or previous == noted_head
        if not seen:
            return ChainVerdict(expected - 1, previous, expected, "the chain ends before the noted entry", clock.set_back)
        return ChainVerdict(expected - 1, previous, None, "", clock.set_back)

    def _problem(self, entry: Mapping[str, Any], expected: int, previous: str) -> str:
        """entry: by column, as it is stored."""
        if entry["seq"] != expected:
            return "it is missing"
        if entry["previous"] != previous:
            return "it does not follow from the entry before it"
        return "" if entry[self._digest] == self._expected_digest(entry) else "its content was changed"

    def _expected_digest(self, entry: Mapping[str, Any]) -> str | None:
        """None where nothing can have been written like that."""
        try:
            return self.digest_of({**entry, **{name: json.loads(entry[name]) for name in self._json}})
        except (TypeError, ValueError):
            return None


def stamp(at: datetime) -> str:
    """A moment as entries hold it, and as their digests read it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _end_of(rows: Iterator[Sequence[Any]]) -> tuple[int, str]:
    """The number and the digest of the last entry."""
    last = next(iter(list(rows)), (0, FIRST))
    return last[0], last[1]
