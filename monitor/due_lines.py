"""What goes by the retention policy, as it is shown; what had to stay where the policy was applied; and the times that are set
for letters, late ones first."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from monitor.retention import Due, schedule
from monitor.workspace import Workspace, alone
from registry.receipts import Erasure
from registry.subjects import Subject
from registry.views import view_of
from reports.notices.status import StatusLine, ordered_lines


@dataclass(frozen=True)
class DueLine(Due):
    """name: the person's, while they are on record. due: whether it was to go by now."""

    name: str | None
    due: bool


@dataclass(frozen=True)
class DueLines:
    """left: files that may still show what went, in words. letters: those of which something is due, late ones first."""

    lines: tuple[DueLine, ...]
    left: tuple[str, ...]
    letters: tuple[StatusLine, ...] = ()


def due_lines(workspace: Workspace, session: Session, at: datetime, *, apply: bool) -> DueLines:
    """What has a date on which it goes; with apply, what went at that moment. Raises WorkspaceBusy during a run."""
    found, left = _applied(workspace, session, at) if apply else (schedule(session, workspace.settings.retention, at), [])
    letters = tuple(line for line in ordered_lines(session, at) if line.next_due is not None)
    return DueLines(tuple(_line(session, due, at) for due in found), tuple(left), letters)


def _applied(workspace: Workspace, session: Session, at: datetime) -> tuple[list[Due], list[str]]:
    """What went, and the files that may still show it."""
    # What erases knows of every room; whoever only looks at what is due need not wait for it.
    from monitor.disposing import apply_policy, still_dropped

    with alone(workspace):
        found = apply_policy(workspace, session, at)
    kept = [line for row in session.exec(select(Erasure).where(Erasure.at == at)) for line in row.left]
    return found, [*kept, *(f"{path}: was dropped there; remove it yourself" for path in still_dropped(session, found))]


def _line(session: Session, due: Due, at: datetime) -> DueLine:
    subject = session.get(Subject, due.id) if due.what == "subject" else None
    return view_of(DueLine, due, name=subject.name if subject else None, due=due.due_at <= at)
