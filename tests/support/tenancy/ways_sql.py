"""Ways by SQL as text, that read."""

from sqlalchemy.orm import (
    Session as AnySession,
)

from tests.support.tenancy.ways import READS, Count

RAW_READS = (
    "SELECT * FROM party",
    "SELECT * FROM main.subject",
    'SELECT * FROM "main"."subject"',
    "SELECT * FROM MAIN.SUBJECT",
    "SELECT * FROM [main].[subject]",
    "SELECT s.* FROM main.subject AS s",
    "SELECT * FROM temp.subject",
    "WITH party AS (SELECT * FROM main.party) SELECT * FROM party",
    "WITH subject AS (SELECT * FROM main.subject) SELECT s.name FROM subject AS s",
    "WITH subject AS MATERIALIZED (SELECT * FROM main.subject) SELECT name FROM subject",
    "WITH RECURSIVE subject(n) AS (SELECT name FROM main.subject UNION SELECT n FROM subject) SELECT n FROM subject",
    "SELECT * FROM (SELECT * FROM main.subject) AS subject",
    "SELECT (SELECT group_concat(name) FROM main.party)",
    "SELECT group_concat(name) OVER () FROM main.party",
    "SELECT 'Beta' WHERE EXISTS (SELECT 1 FROM main.party WHERE name LIKE 'Beta%')",
    "SELECT name FROM subject UNION ALL SELECT name FROM main.subject",
    "SELECT name FROM subject EXCEPT SELECT 'x' UNION SELECT password_hash FROM main.account",
    "SELECT m.name FROM subject AS s LEFT JOIN main.subject AS m ON m.id <> s.id",
    "SELECT m.name FROM subject AS s RIGHT JOIN main.subject AS m USING (name)",
    "SELECT * FROM subject NATURAL FULL JOIN main.subject",
    "SELECT * FROM subject FULL JOIN main.subject USING (id, party_id, name, name_key, kind, created_at, erased_at)",
    "SELECT name FROM (SELECT 'Be' || 'ta seal' AS name) JOIN main.subject USING (name)",
    "SELECT name FROM (SELECT 'x' AS name) AS x/**/natural\tFULL JOIN main.party",
    "SELECT name, sql FROM (SELECT 'x' AS name, 'y' AS sql) NATURAL FULL JOIN sqlite_temp_master",
    "SELECT sql FROM (SELECT 'x' AS sql) FULL JOIN temp.sqlite_schema USING (sql)",
    "SELECT value FROM json_each((SELECT json_group_array(name) FROM main.party))",
    "SELECT p.name FROM json_each('[1]') AS j JOIN main.party AS p",
    "SELECT fullkey, value FROM json_tree((SELECT json_group_object(id, name) FROM main.party))",
    "VALUES ((SELECT group_concat(name) FROM main.party))",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM sqlite_temp_master",
    "SELECT * FROM temp.sqlite_schema",
    "SELECT * FROM main.sqlite_schema",
    "SELECT * FROM pragma_table_list",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM pragma_function_list()",
    "PRAGMA database_list",
    "PRAGMA table_info(party)",
    "PRAGMA writable_schema=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA quick_check",
    "PRAGMA main.data_version",
    "PRAGMA page_count",
    "EXPLAIN SELECT * FROM subject",
    "EXPLAIN QUERY PLAN SELECT * FROM subject",
    "EXPLAIN QUERY PLAN SELECT count(*) FROM subject, party WHERE 'Beta' = 'Beta'",
    "/* */ EXPLAIN SELECT * FROM main.subject",
    "ATTACH DATABASE ':memory:' AS other",
    "ATTACH DATABASE 'file:semblance.db?mode=ro' AS other",
    "DETACH DATABASE main",
    "VACUUM INTO '/dev/null'",
    "SELECT load_extension('x')",
    "SELECT readfile('/etc/passwd')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT sqlite_compileoption_get(1)",
    "SELECT last_insert_rowid(), total_changes()",
    "SELECT sqlite_offset(name) FROM subject",
    "SELECT * FROM dbstat",
    "SELECT * FROM sqlite_dbpage",
    "SELECT * FROM sqlite_stmt",
    "SELECT rowid, * FROM main.subject",
    "SELECT max(_rowid_) FROM main.subject",
    "SELECT * FROM own_party UNION SELECT 'Beta' WHERE 0",
    "SELECT * FROM temp.unlogged",
    "SELECT name FROM main.subject INDEXED BY sqlite_autoindex_subject_1",
    "SELECT name FROM main.subject NOT INDEXED",
    "SELECT iif((SELECT count(*) FROM main.subject WHERE name = 'Beta seal'), 'Beta', '')",
    "SELECT CASE WHEN 'Beta seal' IN (SELECT name FROM main.subject) THEN 'Beta' END",
    "SELECT 'Beta' FROM main.subject LIMIT (SELECT count(*) FROM main.subject)",
    "SELECT json_extract((SELECT name FROM main.subject WHERE name LIKE 'Beta%'), '$')",
    "SELECT date((SELECT name FROM main.subject), 'Beta')",
    "SELECT abs(-9223372036854775808 + (SELECT count(*) FROM main.subject WHERE name LIKE 'Beta%') * 0)",
)
for _sql in RAW_READS:
    READS[f"SQL: {_sql}"] = lambda session, _known, sql=_sql: AnySession.connection(session).exec_driver_sql(sql).all()
    READS[f"a raw cursor's SQL: {_sql}"] = lambda session, _known, sql=_sql: (
        AnySession.connection(session).connection.cursor().execute(sql).fetchall()
    )


for _table in ("subject", "party", "account", "audit_entry", "document", "custody_entry", "match"):
    READS[f"how many: {_table}"] = lambda session, _known, table=_table: Count(
        AnySession.connection(session).exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one(), table
    )
    READS[f"how many of everybody's: {_table}"] = lambda session, _known, table=_table: Count(
        AnySession.connection(session).exec_driver_sql(f'SELECT count(*) FROM main."{table}"').scalar_one(), table
    )
    READS[f"how many, by a name of one's own: {_table}"] = lambda session, _known, table=_table: Count(
        AnySession.connection(session)
        .exec_driver_sql(f'WITH "{table}" AS (SELECT 1 FROM main."{table}") SELECT count(*) FROM "{table}"')
        .scalar_one(),
        table,
    )
