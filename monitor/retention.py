"""The retention policy: what is due to go, since when and why; and its going."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from crawler.custody import append
from crawler.disposal import DISPOSED, disposed, dropped_file, forget_pages, forget_parts, going, held_digests
from crawler.videos import Capture, Video
from monitor.settings import RetentionSettings
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace
from registry.erase import erase_subject
from registry.held_objects import is_needed, public_digests
from registry.kinds import SubjectKind
from registry.mandates import Basis, Mandate
from registry.parties import Party
from registry.standing import mandates_of_all, matchable_subjects
from registry.subjects import Subject
from registry.tenancy import refuse_accounts
from reports.families.forgetting import forget_gone
from reports.matches import unmatched_captures


@dataclass(frozen=True)
class Due:
    """what: "subject" or "capture", id: its row's. due_at: from when on it is to go. why: the rule, in words, naming nobody."""

    what: str
    id: str
    due_at: datetime
    why: str


def schedule(session: Session, policy: RetentionSettings, at: datetime, allowed: Container[str] | None = None) -> list[Due]:
    """Everything that has a date on which it goes as things stand, the earliest first.

    allowed: who may be looked for then, by id, where the caller knows it already.
    """
    may = matchable_subjects(session, at) if allowed is None else allowed
    found = [*_people(session, policy, at, may), *_captures(session, policy)]
    return sorted(found, key=lambda due: (due.due_at, due.id))


def _people(session: Session, policy: RetentionSettings, at: datetime, allowed: Container[str]) -> Iterator[Due]:
    people = select(Subject.id).where(col(Subject.erased_at).is_(None), Subject.kind == SubjectKind.PERSON)
    waiting = {key for key in session.exec(people) if key not in allowed}
    for party, subject, mandates in mandates_of_all(session) if waiting else ():
        if subject.id not in waiting or any(mandate.starts_at > at for mandate in mandates):
            continue
        if not mandates:
            why, since, days = "no mandate came", subject.created_at, policy.without_mandate_days
        elif (ended := _ended(subject, mandates, at)) < at:
            why, since, days = "no mandate or consent is valid since then", ended, policy.after_mandate_days
        else:
            why, since, days = (
                "a mandate or consent that is needed never came",
                _waiting_since(party, subject, mandates, at),
                policy.without_mandate_days,
            )
        yield Due("subject", subject.id, since + timedelta(days=days), f"{why}, and {days} days are over")


def _ended(subject: Subject, mandates: Sequence[Mandate], at: datetime) -> datetime:
    """Since when nobody may look for the subject: authority, consent where one was given, and staying are each needed.

    at where none of them has ended.
    """
    consents = [mandate for mandate in mandates if mandate.basis is Basis.CONSENT]
    needed = [[mandate for mandate in mandates if mandate.basis is not Basis.CONSENT], consents]
    ended = [max(_end(mandate, at) for mandate in held) for held in needed if held]
    return min(*ended, _left(subject, consents, at))


def _left(subject: Subject, consents: Sequence[Mandate], at: datetime) -> datetime:
    """When the subject left, unless a consent of its own holds beyond that; at where it did not."""
    if subject.left_at is None or any(_end(row, at) > subject.left_at for row in consents):
        return at
    return subject.left_at


def _waiting_since(party: Party, subject: Subject, mandates: Sequence[Mandate], at: datetime) -> datetime:
    """Since when something that is needed is missing, at the latest: when the last was put on record that asks for it."""
    recorded = [subject.created_at, *(max(mandate.created_at, mandate.starts_at) for mandate in mandates)]
    came = [moment for moment in (party.consent_needed_at, subject.minor_noted_at, subject.minor_until) if moment is not None]
    return max((moment for moment in (*recorded, *came) if moment <= at), default=at)


def _end(mandate: Mandate, at: datetime) -> datetime:
    """When it ended or was revoked; at for one that is valid."""
    return min(end for end in (mandate.ends_at, mandate.revoked_at, at) if end is not None)


def _captures(session: Session, policy: RetentionSettings) -> Iterator[Due]:
    why = f"nothing was matched in it for {policy.unmatched_capture_days} days"
    for capture in unmatched_captures(session):
        yield Due("capture", capture.id, capture.captured_at + timedelta(days=policy.unmatched_capture_days), why)


def apply_policy(workspace: Workspace, session: Session, at: datetime) -> list[Due]:
    """Remove what is due by now. Commits after each; an interrupted one goes on the next time. Returns what went.

    The caller holds the workspace alone: what a capture has put into the vault before its row is written would go, too.
    """
    refuse_accounts(session, "Applying the retention policy")
    due = [item for item in schedule(session, workspace.settings.retention, at) if item.due_at <= at]
    for item in due:
        if item.what == "subject":
            subject = session.get_one(Subject, item.id)
            why = f"retention: {item.why}"
            vault = workspace.vault
            erase_subject(session, vault, subject, at, why, ERASERS, KEEPERS, SEEKERS, on_request=False, own_words=True)
        else:
            _dispose(workspace, session, item, at)
    _sweep_vault(workspace, session)
    _sweep_cache(workspace, session, at)
    return due


def _dispose(workspace: Workspace, session: Session, item: Due, at: datetime) -> None:
    """The chain says that the bytes go before they do; the capture's row, page and manifest stay as the record of what was
    looked at."""
    capture = session.get_one(Capture, item.id)
    detail = {"why": item.why, "removed": going(capture)}
    append(session, workspace.settings.operator.name or "semblance", DISPOSED, capture.id, detail, at)
    forget_gone(session, capture.media_sha256)
    session.commit()


def still_dropped(session: Session, gone: Sequence[Due]) -> list[Path]:
    """The files in inboxes that hold what went of captures: whoever dropped them removes them."""
    captures = (session.get_one(Capture, due.id) for due in gone if due.what == "capture")
    return [path for capture in captures if (path := dropped_file(session, capture)) is not None]


def _sweep_vault(workspace: Workspace, session: Session) -> None:
    """Remove every object in the clear that no row needs any more: what was disposed of, now or before a kill, and what a
    second look at the same media left, whose WARC no row names."""
    needed = held_digests(session) | public_digests(session, but=(Capture,))
    for digest in workspace.vault.public():
        if digest in needed:
            continue
        # The first version kept references in the clear, and one may have the very bytes of a capture.
        if not (is_needed(session, digest, private=True) and workspace.vault.make_private(digest)):
            workspace.vault.delete(digest, private=False)


def _sweep_cache(workspace: Workspace, session: Session, at: datetime) -> None:
    gone = session.exec(select(Capture).where(col(Capture.id).in_(disposed()))).all()
    videos = [session.get_one(Video, capture.video_id) for capture in gone]
    addresses = {video.media_url for video in videos} | {capture.final_url for capture in gone}
    forget_pages(workspace.cache / "pages.db", addresses)
    oldest = at - timedelta(days=workspace.settings.retention.unmatched_capture_days)
    forget_parts(workspace.cache / "parts", {video.id for video in videos}, oldest.timestamp())
