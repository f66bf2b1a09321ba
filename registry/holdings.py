"""What the database says of the vault's objects."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Table, inspect, select, union_all
from sqlmodel import Session, SQLModel

from registry.tenancy import unscoped


def is_needed(session: Session, sha256: str, *, but: Collection[type[SQLModel]] = ()) -> bool:
    """Whether any row of any room names the object: every column whose name ends in sha256 may. but: tables that do not count."""
    left_out = {inspect(model).local_table for model in but}
    tables = [table for table in SQLModel.metadata.tables.values() if table not in left_out]
    columns = [column for table in tables for column in _digest_columns(table)]
    query = union_all(*(select(column).where(column == sha256) for column in columns)).limit(1)
    with unscoped(session):
        return session.connection().execute(query).first() is not None


def _digest_columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name.endswith("sha256")]
