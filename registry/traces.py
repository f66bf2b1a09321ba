"""Where the database still names somebody, whatever table it is in: what erasing leaves is found, not assumed."""

import json
from collections.abc import Iterator, Mapping

from sqlalchemy import JSON, Column, ColumnElement, Enum, String, Table, func, or_, select, type_coerce
from sqlmodel import Session, SQLModel

from registry.words import naming

_PUBLIC = "what public pages say of themselves, which was captured as it is"
_WHY: Mapping[str, str] = {
    "licence": "terms agreed with others (GDPR Art. 17(3)(e))",
    "allowance": "terms of the allow-list (GDPR Art. 17(3)(e))",
    "review": "decisions by people about other matches, which are never changed (GDPR Art. 5(2))",
    "subject": "another subject is called the same",
    "document": "documents that were sent (GDPR Art. 17(3)(e))",
    **dict.fromkeys(
        ("video", "statement", "sighting", "look", "source", "source_run", "capture", "label", "custody_entry"), _PUBLIC
    ),
}
_FOR_NOBODY = frozenset({"erasure", "alembic_version"})
_MOST_KEYS = 20


def named_still(session: Session, name: str) -> list[str]:
    """In words, each table that names somebody, in how many rows and why; of what the session sees."""
    return [
        line
        for table in SQLModel.metadata.sorted_tables
        if table.name not in _FOR_NOBODY
        for line in _in_table(session, table, name)
    ]


def _in_table(session: Session, table: Table, name: str) -> Iterator[str]:
    columns = [column for column in table.columns if _is_text(column)]
    if not columns:
        return
    keys = list(table.primary_key.columns)
    query = select(*keys, *columns).where(or_(*(_may_hold(column, name) for column in columns)))
    pattern, found = naming(name), []
    for row in session.connection().execute(query):
        values = row[len(keys) :]
        if any(pattern.search(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for value in values):
            found.append("/".join(str(key) for key in row[: len(keys)]))
    if found:
        more = ", ..." if len(found) > _MOST_KEYS else ""
        why = _WHY.get(table.name, "look at them")
        yield f"{len(found)} rows of {table.name} that name the subject ({', '.join(found[:_MOST_KEYS])}{more}): {why}"


def _is_text(column: Column[object]) -> bool:
    kind = column.type
    if isinstance(kind, Enum) or column.primary_key or column.foreign_keys:
        return False
    return isinstance(kind, String | JSON) or kind.__class__.__name__ == "AutoString"


def _may_hold(column: Column[object], name: str) -> ColumnElement[bool]:
    """Looser than what it stands before: by the longest word of the name, which SQLite compares in ASCII's case alone."""
    word = max(name.split(), key=len)
    forms = {word, word.lower(), word.upper(), word.casefold(), word.capitalize()}
    forms |= {json.dumps(form)[1:-1] for form in forms}
    held = func.lower(type_coerce(column, String))
    return or_(*(func.instr(held, func.lower(form)) > 0 for form in sorted(forms)))
