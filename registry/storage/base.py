"""What databases do differently, and everything else must not know: one Storage for SQLite, one for PostgreSQL.

The code's own SQL, the triggers' conditions included, is written in SQLite's words; a Storage says it in those of its database.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine

from registry.errors import ExitCode, RegistryError

FOLDER = "workspace_folder"
"""The option of an engine with the folder of the workspace, where the database does not lie in it."""


class DatabaseUnusable(RegistryError):
    """A database that cannot be opened here."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class Storage(Protocol):
    """A kind of database. Methods with a connection work in its transaction, and leave it to the caller to commit."""

    def words(self, sql: str) -> str:
        """A statement of the code's own, never one put together of given text, as this database understands it."""

    def take(self, connection: Connection) -> bool:
        """Let nobody else write until the transaction ends, after whoever writes now; False where the transaction had that
        already."""

    def scrub(self, engine: Engine) -> bool:
        """Rewrite what holds deleted rows; False when others kept it from being done."""

    def what_is_broken(self, connection: Connection) -> str | None:
        """What the database finds wrong with itself, in a line; None where it is whole."""

    def tables(self, connection: Connection) -> frozenset[str]:
        """The names of its tables."""

    def upgrading(self, connection: Connection) -> AbstractContextManager[None]:
        """One transaction, alone, in which tables may be replaced; what is not committed within it is taken back."""

    def begin(self, connection: Connection, schema: Path, head: str) -> None:
        """Make the tables of an empty database. schema: a script that makes those of some revision, for whom that serves;
        head: the revision of the tables that the code defines. Raises DatabaseUnusable."""

    def index_parts(self, connection: Connection) -> None:
        """Have what is said of videos found by parts of words, where this database can: otherwise a search reads all of it."""

    def forget_accounts(self, connection: Connection) -> None:
        """Take away what the database itself keeps accounts apart by, which registry.tenancy raises anew."""

    def dangling(self, connection: Connection) -> tuple[str, str] | None:
        """A table with a row that points to nothing, and to which table; None where there is none."""

    def triggers(self, connection: Connection) -> dict[str, str]:
        """Every trigger there is, by its name, in words that change when it does."""

    def as_kept(self, triggers: Mapping[str, str]) -> dict[str, str]:
        """What triggers() tells of the code's own triggers once they are there."""

    def put_trigger(self, connection: Connection, name: str, trigger: str) -> None:
        """Give the database a trigger, in place of an earlier one of the name."""

    def drop_triggers(self, connection: Connection) -> None:
        """Take all triggers away."""

    def noted(self, connection: Connection) -> int:
        """The number that note() left; 0 where it left none."""

    def note(self, connection: Connection, number: int) -> None:
        """Keep one number of 31 bits with the database."""
