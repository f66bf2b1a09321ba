"""What PostgreSQL is given to keep accounts to their own: views before the tables, policies of row-level security behind them.

Two walls of the same RULES. Views in a schema of their own show what an account's parties see; their owner is a role that reads
the tables, too, under row-level security alone. So a view that lost its condition shows no more, and a table that lost its
policies is still seen through its view alone. An account's statements run as a role that may use the views and nothing else: no
table is written by it (a view's trigger notes what was asked for, and the gate writes it).

Whose session it is stands in settings of the transaction (``SET LOCAL``), which any statement could set: they count with a pass
alone, a keyed digest over them, whose key no account's role reads.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from registry.accounts import AccessRefused
from registry.kinds import Role
from registry.storage.moving import MARK
from registry.storage.postgres import POLICY, WALLS, lower_walls, take
from registry.storage.postgres_words import in_postgres_words
from registry.tenancy.plan import Plan, Shape, quoted
from registry.tenancy.rules import MAY_WRITE, NEVER, RULES, SHOWN_AS

ACCOUNT, SEEING = "semblance_account", "semblance_seeing"
"""The roles of the server: as which accounts' statements run, and which owns the views."""

ASKED, UNLOGGED = "asked", "unlogged"
"""Temporary tables of a connection: what a statement of the account's would write, and what the audit log is yet to have."""

_SHAPES = """
    SELECT c.relname, a.attname, CAST(a.atttypid AS regtype) = CAST('bytea' AS regtype),
        COALESCE(array_position(CAST(i.indkey AS int2[]), a.attnum), -1)
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relkind = 'r' AND c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relname <> :mark
    ORDER BY c.relname, a.attnum
"""
_DIGEST = "encode(sha256(convert_to({key} || encode(sha256(convert_to({key} || {said}, 'UTF8')), 'hex'), 'UTF8')), 'hex')"
SETTINGS = ("account", "party", "parties", "pass")
"""What a session's transaction says of itself, each as `semblance.` so; parties: the ids of the party and of those under it."""
_OF_ACCOUNT, _OF_PARTY, _OF_PARTIES, _PASS = (f"current_setting('semblance.{name}', TRUE)" for name in SETTINGS)
EVERY_PARTY, _OUTSIDE = "*", "SET search_path = pg_catalog, pg_temp"


@dataclass(frozen=True)
class Names:
    """tables: the schema of the tables. seen, whole: those of the views of a party's accounts, and of accounts that see all."""

    tables: str

    @property
    def seen(self) -> str:
        return self.tables + WALLS[0]

    @property
    def whole(self) -> str:
        return self.tables + WALLS[1]


@dataclass(frozen=True)
class SeenPlan(Plan):
    """The plan of views in a schema; held is the schema of the tables. binary: by table, the columns that are bytes."""

    schema: str = ""
    binary: frozenset[tuple[str, str]] = frozenset()
    # A join for each view makes more of them than the planner looks through, and what it then takes reads tables whole.
    apart: str = " OFFSET 0"

    @property
    def _seen(self) -> str:
        return f'"{Names(self.held.strip(chr(34))).seen}"'

    def own(self, column: str, *, sought: bool) -> str:  # noqa: ARG002
        """By the parties' ids, which an index of the column may be searched for."""
        return f"{quoted(column)} = ANY (CAST((SELECT {self._seen}.own_parties()) AS TEXT[]))"

    def view(self, table: str) -> str:
        return f'"{self.schema}"."{table}"'

    def rows(self, table: str) -> str | None:
        return self.view(table) if table in self.tables else None


@dataclass(frozen=True)
class BehindPlan(SeenPlan):
    """The same with the tables themselves, for policies: those of the tables that a condition names hold within it."""

    def view(self, table: str) -> str:
        return f'{self.held}."{table}"'


def seen_plan(connection: Connection, names: Names, role: Role, *, everything: bool) -> SeenPlan:
    """The plan of a role for the database of a connection."""
    return _plan(*_shapes_of(connection), names, role, everything=everything)


def _plan(
    shapes: tuple[Shape, ...], binary: frozenset[tuple[str, str]], names: Names, role: Role, *, everything: bool
) -> SeenPlan:
    tables, schema = {shape.name: shape for shape in shapes}, names.whole if everything else names.seen
    writable = {name: shape for name, shape in tables.items() if name in MAY_WRITE[role] and name in RULES}
    return SeenPlan(f'"{names.tables}"', "", everything, tables, writable, frozenset(), (), schema=schema, binary=binary)


def _shapes_of(connection: Connection) -> tuple[tuple[Shape, ...], frozenset[tuple[str, str]]]:
    columns: dict[str, list[tuple[str, int]]] = {}
    binary = set()
    for table, column, is_binary, place in connection.execute(text(_SHAPES), {"mark": MARK}):
        columns.setdefault(table, []).append((column, place))
        if is_binary:
            binary.add((table, column))
    shapes = tuple(
        Shape(
            table,
            tuple(name for name, _ in found),
            tuple(name for name, place in sorted(found, key=lambda one: one[1]) if place >= 0),
        )
        for table, found in columns.items()
    )
    return shapes, frozenset(binary)


def raise_walls(connection: Connection) -> Names:
    """Give the database its views and policies, where it has not just these; in the connection's transaction, committed.

    Raises AccessRefused where the roles are absent and this program may not make them.
    """
    names = Names(str(connection.execute(text("SELECT current_schema()")).scalar_one()))
    statements = _script(*_shapes_of(connection), names)
    if _standing(connection, names) != (made := str(zlib.crc32("\n".join(statements).encode()))):
        take(connection)
        if _standing(connection, names) != made:
            _have_roles(connection)
            _build(connection, names, statements, made)
    connection.commit()
    return names


def _build(connection: Connection, names: Names, statements: tuple[str, ...], made: str) -> None:
    # Every table is taken for a moment: whoever reads one now is not waited for long.
    connection.exec_driver_sql("SET LOCAL lock_timeout = '3s'")
    try:
        lower_walls(connection)
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.exec_driver_sql(f"COMMENT ON SCHEMA \"{names.seen}\" IS '{made}'")
    except OperationalError as error:
        connection.rollback()
        raise AccessRefused(
            "What keeps accounts apart in the database is to be made anew, and others work in it.",
            "Stop the server and runs, type any command as whoever runs this machine, and start them again.",
        ) from error


def walls_stand(connection: Connection) -> bool:
    """Whether there are any; raise_walls sees whether they are those of this version."""
    found = text("SELECT to_regnamespace(quote_ident(current_schema() || :name)) IS NOT NULL")
    return bool(connection.execute(found, {"name": WALLS[0]}).scalar_one())


def _standing(connection: Connection, names: Names) -> str | None:
    """What the database notes of its walls, where its policies are in force, and the roles may use them."""
    held = text(
        "SELECT obj_description(to_regnamespace(:seen), 'pg_namespace') WHERE NOT EXISTS (SELECT 1 FROM pg_class AS c"
        " WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(:tables) AND NOT c.relrowsecurity"
        " AND c.relname <> :mark) AND 2 = (SELECT count(*) FROM pg_roles AS r WHERE r.rolname IN (:account, :seeing)"
        " AND pg_has_role(r.oid, 'MEMBER') AND has_schema_privilege(r.oid, to_regnamespace(:seen), 'USAGE'))"
    )
    of = {"seen": f'"{names.seen}"', "tables": f'"{names.tables}"', "mark": MARK, "account": ACCOUNT, "seeing": SEEING}
    said = connection.execute(held, of).scalar_one_or_none()
    return said if isinstance(said, str) else None


def _have_roles(connection: Connection) -> None:
    """Two roles nobody signs in as. Roles are the server's: another database of it may have had them made."""
    asked = text(
        "SELECT CAST(:name AS text) IN (SELECT rolname FROM pg_roles), (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE"
        " rolname = current_user), (SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = :name)"
    )
    for name in (ACCOUNT, SEEING):
        there, may, is_member = connection.execute(asked, {"name": name}).one()
        if not there and may:
            connection.exec_driver_sql(f"CREATE ROLE {name} NOLOGIN")
        if not is_member and may:
            connection.exec_driver_sql(f"GRANT {name} TO CURRENT_USER")
        if not is_member and not may:
            connection.rollback()
            raise AccessRefused(
                f"The server has no role {name} that this program's own may take, and it may not make one.",
                f"Have the server's administrator say: CREATE ROLE {ACCOUNT} NOLOGIN; CREATE ROLE {SEEING} NOLOGIN; "
                f"GRANT {ACCOUNT}, {SEEING} TO the role that database.url names.",
            )


@lru_cache(maxsize=4)
def _script(shapes: tuple[Shape, ...], binary: frozenset[tuple[str, str]], names: Names) -> tuple[str, ...]:
    return tuple(_statements(_plan(shapes, binary, names, Role.AUDITOR, everything=False), names))


def _statements(plan: SeenPlan, names: Names) -> Iterator[str]:
    both = f"{ACCOUNT}, {SEEING}"
    for schema in (names.seen, names.whole):
        yield f'CREATE SCHEMA "{schema}"'
        yield f'GRANT USAGE ON SCHEMA "{schema}" TO {both}'
        yield f'GRANT CREATE ON SCHEMA "{schema}" TO {SEEING}'
    yield f'GRANT USAGE ON SCHEMA "{names.tables}" TO {SEEING}'
    yield from _passes(names, both)
    for shape in plan.tables.values():
        yield from _policy(plan, names, shape)
    # One after another as they name each other: a view is made of views that are there.
    left, made = list(plan.tables), list[str]()
    while left:
        ready = [name for name in left if not any(f'"{names.seen}"."{other}"' in (plan.seen(name) or "") for other in left)]
        for name in ready:
            yield from _view(plan, names, plan.tables[name])
        made, left = made + ready, [name for name in left if name not in ready]
        if not ready:
            raise ValueError(f"rules that name each other: {left}")
    for name in sorted(set().union(*MAY_WRITE.values()) & set(made)):
        yield from _noted(names, name)
    # Needed to be given the views: whoever takes the role makes no others.
    yield f'REVOKE CREATE ON SCHEMA "{names.seen}", "{names.whole}" FROM {SEEING}'


def _passes(names: Names, both: str) -> Iterator[str]:
    """Whose session it is: settings, a digest over them, and the parties that follow from them."""
    seen, tables = f'"{names.seen}"', f'"{names.tables}"'
    key = f"(SELECT key FROM {seen}.pass_key)"
    yield f"CREATE TABLE {seen}.pass_key (key TEXT NOT NULL)"
    yield f"INSERT INTO {seen}.pass_key SELECT CAST(gen_random_uuid() AS text) || CAST(gen_random_uuid() AS text)"
    sealed = "account || '|' || party || '|' || ids"
    closed = f"SELECT 1 FROM {tables}.account AS a WHERE a.id = account AND a.disabled_at IS NOT NULL"
    yield (
        f"CREATE FUNCTION {seen}.pass_of(account TEXT, party TEXT, OUT parties TEXT, OUT pass TEXT) LANGUAGE sql STABLE "
        f"{_OUTSIDE} AS $$WITH RECURSIVE tree (id) AS (SELECT p.id FROM {tables}.party AS p WHERE p.id = party UNION "
        f"SELECT p.id FROM {tables}.party AS p JOIN tree ON p.parent_id = tree.id), "
        f"own AS (SELECT COALESCE(string_agg(id, ',' ORDER BY id), '') AS ids FROM tree) "
        f"SELECT ids, CASE WHEN EXISTS ({closed}) THEN NULL ELSE {_DIGEST.format(key=key, said=sealed)} END FROM own$$"
    )
    yield f"REVOKE ALL ON FUNCTION {seen}.pass_of FROM PUBLIC"
    right = _DIGEST.format(key=key, said=f"{_OF_ACCOUNT} || '|' || {_OF_PARTY} || '|' || {_OF_PARTIES}")
    secure = f"LANGUAGE sql STABLE SECURITY DEFINER {_OUTSIDE}"
    passed = f"COALESCE({_PASS} = {right}, FALSE)"
    own = f"CASE WHEN {passed} THEN string_to_array({_OF_PARTIES}, ',') ELSE CAST(ARRAY[] AS TEXT[]) END"
    yield f"CREATE FUNCTION {seen}.passed() RETURNS BOOLEAN {secure} AS $${'SELECT ' + passed}$$"
    yield f"CREATE FUNCTION {seen}.sees_all() RETURNS BOOLEAN {secure} AS $$SELECT {_OF_PARTY} = '{EVERY_PARTY}' AND {passed}$$"
    yield f"CREATE FUNCTION {seen}.own_parties() RETURNS TEXT[] {secure} AS $$SELECT {own}$$"
    for name in ("passed", "sees_all", "own_parties"):
        yield f"REVOKE ALL ON FUNCTION {seen}.{name} FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION {seen}.{name} TO {both}"
    yield f"CREATE VIEW {seen}.own_party AS SELECT unnest({seen}.own_parties()) AS id"
    yield f"GRANT SELECT ON {seen}.own_party TO {both}"


def _policy(plan: SeenPlan, names: Names, shape: Shape) -> Iterator[str]:
    """The second wall of a table: only what its rule shows, to the views' role alone. The tables' owner passes by.

    Of what is no party's own every row is shown to that role: its view asks for the pass.
    """
    table = f'"{names.tables}"."{shape.name}"'
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"GRANT SELECT ON {table} TO {SEEING}"
    if shape.name not in RULES:
        return
    condition = _said(BehindPlan(**plan.__dict__).seen(shape.name))
    # A policy with a condition keeps what somebody asks for from every index of an operator that might tell of other rows.
    using = "TRUE" if condition is None else f'(SELECT "{names.seen}".sees_all()) OR ({condition})'
    yield f"CREATE POLICY {POLICY} ON {table} FOR SELECT TO {SEEING} USING ({using})"


def _view(plan: SeenPlan, names: Names, shape: Shape) -> Iterator[str]:
    """The first wall of a table, for accounts of a party and, in another schema, for those that see all."""
    whole = replace(plan, everything=True, schema=names.whole)
    everyone = f'(SELECT "{names.seen}".sees_all())' if shape.name in RULES else NEVER
    for each, condition in ((plan, _said(plan.seen(shape.name))), (whole, everyone)):
        instead = {} if each.everything else SHOWN_AS.get(shape.name, {})
        shown = (f"{_said(instead.get(column)) or quoted(column)} AS {quoted(column)}" for column in shape.columns)
        passed = f'(SELECT "{names.seen}".passed())' if condition is None else condition
        yield f'CREATE VIEW {each.view(shape.name)} AS SELECT {", ".join(shown)} FROM {plan.held}."{shape.name}" WHERE {passed}'
        yield f"ALTER VIEW {each.view(shape.name)} OWNER TO {SEEING}"
        yield f"GRANT SELECT ON {each.view(shape.name)} TO {ACCOUNT}"


def _noted(names: Names, table: str) -> Iterator[str]:
    """What is written to a view is noted, row by row, for the gate."""
    function = f'"{names.seen}".ask_{table}'
    rows = {"INSERT": "NULL, to_jsonb(NEW)", "UPDATE": "to_jsonb(OLD), to_jsonb(NEW)", "DELETE": "to_jsonb(OLD), NULL"}
    cases = " ".join(
        f"IF TG_OP = '{event}' THEN INSERT INTO pg_temp.{ASKED} (action, named, was, shall) "
        f"VALUES ('{event}', '{table}', {values}); END IF;"
        for event, values in rows.items()
    )
    yield (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {_OUTSIDE} AS "
        f"$$BEGIN {cases} IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END$$"
    )
    yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
    for schema in (names.seen, names.whole):
        view = f'"{schema}"."{table}"'
        yield f"CREATE TRIGGER ask INSTEAD OF INSERT OR UPDATE OR DELETE ON {view} FOR EACH ROW EXECUTE FUNCTION {function}()"
        yield f"GRANT INSERT, UPDATE, DELETE ON {view} TO {ACCOUNT}"


def _said(condition: str | None) -> str | None:
    """A condition of the rules in PostgreSQL's words."""
    return condition and in_postgres_words(condition)
