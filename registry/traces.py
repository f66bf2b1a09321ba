"""Where the database still names somebody, whatever table it is in: what erasing leaves is found, not assumed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from sqlalchemy import JSON, ColumnElement, Enum, String, func, or_, select, type_coerce
from sqlalchemy.orm import Mapper
from sqlmodel import Session

from registry.counting import counted
from registry.storage.tables import all_mappers
from registry.words import naming

_PUBLIC = "what public pages say of themselves, which was captured as it is"
_WHY: Mapping[str, str] = {
    "licence": "terms agreed with others (GDPR Art. 17(3)(e))",
    "allowance": "terms of the allow-list (GDPR Art. 17(3)(e))",
    "review": "decisions by people about other matches, which are never changed (GDPR Art. 5(2))",
    "subject": "another subject is called the same",
    "document": "documents that were sent (GDPR Art. 17(3)(e))",
    **dict.fromkeys(
        ("video", "statement", "sighting", "look", "source", "source_run", "capture", "label", "custody_entry", "timestamp"),
        _PUBLIC,
    ),
}
_FOR_NOBODY = frozenset({"erasure", "alembic_version"})
_MOST_KEYS = 20
_LOWERED = str.maketrans(ascii_uppercase, ascii_lowercase)


def named_still(session: Session, name: str) -> list[str]:
    """In words, each table that names somebody, in how many rows and why; of what the session sees."""
    held = [mapper for mapper in all_mappers() if mapper.class_.__tablename__ not in _FOR_NOBODY]
    pattern, forms = naming(name), _forms(name)
    return [line for mapper in held for line in _in_table(session, mapper, pattern, forms)]


def _in_table(session: Session, mapper: Mapper[Any], pattern: re.Pattern[str], forms: Sequence[str]) -> Iterator[str]:
    keys = [mapper.get_property_by_column(column).class_attribute for column in mapper.primary_key]
    texts = [kept.class_attribute for kept in mapper.column_attrs if _is_text(kept.columns[0])]
    if not texts:
        return
    # Through the mapped class: an account's session answers nothing else.
    query = select(*keys, *texts).where(or_(*(holds for column in texts for holds in _may_hold(column, forms))))
    naming_rows = (row for row in session.execute(query) if any(pattern.search(_text(value)) for value in row[len(keys) :]))
    if found := ["/".join(map(str, row[: len(keys)])) for row in naming_rows]:
        table, more = str(mapper.class_.__tablename__), ", ..." if len(found) > _MOST_KEYS else ""
        why = _WHY.get(table, "look at them")
        rows = counted(len(found), f"row of {table} that names", f"rows of {table} that name")
        yield f"{rows} the subject ({', '.join(found[:_MOST_KEYS])}{more}): {why}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_text(column: Any) -> bool:
    kind = column.type
    if isinstance(kind, Enum) or column.primary_key or column.foreign_keys:
        return False
    return isinstance(kind, String | JSON) or kind.__class__.__name__ == "AutoString"


def _forms(name: str) -> list[str]:
    """How the longest word of a name may be written, in small letters of ASCII: SQLite compares no others' case."""
    word = max(name.split(), key=len)
    forms = {word, word.lower(), word.upper(), word.casefold(), word.capitalize()}
    # Lowered here, as SQLite would: of most names one form is left, and each costs a walk through every text that is held.
    return sorted({form.translate(_LOWERED) for form in (*forms, *(json.dumps(form)[1:-1] for form in forms))})


def _may_hold(column: Any, forms: Sequence[str]) -> list[ColumnElement[bool]]:
    """Looser than what they stand before."""
    held = func.lower(type_coerce(column, String))
    return [func.instr(held, form) > 0 for form in forms]
