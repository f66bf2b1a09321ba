"""PostgreSQL as SQLAlchemy is to speak to it, so that rows hold, compare and sort as they do in SQLite."""

from typing import Any

from sqlalchemy import Column, Integer, types
from sqlalchemy.dialects import registry as dialects
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler, PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import Label, UnaryExpression

NAME = "postgresql+kept"


class KeptTypes(PGTypeCompiler):
    """Numbers have 64 bits, as moments in microseconds need. Texts have no length, and documents of JSON are texts: as they were
    written, so that digests over them stay true, and comparable. Enumerations are their names: one more is no change of types."""

    def visit_INTEGER(self, type_: Any, **kw: Any) -> str:  # noqa: ARG002, N802 (SQLAlchemy's names)
        return "BIGINT"

    def visit_VARCHAR(self, type_: Any, **kw: Any) -> str:  # noqa: ARG002, N802
        return "TEXT"

    def visit_JSON(self, type_: Any, **kw: Any) -> str:  # noqa: ARG002, N802
        return "TEXT"

    def visit_enum(self, type_: Any, **kw: Any) -> str:  # noqa: ARG002
        return "TEXT"


class KeptTables(PGDDLCompiler):
    """Numbers that the database gives have 64 bits, too."""

    def get_column_specification(self, column: Column[Any], **options: Any) -> str:
        made = str(super().get_column_specification(column, **options))  # type: ignore[no-untyped-call]
        return made.replace(" SERIAL", " BIGSERIAL", 1) if isinstance(column.type, Integer) else made


class KeptStatements(PGCompiler_psycopg):
    """What is empty comes first, and functions have the names by which the code calls them."""

    def order_by_clause(self, select: Any, **options: Any) -> str:
        """Raises what SQLAlchemy does."""
        clauses = getattr(select, "_order_by_clauses", ())
        if not clauses or any("NULLS " in str(clause) for clause in clauses):
            return str(super().order_by_clause(select, **options))  # type: ignore[no-untyped-call]
        ordered = [self._ordered(clause, options) for clause in clauses]
        return f" ORDER BY {', '.join(ordered)}"

    def _ordered(self, clause: Any, options: dict[str, Any]) -> str:
        said = str(self.process(clause, **options))
        backwards = isinstance(clause, UnaryExpression) and clause.modifier is operators.desc_op
        within = clause.element if isinstance(clause, UnaryExpression) else clause
        within = within.element if isinstance(within, Label) else within
        # Of what is never empty an index gives the order as it is.
        if getattr(within, "nullable", True) is False:
            return said
        return f"{said} NULLS {'LAST' if backwards else 'FIRST'}"

    def visit_instr_func(self, function: Any, **options: Any) -> str:
        return f"strpos{self.function_argspec(function, **options)}"

    def visit_max_func(self, function: Any, **options: Any) -> str:
        name = "greatest" if len(function.clauses) > 1 else "max"
        return f"{name}{self.function_argspec(function, **options)}"

    def visit_substr_func(self, function: Any, **options: Any) -> str:
        text, *places = (self.process(clause, **options) for clause in function.clauses)
        return f"substr({', '.join((text, *(f'CAST({place} AS int4)' for place in places)))})"

    def visit_json_each_func(self, function: Any, **options: Any) -> str:
        return f"json_array_elements_text(CAST({self.process(function.clause_expr.element, **options)} AS json))"


class KeptDialect(PGDialect_psycopg):
    """psycopg 3, with all of that."""

    driver = "kept"
    supports_statement_cache = True
    supports_native_enum = False
    # Documents are texts: SQLAlchemy reads and writes them, as it does for SQLite.
    supports_native_json_serialization = supports_native_json_deserialization = False
    type_compiler_cls = KeptTypes
    ddl_compiler = KeptTables
    statement_compiler = KeptStatements
    colspecs = {**PGDialect_psycopg.colspecs, types.JSON: types.JSON, types.Enum: types.Enum}  # noqa: RUF012


dialects.register(NAME.replace("+", "."), __name__, KeptDialect.__name__)
