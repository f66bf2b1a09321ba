"""Taking turns: whoever decides on the ground of what is in the database holds it from the reading to the writing."""

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
