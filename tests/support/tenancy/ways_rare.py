"""Ways by rarer words of SQL and rarer doors of Python's sqlite3 and SQLAlchemy."""

import copy
import pickle
import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session as AnySession

from tests.support.tenancy.ways import PARTY, READS, SUBJECT, WRITES, Known, raw_of, reads, writes

BETAS = "(SELECT group_concat(name) FROM main.party)"
RARE_READS = (
    "SELECT name FROM subject ORDER BY (SELECT name FROM main.party LIMIT 1)",
    "SELECT name FROM subject GROUP BY (SELECT group_concat(name) FROM main.party)",
    "SELECT count(*) FROM subject HAVING (SELECT count(*) FROM main.party WHERE name LIKE 'Beta%')",
    f"SELECT string_agg(name, {BETAS}) FROM subject",
    f"SELECT sum(1) FILTER (WHERE {BETAS} IS NOT NULL) FROM subject",
    f"SELECT lag(name, 1, {BETAS}) OVER (ORDER BY id) FROM subject",
    f"SELECT nth_value({BETAS}, 1) OVER w FROM subject WINDOW w AS (PARTITION BY {BETAS})",
    f"SELECT printf('%s', {BETAS})",
    f"SELECT quote({BETAS})",
    f"SELECT hex({BETAS}), unhex(hex({BETAS}))",
    f"SELECT unicode(substr({BETAS}, 1, 1))",
    f"SELECT jsonb({BETAS})",
    f"SELECT json_patch('{{}}', json_object('a', {BETAS}))",
    f"SELECT '{{}}' ->> {BETAS}",
    f"SELECT {BETAS} GLOB 'Beta*' AND 'Beta'",
    f"SELECT {BETAS} COLLATE NOCASE",
    f"SELECT CAST({BETAS} AS BLOB)",
    f"SELECT 'x' REGEXP {BETAS}",
    "SELECT (id, name) = (SELECT id, name FROM main.subject) FROM subject",
    "SELECT * FROM (VALUES (1)) JOIN main.party ON true",
    "SELECT * FROM (((main.party)))",
    "SELECT * FROM subject, (main.party)",
    "SELECT party.* FROM (main.party CROSS JOIN main.subject)",
    "WITH a AS (SELECT * FROM b), b AS (SELECT * FROM main.party) SELECT * FROM a",
    "WITH a AS NOT MATERIALIZED (SELECT * FROM main.party) SELECT * FROM a",
    "WITH RECURSIVE t(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM t LIMIT 3) SELECT t.x, p.name FROM t, main.party AS p",
    "SELECT * FROM pragma_table_info('party')",
    "SELECT * FROM pragma_index_list('party')",
    "SELECT * FROM pragma_foreign_key_list('subject')",
    "SELECT * FROM pragma_table_xinfo('sqlite_master')",
    "SELECT * FROM pragma_compile_options",
    "SELECT * FROM pragma_module_list",
    "SELECT * FROM bytecode('SELECT * FROM party')",
    "SELECT * FROM tables_used('SELECT * FROM party')",
    "SELECT * FROM generate_series(1, (SELECT count(*) FROM main.party))",
    "SELECT * FROM json_each(json_array(1), (SELECT name FROM main.party LIMIT 1))",
    "SELECT load_extension('/lib/x86_64-linux-gnu/libc.so.6', 'system')",
    "SELECT edit('x'), writefile('/dev/null', 'x')",
    "SELECT zeroblob(1), likelihood((SELECT name FROM main.party LIMIT 1) IS NULL, 0.5)",
    'SELECT name FROM "main" . "party" -- \'',
    "SELECT name FROM main/**/./**/party",
    "SELECT name FROM `main`.`party`;",
    "SELECT name FROM 'main'.'party'",
    "SELECT\x0cname\x0cFROM\x0cmain.party",
    "SELECT name FROM temp.sqlite_temp_schema",
    "SELECT * FROM sqlite_sequence",
    "SELECT * FROM sqlite_stat1",
    "SELECT name FROM party WHERE rowid IN (SELECT rowid FROM main.party)",
)
RARE_WRITES = (
    "UPDATE subject SET (name, party_id) = (SELECT name, id FROM main.party WHERE id = :party)",
    "UPDATE OR FAIL subject SET id = :subject",
    "UPDATE OR ROLLBACK subject SET party_id = :party WHERE id = :own_subject",
    "UPDATE subject SET rowid = 1",
    "DELETE FROM subject WHERE rowid > 0",
    "INSERT OR IGNORE INTO party (id, parent_id, name) VALUES (:party, :own_party, 'x')",
    "INSERT INTO subject DEFAULT VALUES",
    "INSERT INTO sqlite_master VALUES ('table', 'spy', 'spy', 0, 'CREATE TABLE spy (x)')",
    "INSERT INTO sqlite_temp_schema SELECT * FROM sqlite_temp_schema",
    "PRAGMA main.writable_schema=RESET",
    "PRAGMA temp_store_directory='/tmp'",
    "PRAGMA query_only=0",
    "PRAGMA ignore_check_constraints=1",
    "PRAGMA legacy_alter_table=1",
    "PRAGMA incremental_vacuum(10)",
    "PRAGMA optimize",
    "ROLLBACK; DELETE FROM main.subject",
    "END",
    "BEGIN EXCLUSIVE",
    "RELEASE SAVEPOINT sa_savepoint_1",
    "SAVEPOINT sa_savepoint_1; DELETE FROM main.subject",
    "ROLLBACK TO SAVEPOINT sa_savepoint_99",
)


def _asked(session: Any, sql: str) -> Any:
    return AnySession.connection(session).exec_driver_sql(sql).all()


def _written(session: Any, known: Known, sql: str) -> Any:
    given = {**{table: key[0] for table, key in known.keys.items()}, **{f"own_{table}": key for table, key in known.own.items()}}
    done = AnySession.connection(session).exec_driver_sql(sql, {name: key for name, key in given.items() if f":{name}" in sql})
    return done.all() if done.returns_rows else None


for _sql in RARE_READS:
    READS[f"rare SQL: {_sql}"] = lambda session, _known, sql=_sql: _asked(session, sql)
for _sql in RARE_WRITES:
    WRITES[f"rare SQL: {_sql}"] = lambda session, known, sql=_sql: _written(session, known, sql)


@reads("a copy of the connection")
def _copied(session: Any, _known: Known) -> Any:
    return copy.copy(raw_of(session)).execute(f"SELECT {BETAS}").fetchall()


@reads("the connection pickled")
def _pickled(session: Any, _known: Known) -> Any:
    return pickle.dumps(raw_of(session))


@reads("the database as an image")
def _image(session: Any, _known: Known) -> Any:
    return raw_of(session).serialize()


@writes("another image in its place")
def _other_image(session: Any, _known: Known) -> Any:
    raw_of(session).deserialize(b"")


@writes("configuration of the connection")
def _configured(session: Any, _known: Known) -> Any:
    raw_of(session).setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, False)


@reads("a collation that sees names")
def _collation(session: Any, _known: Known) -> Any:
    seen: list[str] = []
    raw_of(session).create_collation("SPY", lambda a, b: seen.extend((a, b)) or 0)
    _asked(session, "SELECT name FROM party ORDER BY name COLLATE SPY")
    return seen


@reads("an aggregate of one's own")
def _aggregate(session: Any, _known: Known) -> Any:
    raw_of(session).create_aggregate("spy", 1, list)
    return _asked(session, "SELECT spy(name) FROM main.party")


@reads("a progress handler")
def _progress(session: Any, _known: Known) -> Any:
    seen: list[Any] = []
    raw_of(session).set_progress_handler(lambda: seen.append(1), 1)
    return _asked(session, f"SELECT {BETAS}"), seen


@reads("a schema that is translated")
def _translated(session: Any, _known: Known) -> Any:
    plain = sa.select(PARTY.c.name)
    return session.connection(execution_options={"schema_translate_map": {None: "main"}}).execute(plain).all()


@reads("a table with a quoted schema")
def _quoted(session: Any, _known: Known) -> Any:
    table = sa.table("party", sa.column("name"), schema=sa.sql.quoted_name("main", quote=True))
    return AnySession.connection(session).execute(sa.select(table)).all()


@reads("a lateral and a values list")
def _values(session: Any, _known: Known) -> Any:
    rows = sa.values(sa.column("a"), name="party").data([(sa.literal_column(BETAS),)])
    return AnySession.connection(session).execute(sa.select(rows)).all()


@writes("a statement of many parameters that delete")
def _many(session: Any, known: Known) -> Any:
    gone = sa.delete(SUBJECT).where(SUBJECT.c.id == sa.bindparam("which"))
    AnySession.connection(session).execute(gone, [{"which": known["subject"]}, {"which": known.own["subject"]}])
