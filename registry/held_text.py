"""That a column's text holds another, whatever the case of ASCII's letters, as quickly as each database can tell."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, false, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_LONGEST = 10_000
"""Signs of a text that SQLite takes as a pattern: it takes 50,000 bytes (SQLITE_MAX_LIKE_PATTERN_LENGTH)."""


class _Holds(FunctionElement[bool]):
    """Of a column, a text without capital letters, and the pattern of LIKE that stands for it."""

    name = "holds"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Holds":  # noqa: ARG002 (it is in brackets, and needs no comparison with true)
        return self


class _HoldsPlain(_Holds):
    """The same, of a text that has no sign with a meaning in a pattern: LIKE reads it quicker where none is named by ESCAPE."""

    name = "holds_plain"
    inherit_cache = True


@compiles(_Holds)
def _by_place(element: Any, compiler: Any, **options: Any) -> str:
    column, text, _ = element.clauses
    return f"({compiler.process(func.instr(func.lower(column), text) > 0, **options)})"


@compiles(_Holds, "sqlite")
def _by_pattern(element: Any, compiler: Any, **options: Any) -> str:
    """LIKE makes no copy of what it looks through: it takes a third of the time of instr and lower, which read the same."""
    column, _, pattern = element.clauses
    return f"({compiler.process(column, **options)} LIKE {compiler.process(pattern, **options)} ESCAPE '\\')"


@compiles(_Holds, "postgresql")
def _by_parts(element: Any, compiler: Any, **options: Any) -> str:
    """LIKE is what an index of three letters at a time is for (registry.storage.postgres), and escapes by a backslash."""
    column, _, pattern = element.clauses
    return f"({compiler.process(func.lower(column), **options)} LIKE {compiler.process(pattern, **options)})"


@compiles(_HoldsPlain, "sqlite")
def _by_plain_pattern(element: Any, compiler: Any, **options: Any) -> str:
    column, _, pattern = element.clauses
    return f"({compiler.process(column, **options)} LIKE {compiler.process(pattern, **options)})"


def holds(column: Any, text: str) -> ColumnElement[bool]:
    """text: without capital letters (registry.names.name_key); no sign in it has a meaning of its own."""
    if "\0" in text:
        # LIKE reads a pattern no further than to a zero, and would find everything; PostgreSQL takes and keeps none.
        return false()
    if len(text) > _LONGEST:
        return func.instr(func.lower(column), text) > 0
    if not set("%_\\") & set(text):
        return _HoldsPlain(column, text, f"%{text}%")
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _Holds(column, text, f"%{escaped}%")
