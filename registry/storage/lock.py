"""Taking turns: whoever decides on the ground of what is in the database holds it from the reading to the writing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session as AnySession

from registry.storage.known import storage_of


def hold(session: AnySession) -> None:
    """Let nobody else write until the session commits or rolls back; what it read before is read anew when it is next asked for.

    Waits for whoever writes now. Within a transaction that has written already nothing changes: it holds the database. Rows are
    read anew attribute by attribute: model_dump of one knows nothing of it before.
    """
    session.flush()
    connection = AnySession.connection(session)
    if storage_of(connection).take(connection):
        AnySession.expire_all(session)


_TURNS: WeakKeyDictionary[Engine, threading.RLock] = WeakKeyDictionary()
_OF_TURNS = threading.Lock()


@contextmanager
def in_turn(engine: Engine) -> Iterator[None]:
    """For one of many threads that write: whoever else of this process is within waits until the context ends, however long.

    SQLite has no line: whoever asks at the right moment goes first, and of many that ask, some give up after their time. Entered
    before the session begins, and left after it ends.
    """
    with _OF_TURNS:
        turn = _TURNS.setdefault(engine, threading.RLock())
    with turn:
        yield
