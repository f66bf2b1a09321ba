"""What is on record of copies goes with whoever is seen in them, and how a video is known again with the last of them."""

from sqlmodel import Session, col, select

from registry.tenancy import ask, declare, first_column
from reports.families.rows import ComparedFootage, FootageDescriptor

# Also where another party's match is: whose it is is not told.
_FORGET = declare(
    "DELETE FROM main.compared_footage WHERE subject_id = :subject RETURNING media_sha256",
    first_column,
)
_PART = declare(
    """
    DELETE FROM main.footage_copy WHERE match_id IN (SELECT id FROM main."match" WHERE subject_id = :subject)
        OR of_id IN (SELECT id FROM main."match" WHERE subject_id = :subject) RETURNING id
    """,
    first_column,
)
_UNNEEDED = declare(
    """
    DELETE FROM main.footage_descriptor WHERE media_sha256 NOT IN (
        SELECT capture.media_sha256 FROM main.capture AS capture JOIN main."match" AS found ON found.capture_id = capture.id
        JOIN main.subject AS subject ON subject.id = found.subject_id WHERE subject.erased_at IS NULL AND subject.id <> :subject
    ) RETURNING media_sha256
    """,
    first_column,
)


def forget_family(session: Session, subject_id: str) -> None:
    """Before the matches of a subject go or are emptied; flushed."""
    session.flush()
    ask(session, _PART, {"subject": subject_id})
    ask(session, _FORGET, {"subject": subject_id})
    ask(session, _UNNEEDED, {"subject": subject_id})


def forget_gone(session: Session, media_sha256: str) -> None:
    """How a video is known again whose bytes go; flushed."""
    for table in (FootageDescriptor, ComparedFootage):
        for row in session.exec(select(table).where(col(table.media_sha256) == media_sha256)).all():
            session.delete(row)
    session.flush()
