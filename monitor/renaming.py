"""Another name for a subject: after a marriage, or as a new stage name."""

from sqlmodel import Session

from monitor.roster.names import name_key
from registry.members import note_name
from registry.subjects import rename_subject, subject_called


def rename(session: Session, subject: str, party: str | None, name: str) -> tuple[str, str]:
    """Give a subject, by name or id, another name, as the next roster has it; the name before and the one now.

    Flushed, not committed. Raises NotFound, and Conflict where the name is taken.
    """
    found = subject_called(session, subject, party)
    before = found.name
    rename_subject(session, found, name)
    note_name(session, found.id, name_key(found.name))
    return before, found.name
