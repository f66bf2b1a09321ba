"""Many times the videos of a database, and what was found in them, by the server alone.

Each copy is as its original, with ids, addresses and digests of its own, and earlier: what refers to a copied row refers to the
copy that has the same number. People, parties and chains are not copied. What one copy adds is one transaction.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import Column, Connection, Engine, Integer, Table, text
from sqlmodel import SQLModel

from crawler.pages import Sighting, Statement
from crawler.videos import Capture, Label, Video
from registry.db import UtcDateTime
from reports.cases import Case, CaseMatch
from reports.families.rows import ComparedFootage
from reports.matches import MatchRow, Scan
from reports.review import Review
from reports.second_review import SecondReview

SEEN: tuple[type[SQLModel], ...] = (Video, Statement, Sighting)
"""What there is of a video that was not captured."""
FOUND: tuple[type[SQLModel], ...] = (Capture, Label, Scan, MatchRow, Review, SecondReview, Case, CaseMatch, ComparedFootage)

NUMBERS = 1_000_000
"""A copy's numbered rows come so many further on for each copy: more than one copy has."""
HOURS = 22
"""From one copy back to the next: two hundred of them are half a year."""
_OWN_TEXTS = frozenset({"media_url", "page_url", "final_url"})
_OWN_DIGESTS = frozenset({"media_sha256"})


def multiply(engine: Engine, copies: int, seen: int, say: Callable[[str], None]) -> None:
    """Add so many copies of all videos with what was found in them, and further copies, up to the number seen, of the videos
    alone, which could not be captured."""
    tables = [_table(model) for model in (*SEEN, *FOUND)]
    with engine.begin() as connection:
        # Triggers and references hold for what is copied, as for what it was copied from.
        connection.exec_driver_sql("SET session_replication_role = replica")
        for table in tables:
            connection.exec_driver_sql(f'CREATE TEMPORARY TABLE "original_{table.name}" AS SELECT * FROM "{table.name}"')
        for number in range(1, seen + 1):
            for table in tables if number <= copies else tables[: len(SEEN)]:
                connection.execute(text(_copying(table, tables)), {"number": number})
            if number > copies:
                connection.execute(text(_NOT_CAPTURED), {"number": number})
            if number % 20 == 0:
                say(f"{number} of {seen} copies")
        for table in tables:
            _go_on_counting(connection, table)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


_NOT_CAPTURED = """
UPDATE video SET state = 'FAILED', failure = 'The site no longer has it.', retryable = false
WHERE id IN (SELECT md5(id || '/' || :number) FROM original_video)
"""


def _table(model: type[SQLModel]) -> Table:
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def _copying(table: Table, copied: list[Table]) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_value(column, copied) for column in table.columns)
    return f'INSERT INTO "{table.name}" ({columns}) SELECT {values} FROM "original_{table.name}"'


def _value(column: Column[object], copied: list[Table]) -> str:
    name = f'"{column.name}"'
    refers = any(key.column.table in copied for key in column.foreign_keys)
    own = (column.primary_key and not column.foreign_keys and column.table.name != "compared_footage") or refers
    if own and isinstance(column.type, Integer):
        return f"{name} + {NUMBERS} * :number"
    if own:
        return f"md5({name} || '/' || :number)"
    if isinstance(column.type, UtcDateTime):
        return f"to_char({name}::timestamptz AT TIME ZONE 'UTC' - :number * interval '{HOURS} hours', {_ISO}) || 'Z'"
    if column.name in _OWN_TEXTS:
        return f"{name} || '?copy=' || :number"
    if column.name in _OWN_DIGESTS:
        return f"encode(sha256(convert_to({name} || '/' || :number, 'UTF8')), 'hex')"
    return name


_ISO = """'YYYY-MM-DD"T"HH24:MI:SS.US'"""


def _go_on_counting(connection: Connection, table: Table) -> None:
    for column in _numbered(table):
        last = f'(SELECT max({column}) FROM "{table.name}")'
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{column}'), {last})")


def _numbered(table: Table) -> Iterator[str]:
    return (column.name for column in table.primary_key.columns if isinstance(column.type, Integer))
