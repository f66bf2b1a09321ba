"""The few questions about everybody's rows whose answers tell nothing of them.

Each is declared by the module that needs it, as a constant, when that is imported; once there is a session of an account, no
other is taken. In its SQL, `main.subject` is everybody's and `subject` what the session sees.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session as AnySession

from registry.storage.known import storage_of
from registry.tenancy.connection import wall_of
from registry.tenancy.wall import inert

T = TypeVar("T")
Rows = Iterator[Sequence[Any]]
Parameters = Mapping[str, Any] | list[dict[str, Any]]


class Question(Generic[T]):
    """SQL, and what is told of its rows. declare() makes them."""

    __slots__ = ("__weakref__",)


_DECLARED: dict[Question[Any], tuple[str | Callable[[], str], Callable[..., Any]]] = {}
_SEALED: list[bool] = []


def declare(sql: str | Callable[[], str], answer: Callable[..., T]) -> Question[T]:
    """A question: its SQL, or what gives it once all tables are known, and what is told of the rows.

    answer is given the rows, and whatever ask is given besides.
    """
    if _SEALED:
        raise RuntimeError("questions are declared before the first account has a session")
    question: Question[T] = Question()
    _DECLARED[question] = sql, answer
    return question


def seal() -> None:
    """From now on no other question is taken."""
    _SEALED[:] = [True]


def ask(session: AnySession, question: Question[T], parameters: Parameters | None = None, *besides: Any) -> T:
    """The answer, in the session's transaction; of an account's session, too. Text, numbers and bytes are its parameters."""
    source, answer = _DECLARED[question]
    sql = source if isinstance(source, str) else source()
    connection = AnySession.connection(session)
    wall = wall_of(connection.connection.dbapi_connection)
    if wall is None:
        said: Any = inert(parameters or {})
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql(sql, said)
        else:
            found = connection.execute(text(storage_of(connection).words(sql)), said)
        rows: Rows = iter(found) if found.returns_rows else iter(())
    else:
        rows = iter(wall.ask(sql, inert(parameters or {})))
    told: T = answer(rows, *besides)
    return told


def nothing(_rows: Rows) -> None:
    """The answer to what only does something."""


def whether_any(rows: Rows) -> bool:
    """The answer that tells only whether there is a row."""
    return bool(list(rows))


def first_column(rows: Rows) -> list[Any]:
    """The answer that tells the first column of each row."""
    return [row[0] for row in rows]
