"""The gate through which everything goes that an account writes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from registry.accounts import AccessRefused, Caller
from registry.tenancy.plan import ADD, CHANGE, Plan, Shape, listed, quoted
from registry.tenancy.rules import COPIED, ENTERED, NEVER, SIGNED

Row = Mapping[str, Any]


class Inside(Protocol):
    """The connection behind the wall."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """A cursor of the statement, which the wall does not concern."""

    def add(self, sql: str, parameters: Sequence[Any], numbered: str | None) -> int | None:
        """Have a statement add a row; the number that the database gave it in the column of that name, if one is."""

    def note(self, table: str, action: str, key: str) -> None:
        """Keep that this was written, until the audit log has it."""

    def owns(self, party_id: str) -> None:
        """A party that was added is the account's, too."""

    def in_transaction(self) -> bool: ...


class Gate:
    """Called by the database for each row that a statement of an account adds, changes or removes, whatever the statement.

    The row as it was is seen by the account, since the statement found it in the account's view. The row as it is to be must be
    seen, too. It writes to the table what changes, and notes what the audit log is to have.
    """

    def __init__(self, inside: Inside, plan: Plan, caller: Caller) -> None:
        self._inside, self._plan, self._caller = inside, plan, caller
        self.written = 0
        self.last_number: int | None = None

    def __call__(self, action: str, table: str, *values: Any) -> int:
        if not self._inside.in_transaction():
            raise AccessRefused("An account writes within a transaction.", "Begin with the statement that writes.")
        shape = self._plan.writable[table]
        width = len(shape.columns)
        first, last = (dict(zip(shape.columns, part, strict=True)) for part in (values[:width], values[-width:]))
        if action == ADD:
            key = self._add(shape, last)
        elif action == CHANGE:
            key = self._change(shape, first, last)
        else:
            key = [first[column] for column in shape.key]
            self._inside.execute(f'DELETE FROM {self._plan.held}."{table}" WHERE {_where(shape.key)}', key)
        self._inside.note(table, action, "/".join(map(str, key)))
        self.written += 1
        return 1

    def _add(self, shape: Shape, row: Row) -> list[Any]:
        given = [column for column in shape.columns if row[column] is not None]
        self._check(shape, row, given, added=True)
        values = ", ".join("?" * len(given))
        statement = f'INSERT INTO {self._plan.held}."{shape.name}" ({listed(given)}) VALUES ({values})'
        numbered = len(shape.key) == 1 and row[shape.key[0]] is None
        number = self._inside.add(statement, [row[column] for column in given], shape.key[0] if numbered else None)
        if shape.name == "party":
            self._inside.owns(row["id"])
        self.last_number = number
        return [number] if numbered else [row[column] for column in shape.key]

    def _change(self, shape: Shape, before: Row, after: Row) -> list[Any]:
        changed = [column for column in shape.columns if not _same(before[column], after[column])]
        self._check(shape, after, changed, added=False)
        if shape.name == "party" and before["id"] == self._caller.party_id and {"id", "parent_id"} & set(changed):
            raise AccessRefused("Your own party stays where it is.", "Whoever runs this machine moves it.")
        if changed:
            statement = f'UPDATE {self._plan.held}."{shape.name}" SET {_where(changed, ", ")} WHERE {_where(shape.key)}'
            values = [*(after[column] for column in changed), *(before[column] for column in shape.key)]
            self._inside.execute(statement, values)
        return [after[column] for column in shape.key]

    def _check(self, shape: Shape, row: Row, changed: Sequence[str], *, added: bool) -> None:
        """Raise AccessRefused unless the row is one that the account would see, names nothing that it does not see, and says of
        nobody else that they decided."""
        self._check_names(shape.name, row, changed)
        if self._plan.everything:
            return
        new_party = added and shape.name == "party"
        seen = None if new_party else self._plan.seen(shape.name)
        conditions = self._plan.newly(shape.name, changed) + ([] if seen is None else [seen])
        if new_party and row["parent_id"] is None:
            conditions = [NEVER]
        if not conditions:
            return
        columns = ", ".join(f"? AS {quoted(column)}" for column in shape.columns)
        question = f"SELECT 1 FROM (SELECT {columns}) AS given WHERE {' AND '.join(f'({condition})' for condition in conditions)}"
        if self._inside.execute(question, [row[column] for column in shape.columns]).fetchone() is None:
            raise _not_own(shape.name)

    def _check_names(self, table: str, row: Row, changed: Sequence[str]) -> None:
        signed = [column for column in SIGNED.get(table, ()) if column in changed]
        said = [column for column in ENTERED.get(table, ()) if column in changed and row[column]]
        if not all(self._may_sign(table, row, column) for column in signed):
            raise AccessRefused(f"{self._caller.name} decides in its own name alone.", "Leave the other name out.")
        if any(by_way_of(row[column], self._caller) != row[column] for column in said):
            raise AccessRefused(f"What another verified is entered by {self._caller.name}, and says so.", "Use the command.")

    def _may_sign(self, table: str, row: Row, column: str) -> bool:
        """Whether a row names nobody, the account itself, or whom the row names that it was copied from."""
        return row[column] in ("", self._caller.name) or self._is_copied(table, row, column)

    def _is_copied(self, table: str, row: Row, column: str) -> bool:
        original = row[COPIED[table]] if table in COPIED else None
        if original is None:
            return False
        question = f"SELECT 1 FROM {self._plan.rows(table)} WHERE id = ? AND {quoted(column)} = ?"
        return self._inside.execute(question, [original, row[column]]).fetchone() is not None


def by_way_of(name: str, caller: Caller) -> str:
    """How an account writes that somebody looked at something: in its own name, or another's, which it entered."""
    entered = f" (entered by {caller.name})"
    return name if name in ("", caller.name) or name.endswith(entered) else name + entered


def _not_own(table: str) -> AccessRefused:
    if table == "party":
        return AccessRefused("A party of yours stands under one of yours.", "Name one of them as its parent.")
    return AccessRefused("That would belong to a party that is not yours.", "Name a party, or a subject, of your own.")


def _where(columns: Sequence[str], between: str = " AND ") -> str:
    return between.join(f"{quoted(column)} = ?" for column in columns)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
