"""Promises that the database keeps by itself, whoever writes to it."""

from typing import Any

from sqlalchemy import DDL, event
from sqlmodel import SQLModel


def forbid(name: str, moment: str, message: str, *, when: str = "1") -> None:
    """Make the database refuse what happens at moment (such as ``BEFORE DELETE ON review``) while when holds of the row NEW.

    The trigger comes with the tables. All arguments are the code's own words, never data.
    """
    body = f"SELECT RAISE(ABORT, '{message}')"
    make: Any = DDL
    statement = make(f"CREATE TRIGGER IF NOT EXISTS {name} {moment} WHEN {when} BEGIN {body}; END")
    event.listen(SQLModel.metadata, "after_create", statement.execute_if(dialect="sqlite"))
