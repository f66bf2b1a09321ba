"""Databases of every revision, with data in them."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import SQLModel

from monitor.migrations import upgrade
from registry.storage.engine import connect


def database_of(path: Path, revision: str) -> Engine:
    """A database of that revision, with two rows in every table."""
    engine = connect(path)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        upgrade(connection, revision)
        fill(connection)
        connection.commit()
    return engine


def fill(connection: Connection) -> None:
    inspector = inspect(connection)
    for name in set(inspector.get_table_names()) - {"alembic_version"}:
        points = {keys["constrained_columns"][0]: keys["referred_table"] for keys in inspector.get_foreign_keys(name)}
        for number in (1, 2):
            row = {column["name"]: value_of(name, dict(column), points, number) for column in inspector.get_columns(name)}
            marks = ", ".join(f":{key}" for key in row)
            names = ", ".join(f'"{key}"' for key in row)
            connection.execute(text(f'INSERT INTO "{name}" ({names}) VALUES ({marks})'), row)


def value_of(table: str, column: dict[str, Any], points: dict[str, str], number: int) -> Any:
    name, kind = column["name"], str(column["type"])
    if (table, name) == ("licence", "group_id"):
        return None  # a licence names a subject or a group
    if name in points:
        return number if kind == "INTEGER" else f"{points[name]}-{number}"
    now_known = SQLModel.metadata.tables[table].columns.get(name) if table in SQLModel.metadata.tables else None
    allowed = getattr(now_known.type, "enums", None) if now_known is not None else None
    if allowed:
        return allowed[0]
    if kind == "VARCHAR(27)":
        return f"2026-01-0{number}T00:00:00.000000Z"
    plain = {"INTEGER": number, "BOOLEAN": 1, "FLOAT": 0.5, "JSON": "[]", "DATE": f"2026-01-0{number}", "BLOB": b"\x00\xff"}
    return plain.get(kind, f"{table}-{number}" if name == "id" else f"{name} {number}")
