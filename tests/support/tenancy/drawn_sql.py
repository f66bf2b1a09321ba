"""Statements of SQL, drawn at random over the tables of two_parties."""

from hypothesis import strategies as st

COLUMNS = {
    "party": ("id", "name", "kind", "parent_id"),
    "subject": ("id", "party_id", "name", "kind"),
    "account": ("id", "party_id", "name", "role"),
    "reference": ("id", "subject_id", "file_name"),
    "licence": ("id", "subject_id", "licensee"),
    "match": ("id", "subject_id", "capture_id", "status"),
    "review": ("id", "match_id", "reviewer"),
    "document": ("id", "subject_id", "path"),
    "member": ("id", "party_id", "name_key"),
    "notice": ("id", "case_id", "drafted_by"),
    "video": ("id", "media_url"),
}
LITERALS = st.sampled_from(["'Alpha%'", "'Beta%'", "'Beta person'", "'PERSON'", "1", "0", "NULL", "''", "x'42'"])
COMPARED = st.sampled_from(["=", "<>", "<", "LIKE", "IS", "IS NOT", "GLOB"])
JOINS = st.sampled_from([", ", " JOIN ", " LEFT JOIN ", " CROSS JOIN ", " FULL JOIN ", " NATURAL JOIN ", " NATURAL FULL JOIN "])
SCHEMAS = st.sampled_from(["", "", "", "", "main.", "temp.", '"main".', "MAIN."])
# Not group_concat: in which order it takes the rows is SQLite's own affair.
AGGREGATES = st.sampled_from(["count", "min", "max", "total"])


@st.composite
def scoped(draw: st.DrawFn, depth: int) -> tuple[str, tuple[str, ...]]:
    """What stands behind FROM, under the alias a, and its columns."""
    table = draw(st.sampled_from(sorted(COLUMNS)))
    kind = draw(st.integers(0, 9))
    if kind == 0 and depth:
        return f"({draw(selects(depth - 1, ('name',)))}) AS a", ("name",)
    if kind == 1:
        return 'json_each(\'["Beta person", "Alpha person"]\') AS a', ("value", "key")
    return f'{draw(SCHEMAS)}"{table}" AS a', COLUMNS[table]


@st.composite
def expressions(draw: st.DrawFn, columns: tuple[str, ...], depth: int) -> str:
    column = f'a."{draw(st.sampled_from(columns))}"'
    kind = draw(st.integers(0, 8))
    if kind <= 3 or not depth:
        return column
    if kind == 4:
        return draw(LITERALS)
    if kind == 5:
        function = draw(st.sampled_from(["lower", "hex", "typeof", "length", "json_quote"]))
        return f"{function}({draw(expressions(columns, depth - 1))})"
    if kind == 6:
        return f"({draw(selects(depth - 1, ('x',), one=True))})"
    if kind == 7:
        return f"CASE WHEN {draw(conditions(columns, depth - 1))} THEN {column} ELSE {draw(LITERALS)} END"
    return f"{column} || {draw(LITERALS)}"


@st.composite
def conditions(draw: st.DrawFn, columns: tuple[str, ...], depth: int) -> str:
    left = draw(expressions(columns, depth))
    kind = draw(st.integers(0, 5)) if depth else 0
    if kind == 4:
        return f"EXISTS ({draw(selects(depth - 1, ('x',)))})"
    if kind == 5:
        return f"{left} IN ({draw(selects(depth - 1, ('x',)))})"
    return f"{left} {draw(COMPARED)} {draw(expressions(columns, max(depth - 1, 0)))}"


@st.composite
def selects(draw: st.DrawFn, depth: int, names: tuple[str, ...], *, one: bool = False) -> str:
    """A select of columns of these names; of one row where asked."""
    source, columns = draw(scoped(depth))
    if draw(st.booleans()) and depth and not one:
        other, _ = draw(scoped(0))
        joined = draw(JOINS)
        source += f"{joined}{other.removesuffix(' AS a')} AS b"
        source += " ON 1" if joined in (" LEFT JOIN ", " FULL JOIN ") else ""
    made = [draw(expressions(columns, depth)) for _ in names]
    if one:
        made = [f"{draw(AGGREGATES)}(DISTINCT {expression})" for expression in made]
    elif draw(st.integers(0, 5)) == 0:
        made[-1] = f"{draw(AGGREGATES)}({made[-1]}) OVER ()"
    listed = ", ".join(f'{expression} AS "{name}"' for expression, name in zip(made, names, strict=True))
    said = f"SELECT {draw(st.sampled_from(['', 'DISTINCT ']))}{listed} FROM {source}"
    if draw(st.booleans()):
        said += f" WHERE {draw(conditions(columns, depth))}"
    if draw(st.integers(0, 3)) == 0 and depth and not one:
        word = draw(st.sampled_from(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]))
        said += f" {word} {draw(selects(depth - 1, names))}"
    return said


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Something that reads; a common table expression may have the name of a table."""
    said = draw(selects(2, ("x", "y")))
    if draw(st.integers(0, 2)):
        return said
    name = draw(st.sampled_from(sorted(COLUMNS)))
    inner = draw(selects(1, COLUMNS[name]))
    word = draw(st.sampled_from(["WITH", "WITH RECURSIVE"]))
    return f'{word} "{name}" AS {draw(st.sampled_from(["", "MATERIALIZED "]))}({inner}) {said}'


@st.composite
def changes(draw: st.DrawFn) -> str:
    """Something that writes, or would change what there is."""
    table = draw(st.sampled_from(sorted(COLUMNS)))
    columns = COLUMNS[table]
    place = f'{draw(SCHEMAS)}"{table}"'
    clash = draw(st.sampled_from(["", " OR REPLACE", " OR IGNORE", " OR FAIL", " OR ROLLBACK"]))
    back = draw(st.sampled_from(["", " RETURNING *"]))
    column = draw(st.sampled_from(columns))
    value = draw(expressions(columns, 1))
    where = f" WHERE {draw(conditions(columns, 1))}" if draw(st.booleans()) else ""
    begins = draw(st.sampled_from(["", "", "WITH q AS (SELECT 1) "]))
    source, _ = draw(scoped(0))
    upsert = draw(st.sampled_from(["", "", " ON CONFLICT DO NOTHING", " ON CONFLICT (id) DO UPDATE SET id = excluded.id"]))
    return draw(
        st.sampled_from(
            [
                f'{begins}UPDATE{clash} {place} AS a SET "{column}" = {value}{where}{back}',
                f'UPDATE{clash} {place} AS a SET "{column}" = b.id FROM {source.removesuffix(" AS a")} AS b{where}{back}',
                f"{begins}DELETE FROM {place} AS a{where}{back}",
                f"{begins}INSERT{clash} INTO {place} {draw(selects(1, columns))}{upsert}{back}",
                f'{begins}INSERT{clash} INTO {place} ("{column}") SELECT {value} FROM {place} AS a WHERE 1{upsert}{back}',
                f"CREATE TEMP TRIGGER t AFTER INSERT ON {place} BEGIN DELETE FROM {table}; END",
                f"CREATE TEMP VIEW v AS {draw(selects(1, ('x',)))}",
                f"CREATE TABLE {place.replace(table, 'spy')} AS {draw(selects(1, ('x',)))}",
                f"DROP {draw(st.sampled_from(['TABLE', 'VIEW']))} {place}",
                f"ALTER TABLE {place} RENAME TO spy",
                f"PRAGMA {draw(st.sampled_from(['foreign_keys=0', 'writable_schema=1', 'table_list', 'database_list']))}",
                "ATTACH DATABASE ':memory:' AS other",
                f"EXPLAIN {draw(st.sampled_from(['', 'QUERY PLAN ']))}{draw(selects(1, ('x',)))}",
            ]
        )
    )
