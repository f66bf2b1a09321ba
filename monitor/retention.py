"""The retention policy: what is due to go, since when and why; and its going."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from crawler.custody import CustodyEntry, append
from crawler.videos import Capture
from monitor.settings import RetentionSettings
from monitor.wiring import ERASERS, KEEPERS
from monitor.workspace import Workspace
from registry.erase import erase_subject
from registry.kinds import SubjectKind
from registry.mandates import Mandate, mandates_for, matchable_subjects
from registry.subjects import Subject, list_subjects
from registry.tenancy import refuse_accounts, unscoped
from reports.matches import MatchRow

DISPOSED = "disposed"
"""The custody chain's word for a capture whose bytes went."""


@dataclass(frozen=True)
class Due:
    """what: "subject" or "capture", id: its row's. due_at: from when on it is to go. why: the rule, in words, naming nobody."""

    what: str
    id: str
    due_at: datetime
    why: str


def schedule(session: Session, policy: RetentionSettings, at: datetime) -> list[Due]:
    """Everything that has a date on which it goes as things stand, the earliest first."""
    found = [*_people(session, policy, at), *_captures(session, policy)]
    return sorted(found, key=lambda due: (due.due_at, due.id))


def _people(session: Session, policy: RetentionSettings, at: datetime) -> Iterator[Due]:
    allowed = matchable_subjects(session, at)
    for subject in list_subjects(session):
        if subject.kind is not SubjectKind.PERSON or subject.id in allowed:
            continue
        held = mandates_for(session, subject)
        if any(mandate.starts_at > at for mandate in held):
            continue
        if held:
            why = f"no mandate or consent is valid since then, and {policy.after_mandate_days} days are over"
            yield Due("subject", subject.id, _over_since(held, at) + timedelta(days=policy.after_mandate_days), why)
        else:
            why = f"no mandate came within {policy.without_mandate_days} days of the enrolment"
            yield Due("subject", subject.id, subject.created_at + timedelta(days=policy.without_mandate_days), why)


def _over_since(mandates: Sequence[Mandate], at: datetime) -> datetime:
    """When the last of them ended, or was revoked; at for one that is valid, but does not do alone."""
    return max(min(end for end in (mandate.ends_at, mandate.revoked_at, at) if end is not None) for mandate in mandates)


def _captures(session: Session, policy: RetentionSettings) -> Iterator[Due]:
    why = f"nothing was matched in it for {policy.unmatched_capture_days} days"
    matched = select(Capture.media_sha256).where(col(Capture.id).in_(select(MatchRow.capture_id)))
    query = select(Capture).where(col(Capture.media_sha256).not_in(matched), col(Capture.id).not_in(disposed()))
    # Also what another party's match keeps is kept.
    with unscoped(session):
        captures = session.exec(query).all()
    for capture in captures:
        yield Due("capture", capture.id, capture.captured_at + timedelta(days=policy.unmatched_capture_days), why)


def disposed() -> SelectOfScalar[str]:
    """The ids of the captures whose bytes went, as a subquery."""
    return select(CustodyEntry.capture_id).where(CustodyEntry.action == DISPOSED)


def apply_policy(workspace: Workspace, session: Session, at: datetime) -> list[Due]:
    """Remove what is due by now. Commits after each; an interrupted one goes on the next time. Returns what went."""
    refuse_accounts(session, "Applying the retention policy")
    due = [item for item in schedule(session, workspace.settings.retention, at) if item.due_at <= at]
    for item in due:
        if item.what == "subject":
            subject = session.get_one(Subject, item.id)
            erase_subject(session, workspace.vault, subject, at, f"retention: {item.why}", also=ERASERS, keepers=KEEPERS)
        else:
            _dispose(workspace, session, item, at)
    return due


def _dispose(workspace: Workspace, session: Session, item: Due, at: datetime) -> None:
    """The chain says first that the media goes; its row, page and manifest stay as the record of what was looked at."""
    capture = session.get_one(Capture, item.id)
    append(session, workspace.settings.operator.name or "semblance", DISPOSED, capture.id, {"why": item.why}, at)
    session.commit()
    left = select(Capture.id).where(Capture.media_sha256 == capture.media_sha256, col(Capture.id).not_in(disposed()))
    if session.exec(left).first() is None:
        workspace.vault.delete(capture.media_sha256)
