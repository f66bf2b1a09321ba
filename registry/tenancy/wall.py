"""The wall of one connection: what SQLite itself lets an account's statements do, whatever their shape.

Views in the connection's own schema stand before the tables, under the same names, and show what RULES allow. SQLite asks
the wall about everything that a statement would touch (sqlite3_set_authorizer): the tables are read by those views alone, and
written by the gate alone, which triggers of the views call.
"""

import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from registry.accounts import AccessRefused, Caller
from registry.tenancy.functions import FUNCTIONS, floor, regexp
from registry.tenancy.gate import Gate
from registry.tenancy.plan import OWN_PARTIES, UNLOGGED, has_many, plan_for, shapes_of

_MARK = f"{secrets.token_hex(16)} "
_HELD = f"held_{secrets.token_hex(16)}"
"""What connections of accounts call the database, and begin the names of views with: no statement can guess them."""

_TREE = f"""
    INSERT INTO temp.{OWN_PARTIES} WITH RECURSIVE tree (id) AS (
        SELECT id FROM {_HELD}.party WHERE id = ?
        UNION SELECT party.id FROM {_HELD}.party AS party JOIN tree ON party.parent_id = tree.id
    ) SELECT id FROM tree
"""
_SAVEPOINT = re.compile(r"(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT) sa_savepoint_\d+")
_EXPLAINED = (
    ("addr", "opcode", "p1", "p2", "p3", "p4", "p5", "comment"),
    ("id", "parent", "notused", "detail"),
)
_WRITES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
_ARRAYS = frozenset({"json_each", "json_tree"})
_UNASKED = re.compile(r"\b(natural|using)\b", re.IGNORECASE)
"""The words of a join whose columns SQLite reads without asking the wall. No statement of SQLAlchemy's has them."""


class Wall:
    """A connection behind a wall. Nothing outside this package holds one."""

    def __init__(self, path: Path, caller: Caller, configure: Callable[[sqlite3.Connection, str], None]) -> None:
        # IMMEDIATE: what a view shows is read before what is written, and must still be so then.
        self._real = sqlite3.connect(":memory:", timeout=30, isolation_level="IMMEDIATE", check_same_thread=False)
        self._real.execute(f"ATTACH DATABASE ? AS {_HELD}", (str(path),))
        configure(self._real, _HELD)
        self._real.create_function("regexp", 2, regexp, deterministic=True)
        self._real.create_function("floor", 1, floor, deterministic=True)
        shapes, many = shapes_of(self._real, _HELD), has_many(self._real, _HELD, caller.party_id)
        self._plan = plan_for(_HELD, _MARK, caller.role, caller.party_id is None, shapes, many)
        self.caller = caller
        self.gate = Gate(self, self._plan, caller)
        self._lock = threading.RLock()
        self._open = False
        self._why: BaseException | None = None
        self._version = -1
        self._build()

    def _build(self) -> None:
        self._real.isolation_level = None
        self._real.execute("BEGIN")
        for statement in self._plan.statements:
            self._real.execute(statement)
        self._real.execute("COMMIT")
        self._real.isolation_level = "IMMEDIATE"
        # These are made when first asked for, which the wall would not let a statement do.
        for array in _ARRAYS:
            self._real.execute(f"SELECT key FROM {array}('[]')").close()
        self._inner = {f"{_MARK}{table}": table for table in self._plan.tables}
        self._real.create_function(f"{_MARK}gate", -1, self._through)
        self._real.set_authorizer(self._authorise)

    def _through(self, *values: Any) -> int:
        try:
            return self.gate(*values)
        except BaseException as error:
            # SQLite tells only that there was one.
            self._why = error
            raise

    # What statements may touch

    def _authorise(self, action: int, first: str | None, second: str | None, schema: str | None, reader: str | None) -> int:
        if self._open or self._may(action, first or "", second or "", (schema or "").lower(), reader or ""):
            return sqlite3.SQLITE_OK
        self._why = self._refusal(action, first or "", schema)
        return sqlite3.SQLITE_DENY

    def _refusal(self, action: int, table: str, schema: str | None) -> BaseException:
        if action in _WRITES and schema == "temp" and table in self._plan.tables:
            return no_writer(self.caller, table)
        return self._why or out_of_reach()

    def _may(self, action: int, first: str, second: str, schema: str, reader: str) -> bool:
        if action == sqlite3.SQLITE_READ:
            return self._may_read(first, second, schema, reader)
        if action == sqlite3.SQLITE_FUNCTION:
            return second in FUNCTIONS or (second == f"{_MARK}gate" and reader.startswith(_MARK))
        if action in _WRITES:
            return schema == "temp" and first in self._plan.writable
        if action == sqlite3.SQLITE_TRANSACTION:
            return first in ("BEGIN", "ROLLBACK")
        return action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)

    def _may_read(self, table: str, column: str, schema: str, reader: str) -> bool:
        """reader: the innermost view, trigger or common table expression that the reading stands in."""
        if table in _ARRAYS:
            return True
        if table.lower().startswith("sqlite_"):
            return False
        if schema == _HELD:
            # A table that is shown whole may have its rows counted: SQLite says nothing of the view there.
            return self._inner.get(reader) == table or (not column and table in self._plan.open_tables)
        if schema == "temp":
            return table in self._plan.tables or table in self._inner or (table == OWN_PARTIES and reader in self._inner)
        # Rows are counted of a name without a schema, which is a view's: every table has one.
        return not column

    # What an account's connection does

    def run(self, cursor: sqlite3.Cursor, sql: str, parameters: Any, *, many: bool = False) -> int:
        """Have the cursor execute an account's statement; how many rows it wrote. Raises AccessRefused, and what sqlite3 does."""
        if type(sql) is not str:
            raise AccessRefused("A statement is a text.", "Give it as one.")
        if _UNASKED.search(sql):
            raise out_of_reach()
        with self._lock:
            self._refuse_aside()
            before, self._why = self.gate.written, None
            if _SAVEPOINT.fullmatch(sql):
                self._savepoint(cursor, sql)
                return 0
            with self._in_plain_words():
                (cursor.executemany if many else cursor.execute)(sql, parameters)
            if cursor.description and tuple(column[0] for column in cursor.description) in _EXPLAINED:
                cursor.close()
                raise out_of_reach()
            return self.gate.written - before

    def _savepoint(self, cursor: sqlite3.Cursor, sql: str) -> None:
        """Only within a transaction: releasing one that stands alone would commit past the check of commit."""
        with self._aside():
            if not self._real.in_transaction:
                self._real.execute("BEGIN IMMEDIATE")
            cursor.execute(self._marked(sql))

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning) as error:
            if self._why is not None:
                raise self._why from None
            if _MARK.strip() in str(error) or _HELD in str(error):
                raise out_of_reach() from None
            raise

    def cursor(self) -> sqlite3.Cursor:
        """A cursor of the real connection, which run() alone is to use."""
        return self._real.cursor()

    def commit(self) -> None:
        """Raises AccessRefused, after which nothing was written, when the audit log does not have what was written."""
        with self._lock:
            self._refuse_aside()
            if not self._real.in_transaction:
                return
            if self.execute(f"SELECT 1 FROM temp.{UNLOGGED} LIMIT 1").fetchone() is not None:
                self._real.rollback()
                raise unlogged()
            with self._aside():
                self._real.commit()

    def rollback(self) -> None:
        """Take back what was written since the last commit. Raises AccessRefused from within a statement of the wall's own."""
        with self._lock:
            self._refuse_aside()
            self._real.rollback()

    def close(self) -> None:
        self._real.close()

    # What the registry does on behalf of an account

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """A statement of this code's own, which the wall does not concern. Never one that was put together of given text."""
        with self._lock, self._aside():
            many = isinstance(parameters, list) and bool(parameters) and isinstance(parameters[0], dict)
            return (self._real.executemany if many else self._real.execute)(self._marked(sql), parameters)

    def ask(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        """As execute, with main for the name of the database, as the machine's owner has it."""
        return self.execute(re.sub(r"\bmain\.", f"{_HELD}.", sql), parameters)

    def add(self, sql: str, parameters: Sequence[Any], numbered: str | None) -> int | None:
        """See Inside."""
        number = self.execute(sql, parameters).lastrowid
        return None if numbered is None else number

    def note(self, table: str, action: str, key: str) -> None:
        """See Inside."""
        self.execute(f"INSERT INTO temp.{UNLOGGED} VALUES (?, ?, ?)", (table, action, key))

    def noted(self, table: str, action: str, key: str) -> int:
        """Forget that this was written, of a row or with * of all: the audit log has it. How often it was."""
        about = f"DELETE FROM temp.{UNLOGGED} WHERE action = ? AND table_name = ? AND ? IN (row_id, '*')"
        return self.execute(about, (action, table, key)).rowcount

    def owns(self, party_id: str) -> None:
        """See Inside."""
        self.execute(f"INSERT INTO temp.{OWN_PARTIES} VALUES (?)", (party_id,))

    def in_transaction(self) -> bool:
        return self._real.in_transaction

    def refresh(self) -> None:
        """See the parties that others have added, or moved, since."""
        with self._lock, self._aside():
            if self._real.in_transaction:
                return
            (version,) = self._real.execute(f"PRAGMA {_HELD}.data_version").fetchone()
            if version == self._version:
                return
            self._version = version
            self._refuse_closed()
            # Each by itself: a transaction would lock the database.
            if self.caller.party_id is None:
                return
            self._real.isolation_level = None
            self._real.execute(f"DELETE FROM temp.{OWN_PARTIES}")
            self._real.execute(_TREE, (self.caller.party_id,))
            self._real.isolation_level = "IMMEDIATE"

    def _refuse_closed(self) -> None:
        """An account that was closed while its session was open sees nothing from then on."""
        closed = f"SELECT 1 FROM {_HELD}.account WHERE id = ? AND disabled_at IS NOT NULL"
        if self._real.execute(closed, (self.caller.account_id,)).fetchone() is not None:
            self._version = -1
            raise AccessRefused("This account was closed.", "Ask an administrator.")

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Only while a statement is prepared that this code has made."""
        before, self._open = self._open, True
        try:
            yield
        finally:
            self._open = before

    def _refuse_aside(self) -> None:
        # Something that Python runs in between, such as a finalizer, must not slip through.
        if self._open:
            raise out_of_reach()

    def _marked(self, sql: str) -> str:
        """sqlite3 keeps prepared statements by their text: nobody else can write this one."""
        return f"{sql} /* {_MARK}*/"


def no_writer(caller: Caller, table: str) -> AccessRefused:
    """The error for an account whose role does not write to a table."""
    what = f"{caller.name} is {caller.role.value} and may not write to {table.replace('_', ' ')}."
    return AccessRefused(what, "Ask somebody whose role allows it.")


def inert(parameters: Any) -> Any:
    """Parameters without anything that would run code while the wall stands aside. Raises TypeError."""
    if isinstance(parameters, dict):
        return {str(key): _inert_value(value) for key, value in parameters.items()}
    if isinstance(parameters, list):
        return [inert(each) for each in parameters]
    return tuple(map(_inert_value, parameters))


def _inert_value(value: Any) -> Any:
    if type(value) in (str, int, float, bytes, type(None)):
        return value
    raise TypeError(f"a parameter of type {type(value).__name__}")


def out_of_reach() -> AccessRefused:
    """The error for what the wall does not let through."""
    return AccessRefused("That is out of an account's reach.", "Ask for what is your own, through the mapped classes.")


def unlogged() -> AccessRefused:
    """The error for what was written past the audit log."""
    return AccessRefused(
        "An account's session writes rows one by one, so that the audit log has them.", "Add them to the session."
    )
