"""The wall of one connection to PostgreSQL: what an account's statements may do there, and how what they write gets written.

See registry.tenancy.postgres_plan for what the database holds by itself. Here is what must be decided outside: which statements
are taken at all (postgres_statements), and the gate, which is asked about each row that one would write.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from registry.accounts import AccessRefused, Caller
from registry.storage.postgres import TAKE
from registry.storage.postgres_words import in_postgres_words
from registry.tenancy.gate import Gate
from registry.tenancy.plan import ADD, CHANGE, REMOVE
from registry.tenancy.postgres_plan import ACCOUNT, ASKED, EVERY_PARTY, SETTINGS, UNLOGGED, Names, SeenPlan
from registry.tenancy.postgres_statements import WRITES, read_statement
from registry.tenancy.wall import no_writer, out_of_reach, unlogged

_SAVEPOINT = re.compile(r"(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT) sa_savepoint_\d+")
_NAMED = re.compile(r"(?<![:\w]):(\w+)")
_WORDS = re.compile(r"'(?:[^']|'')*'|\?|%")
_WRITING = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_ACTIONS = {"INSERT": ADD, "UPDATE": CHANGE, "DELETE": REMOVE}
_IDLE = 0
"""psycopg's status of a connection in no transaction."""

_TEMPORARY = (
    f"CREATE TEMPORARY TABLE {ASKED} (n BIGINT GENERATED ALWAYS AS IDENTITY, action TEXT, named TEXT, was JSONB, shall JSONB)",
    f"CREATE TEMPORARY TABLE {UNLOGGED} (table_name TEXT, action TEXT, row_id TEXT)",
)


class PostgresWall:
    """A connection behind a wall; see Wall, whose counterpart it is. real: psycopg's, of the machine's owner."""

    def __init__(self, real: Any, caller: Caller, plan: SeenPlan, names: Names) -> None:
        self._real, self._plan, self._names, self.caller = real, plan, names, caller
        self.gate = Gate(self, plan, caller)
        self._lock = threading.RLock()
        # A text ends where postgres_statements sees its end.
        real.execute("SET standard_conforming_strings = on")
        for statement in _TEMPORARY:
            real.execute(statement)
        real.commit()

    def cursor(self) -> Any:
        """A cursor of the real connection, which run() alone is to use."""
        return self._real.cursor()

    # What an account's connection does

    def run(self, cursor: Any, sql: str, parameters: Any, *, many: bool = False) -> int:
        """Have the cursor execute an account's statement; how many rows it wrote. Raises AccessRefused, and what psycopg does."""
        with self._lock:
            if type(sql) is str and (sql == TAKE or _SAVEPOINT.fullmatch(sql)):
                # In the account's role: the server goes back to whatever role a savepoint was set in.
                self._enter()
                cursor.execute(sql)
                return 0
            statement = read_statement(sql)
            self._enter()
            if statement.kind in WRITES:
                return self._write(cursor, statement.table, sql, parameters, many=many)
            with self._in_plain_words():
                self.execute_one(cursor, sql, parameters, many=many)
            return 0

    def execute_one(self, cursor: Any, sql: str, parameters: Any, *, many: bool) -> None:
        """By the extended protocol, which takes one statement: psycopg uses it for what has parameters, or is prepared."""
        sets = list(parameters) if many else [parameters]
        if many and all(sets):
            cursor.executemany(sql, sets)
            return
        for each in sets:
            # Given any parameters, were it none: what stands in the text as %% is one sign then.
            cursor.execute(sql, each or (), prepare=None if each else True)

    def _write(self, cursor: Any, table: str, sql: str, parameters: Any, *, many: bool) -> int:
        """What the statement asks the view for is noted by its trigger, and then goes through the gate, all of it or nothing."""
        if table not in self._plan.writable:
            raise no_writer(self.caller, table) if table in self._plan.tables else out_of_reach()
        before = self.gate.written
        self._real.execute(TAKE)
        self._real.execute("SAVEPOINT wall")
        try:
            with self._in_plain_words():
                self.execute_one(cursor, sql, parameters, many=many)
            with self._aside():
                for action, named, was, shall in self._asked():
                    self._through(action, named, was, shall)
                self._real.execute("RELEASE SAVEPOINT wall")
        except BaseException:
            if not self._real.closed:
                self._real.execute("ROLLBACK TO SAVEPOINT wall")
                self._real.execute("RELEASE SAVEPOINT wall")
            raise
        return self.gate.written - before

    def _asked(self) -> list[Any]:
        taken = f"WITH gone AS (DELETE FROM pg_temp.{ASKED} RETURNING *) SELECT action, named, was, shall FROM gone ORDER BY n"
        rows: list[Any] = self._real.execute(taken).fetchall()
        return rows

    def _through(self, action: str, table: str, was: Any, shall: Any) -> None:
        shape = self._plan.writable[table]
        sides = [
            self._value(table, column, side[column]) for side in (was, shall) if side is not None for column in shape.columns
        ]
        self.gate(_ACTIONS[action], table, *sides)

    def _value(self, table: str, column: str, value: Any) -> Any:
        is_binary = (table, column) in self._plan.binary and isinstance(value, str)
        return bytes.fromhex(value.removeprefix("\\x")) if is_binary else value

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # What the role may not do, and what is no table, function or schema that it knows.
            if getattr(error, "sqlstate", None) in ("42501", "3F000", "25006"):
                raise out_of_reach() from None
            raise

    def commit(self) -> None:
        """Raises AccessRefused, after which nothing was written, when the audit log does not have what was written."""
        with self._lock:
            if not self.in_transaction():
                return
            if self._status() == _FAILED:
                self._real.rollback()
                return
            with self._aside():
                left = self._real.execute(f"SELECT 1 FROM pg_temp.{UNLOGGED} LIMIT 1").fetchone()
            if left is not None:
                self._real.rollback()
                raise unlogged()
            self._real.commit()

    def rollback(self) -> None:
        """Take back what was written since the last commit."""
        with self._lock:
            self._real.rollback()

    def close(self) -> None:
        self._real.close()

    @property
    def lost(self) -> bool:
        """Whether the server ended the connection, or was ended."""
        return bool(self._real.closed or self._real.broken)

    # What the registry does on behalf of an account

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """A statement of this code's own, with ? for each parameter, which the wall does not concern. Never one that was put
        together of given text."""
        with self._lock, self._aside():
            return self._real.execute(_WORDS.sub(_placed, in_postgres_words(sql)), tuple(parameters))

    def ask(self, sql: str, parameters: Any) -> Any:
        """As execute, with :name for a parameter, and main for the schema of everybody's rows."""
        own = re.sub(r"\bmain\.", f'"{self._names.tables}".', sql)
        said = _NAMED.sub(r"%(\1)s", in_postgres_words(own).replace("%", "%%"))
        with self._lock, self._aside(seeing=True):
            if _WRITING.match(sql):
                self._real.execute(TAKE)
            cursor = self._real.cursor()
            (cursor.executemany if isinstance(parameters, list) else cursor.execute)(said, parameters)
            return iter(cursor.fetchall()) if cursor.description else iter(())

    def add(self, sql: str, parameters: Sequence[Any], numbered: str | None) -> int | None:
        """See Inside."""
        if numbered is None:
            self.execute(sql, parameters)
            return None
        (number,) = self.execute(f'{sql} RETURNING "{numbered}"', parameters).fetchone()
        return int(number)

    def note(self, table: str, action: str, key: str) -> None:
        """See Inside."""
        self.execute(f"INSERT INTO pg_temp.{UNLOGGED} VALUES (?, ?, ?)", (table, action, key))

    def noted(self, table: str, action: str, key: str) -> int:
        """See Wall."""
        about = f"DELETE FROM pg_temp.{UNLOGGED} WHERE action = ? AND table_name = ? AND ? IN (row_id, '*')"
        return int(self.execute(about, (action, table, key)).rowcount)

    def owns(self, party_id: str) -> None:  # noqa: ARG002
        """See Inside: the database finds the party under its parent, once it is asked again."""
        with self._lock, self._aside():
            self._pass()

    def in_transaction(self) -> bool:
        return self._status() != _IDLE

    def _status(self) -> int:
        return int(self._real.info.transaction_status)

    def refresh(self) -> None:
        """Raises AccessRefused for an account that was closed meanwhile, and what psycopg does where the server is gone."""
        with self._lock:
            if not self.in_transaction():
                self._enter()
                self._real.rollback()

    def _enter(self) -> None:
        """Begin a transaction of the account's: the settings that its policies go by, and its role, for no longer than that."""
        if self.in_transaction():
            return
        if not self._pass():
            self._real.rollback()
            raise AccessRefused("This account was closed.", "Ask an administrator.")
        self._become(ACCOUNT, seeing=True)

    def _pass(self) -> bool:
        """Say in the transaction, sealed, whose it is; whether the account may still work. Of the owner's role alone."""
        said = {"account": self.caller.account_id, "party": self.caller.party_id or EVERY_PARTY}
        asked = f'SELECT parties, pass FROM "{self._names.seen}".pass_of(%(account)s, %(party)s)'
        parties, given = self._real.execute(asked, said).fetchone()
        if given is not None:
            set_all = ", ".join(f"set_config('semblance.{name}', %({name})s, TRUE)" for name in SETTINGS)
            self._real.execute(f"SELECT {set_all}", {**said, "parties": parties, "pass": given})
        return given is not None

    def _become(self, role: str, *, seeing: bool) -> str:
        """For what is next in the transaction; which role it was before. seeing: whether a table's bare name is that of the
        account's view; triggers that stand behind the promises mean the table."""
        tables, view = self._names.tables, self._plan.schema
        path = f'"{view}", "{tables}", pg_temp' if seeing else f'"{tables}", pg_temp'
        become = "SELECT current_user, set_config('search_path', %s, TRUE), set_config('role', %s, TRUE)"
        return str(self._real.execute(become, (path, role)).fetchone()[0])

    @contextmanager
    def _aside(self, *, seeing: bool = False) -> Iterator[None]:
        """As the machine's owner, in the account's transaction. After an error the server keeps to that until the transaction, or
        a savepoint that was set before, is taken back."""
        self._enter()
        nested = self._outside
        if not nested:
            if self._become("none", seeing=seeing) != ACCOUNT:
                # Some statement left the account's role: nothing of the transaction is to last.
                self._real.rollback()
                raise out_of_reach()
            self._outside = True
        try:
            yield
        finally:
            if not nested:
                self._outside = False
                if self._status() == _WITHIN:
                    self._become(ACCOUNT, seeing=True)

    _outside = False


_WITHIN, _FAILED = 2, 3
"""psycopg's status of a connection in a transaction, and in one in which something failed."""


def _placed(found: re.Match[str]) -> str:
    return {"?": "%s", "%": "%%"}.get(found.group(), found.group().replace("%", "%%"))
