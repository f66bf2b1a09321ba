"""The retention policy applied: what is due goes, with its bytes and whatever in the cache may hold them."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from crawler.custody import append
from crawler.disposal import DISPOSED, disposed, dropped_file, forget_pages, forget_parts, going, held_digests
from crawler.videos import Capture, Video
from monitor.invited import forget_over
from monitor.retention import Due, schedule
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace
from registry.account_news import forget_old_news
from registry.erase import erase_subject
from registry.held_objects import is_needed, public_digests
from registry.subjects import Subject
from registry.tenancy import refuse_accounts
from registry.vault.base import Locked
from reports.families.forgetting import forget_gone


def apply_policy(workspace: Workspace, session: Session, at: datetime) -> list[Due]:
    """Remove what is due by now. Commits after each; an interrupted one goes on the next time. Returns what went.

    The caller holds the workspace alone: what a capture has put into the vault before its row is written would go, too.
    """
    refuse_accounts(session, "Applying the retention policy")
    forget_over(workspace, session, at)
    forget_old_news(session, at)
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
        # What the store locked as evidence goes by the first policy that is applied after that.
        with suppress(Locked):
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
