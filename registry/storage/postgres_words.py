"""The code's own SQL, which SQLite's words are, in those of PostgreSQL; and its triggers as PL/pgSQL.

Only what the code uses is known here: a test has PostgreSQL prepare every question and every trigger that there is.
"""

import re

_REWRITTEN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"\bmain\.", ""),
        # The texts in an array of JSON, one a row, as value.
        (r"\bjson_each\(([^()]+)\) AS (\w+)", r"json_array_elements_text(CAST(\1 AS json)) AS \2(value)"),
        (r"\bjson_each\(([^()]+)\)", r"json_array_elements_text(CAST(\1 AS json)) AS each(value)"),
        (r"\bjson_extract\((\"\w+\"), '\$\.(\w+)'\)", r"(CAST(\1 AS json) ->> '\2')"),
        (r"\bjson_group_array\((\w+)\)", r"COALESCE(CAST(json_agg(\1) AS text), '[]')"),
        (r"\bjson_array_length\(([^()]+)\)", r"json_array_length(CAST(\1 AS json))"),
        (r"\blower\(hex\(randomblob\(16\)\)\)", "replace(CAST(gen_random_uuid() AS text), '-', '')"),
        # SQLite's IS compares anything, and nothing is like nothing.
        (r"\bIS NOT (?!NULL\b|DISTINCT\b)", "IS DISTINCT FROM "),
        (r"(?<!\bNOT )\bIS (?!NOT\b|NULL\b|DISTINCT\b)", "IS NOT DISTINCT FROM "),
        # A condition that is unknown does not hold.
        (r", 0\) AND ", ", FALSE) AND "),
    )
)
_TRIGGER = re.compile(
    r"CREATE TRIGGER (?P<name>\w+) BEFORE (?P<event>INSERT|UPDATE|DELETE)(?: OF (?P<columns>[\w, ]+?))? ON \"?(?P<table>\w+)\"?"
    r" WHEN (?P<when>.+) BEGIN SELECT RAISE\(ABORT, '(?P<message>[^']+)'\); END",
    re.DOTALL,
)
_ROW, _BEFORE, _TRUNCATE = 1, 2, 32
_EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16}
ALWAYS_ON = "O"


def in_postgres_words(sql: str) -> str:
    """A statement, or a condition of a trigger."""
    for pattern, said in _REWRITTEN:
        sql = pattern.sub(said, sql)
    return sql


def kept_as(name: str, trigger: str) -> dict[str, str]:
    """How the database tells of the trigger, by name, once it is there; see PostgresStorage.triggers. What may not be deleted
    may not be truncated, which is a trigger of its own."""
    parts = _parts(trigger)
    columns = ",".join(sorted((parts["columns"] or "").replace(" ", "").split(","))).strip(",")
    body, table, event = body_of(trigger), parts["table"], parts["event"]
    kept = {name: told(table, _ROW | _BEFORE | _EVENTS[event], ALWAYS_ON, columns, body)}
    if event == "DELETE":
        kept[f"{name}_all"] = told(table, _BEFORE | _TRUNCATE, ALWAYS_ON, "", body)
    return kept


def told(table: str, kind: int, enabled: str, columns: str, body: str) -> str:
    """A trigger in one text. kind: pg_trigger.tgtype. enabled: pg_trigger.tgenabled. body: of its function, as it was given."""
    return f"{table} {kind} {enabled} ({columns})\n{body}"


def statements_for(name: str, trigger: str) -> list[str]:
    """What makes the trigger, in place of an earlier one of its name."""
    parts = _parts(trigger)
    columns, table, event = parts["columns"], parts["table"], parts["event"]
    of = f" OF {columns}" if columns else ""
    made = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $kept${body_of(trigger)}$kept$",
        f'CREATE OR REPLACE TRIGGER {name} BEFORE {event}{of} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()',
    ]
    if event == "DELETE":
        moment = f'BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT'
        made.append(f"CREATE OR REPLACE TRIGGER {name}_all {moment} EXECUTE FUNCTION {name}()")
    return made


def body_of(trigger: str) -> str:
    """The function that refuses. An error of integrity, as SQLite's RAISE is one."""
    parts = _parts(trigger)
    when = "TRUE" if parts["when"] == "1" else in_postgres_words(parts["when"] or "")
    refuse = f"RAISE EXCEPTION USING MESSAGE = '{parts['message']}', ERRCODE = 'integrity_constraint_violation';"
    truncated = f"IF TG_OP = 'TRUNCATE' THEN {refuse} END IF; " if parts["event"] == "DELETE" else ""
    return f"BEGIN {truncated}IF ({when}) THEN {refuse} END IF; RETURN {'OLD' if parts['event'] == 'DELETE' else 'NEW'}; END"


def _parts(trigger: str) -> dict[str, str]:
    found = _TRIGGER.fullmatch(trigger)
    if found is None:
        raise ValueError(f"no trigger as registry.storage.triggers makes them: {trigger[:80]}")
    return found.groupdict(default="")
