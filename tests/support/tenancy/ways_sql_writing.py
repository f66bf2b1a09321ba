"""Ways by SQL as text, that write."""

from typing import Any

from sqlalchemy.orm import (
    Session as AnySession,
)

from tests.support.tenancy.ways import WRITES, Known

RAW_WRITES = (
    "UPDATE subject SET name = 'taken'",
    "UPDATE main.subject SET name = 'taken'",
    "UPDATE temp.subject SET name = 'taken' WHERE id = :subject",
    "UPDATE main.subject SET party_id = :own_party WHERE id = :subject",
    "UPDATE subject SET party_id = :party WHERE id = :own_subject",
    "UPDATE OR REPLACE subject SET id = :subject WHERE id = :own_subject",
    "UPDATE OR IGNORE subject SET party_id = :party",
    "UPDATE subject SET name = p.name FROM main.party AS p WHERE p.id = :party",
    "UPDATE subject SET name = (SELECT name FROM main.party WHERE id = :party) RETURNING name",
    "DELETE FROM subject",
    "DELETE FROM main.document",
    "DELETE FROM document WHERE id = :document",
    "DELETE FROM subject WHERE id = :subject RETURNING *",
    "INSERT OR REPLACE INTO subject (id, party_id, name, name_key, kind, created_at) "
    "VALUES (:subject, :own_party, 'mine', 'mine', 'PERSON', '2026-01-01T00:00:00.000000Z')",
    "REPLACE INTO document (id, subject_id, path, kind, made_at) "
    "VALUES (:document, :own_subject, 'x', 'report', '2026-01-01T00:00:00.000000Z')",
    "INSERT OR REPLACE INTO account (id, party_id, name, role, password_hash, created_at) "
    "VALUES ('spy', :own_party, 'Beta clerk', 'ADMIN', 'x', '2026-01-01T00:00:00.000000Z')",
    "INSERT INTO subject (id, party_id, name, name_key, kind, created_at) VALUES "
    "(:subject, :own_party, 'mine', 'mine', 'PERSON', '2026') ON CONFLICT (id) DO UPDATE SET party_id = excluded.party_id",
    "INSERT INTO subject (id, party_id, name, name_key, kind, created_at) VALUES ('spy', :party, 'spy', 'spy', 'PERSON', '2026')",
    "INSERT INTO main.subject (id, party_id, name, name_key, kind, created_at) VALUES ('spy', :party, 'x', 'x', 'PERSON', '1')",
    "INSERT INTO subject SELECT 'spy', :own_party, name, name, 'PERSON', '2026', NULL FROM main.party WHERE id = :party",
    "WITH p AS (SELECT 1) INSERT INTO subject (id, party_id, name, name_key, kind, created_at) "
    "SELECT 'spy', :party, 'spy', 'spy', 'PERSON', '2026' FROM p",
    "WITH p AS (SELECT 1) DELETE FROM subject",
    "WITH p AS (SELECT 1) UPDATE main.party SET parent_id = :own_party WHERE id = :party",
    "UPDATE party SET parent_id = :party",
    "UPDATE party SET id = :party WHERE id = :own_party",
    "UPDATE \"match\" SET status = 'REJECTED'",
    "UPDATE main.\"match\" SET status = 'REJECTED' WHERE id = 'Beta match'",
    "DELETE FROM main.audit_entry",
    "DELETE FROM audit_entry",
    "UPDATE custody_entry SET actor = 'spy'",
    "DELETE FROM custody_entry",
    "DELETE FROM own_party",
    "INSERT INTO own_party VALUES (:party)",
    "INSERT INTO temp.own_party SELECT id FROM main.party",
    "DELETE FROM temp.unlogged",
    "DROP TABLE main.subject",
    "DROP VIEW subject",
    "DROP VIEW temp.subject",
    "DROP TRIGGER custody_entry_no_delete",
    "ALTER TABLE main.subject RENAME TO other",
    "CREATE TABLE main.spy AS SELECT * FROM main.party",
    "CREATE TEMP TABLE spy AS SELECT * FROM main.party",
    "CREATE TEMP VIEW spy AS SELECT * FROM main.party",
    "CREATE VIEW main.spy AS SELECT * FROM party",
    "CREATE TEMP TRIGGER spy AFTER INSERT ON main.party BEGIN DELETE FROM subject; END",
    "CREATE TRIGGER main.spy AFTER INSERT ON party BEGIN DELETE FROM subject; END",
    "CREATE INDEX main.spy ON subject (name)",
    "CREATE VIRTUAL TABLE temp.spy USING fts5(x)",
    "REINDEX",
    "ANALYZE",
    "VACUUM",
    "PRAGMA foreign_keys=OFF",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA user_version=7",
    "PRAGMA journal_mode=DELETE",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "SAVEPOINT spy",
    "COMMIT",
)


def _written(session: Any, known: Known, sql: str, *, raw: bool) -> Any:
    parameters = {
        **{table: key[0] for table, key in known.keys.items()},
        **{f"own_{table}": key for table, key in known.own.items()},
    }
    parameters = {name: value for name, value in parameters.items() if f":{name}" in sql}
    connection = AnySession.connection(session)
    if raw:
        return connection.connection.cursor().execute(sql, parameters).fetchall()
    done = connection.exec_driver_sql(sql, parameters)
    return done.all() if done.returns_rows else None


for _sql in RAW_WRITES:
    WRITES[f"SQL: {_sql}"] = lambda session, known, sql=_sql: _written(session, known, sql, raw=False)
    WRITES[f"a raw cursor's SQL: {_sql}"] = lambda session, known, sql=_sql: _written(session, known, sql, raw=True)
