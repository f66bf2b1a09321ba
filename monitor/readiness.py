"""Whether this workspace can be worked with now, and how much waits in it: for whoever watches over the machine. No names."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from crawler.health import SourceRun
from crawler.videos import Capture, Video, VideoState
from monitor.migrations import HEAD, revision_of
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from registry.private import make_folder, put
from registry.storage.engine import plain_words
from reports.matches import MatchRow, MatchStatus, Scan
from reports.notices.notice import Notice

LEAST_SPACE = 256 << 20
"""Bytes that must be free on the workspace's disk: less does not hold the next captures."""
LAST_RUN = "last-run"


def not_ready(workspace: Workspace) -> dict[str, str]:
    """What hinders the work, by what was looked at: database, vault, disk. Empty where all is well."""
    checks: Mapping[str, Callable[[Workspace], str]] = {"database": _database, "vault": _vault, "disk": _disk}
    return {name: why for name, check in checks.items() if (why := check(workspace))}


def _database(workspace: Workspace) -> str:
    try:
        with plain_words(workspace.root / "semblance.db"), workspace.engine.connect() as connection:
            found = revision_of(connection)
    except SemblanceError as error:
        return error.what.replace(str(workspace.root), "the workspace")
    return "" if found == HEAD else f"its schema is {found}, and this program's is {HEAD}"


def _vault(workspace: Workspace) -> str:
    try:
        workspace.vault.check_writable()
    except SemblanceError as error:
        return error.what
    return ""


def _disk(workspace: Workspace) -> str:
    free = shutil.disk_usage(workspace.root).free
    return "" if free >= LEAST_SPACE else f"{free >> 20} MiB are free, and {LEAST_SPACE >> 20} are needed"


def note_run(root: Path) -> None:
    """Keep when a run ended. Raises OSError."""
    make_folder(root / "cache")
    put(root / "cache" / LAST_RUN, now().isoformat().encode(), replace=True)


@dataclass(frozen=True)
class Figure:
    """One number. name: what is counted. label: the kind of its parts, and part the one it is of; both empty for a whole."""

    name: str
    says: str
    value: float
    label: str = ""
    part: str = ""


def figures(workspace: Workspace) -> list[Figure]:
    """What is held and what waits, by states alone, over all parties. Not for accounts."""
    with workspace.session() as session:
        return [*_states(session), *_waiting(session, now()), *_moments(session, workspace.root)]


def _states(session: Session) -> Iterator[Figure]:
    yield from _by(session, "videos", "Videos that were found.", "state", Video.state, list(VideoState))
    yield from _by(session, "matches", "Matches.", "status", MatchRow.status, list(MatchStatus))
    yield from _by(session, "letters", "Letters.", "state", Notice.state, ["draft"])
    yield Figure("captures", "Captures.", _count(session, Capture.id))
    readable = {"readable": col(Scan.failure).is_(None), "not readable": col(Scan.failure).is_not(None)}
    for part, which in readable.items():
        yield Figure("scans", "Looks at captures.", _count(session, Scan.id, which), "result", part)


def _by(session: Session, name: str, says: str, label: str, column: object, known: list[str]) -> Iterator[Figure]:
    counted: dict[object, int] = dict(session.exec(select(column, func.count()).group_by(column)).all())  # type: ignore[call-overload]
    there = {str(state): number for state, number in counted.items()}
    for part in sorted({*map(str, known), *there}):
        yield Figure(name, says, there.get(part, 0), label, part)


def _count(session: Session, key: object, which: ColumnElement[bool] | bool = True) -> int:
    return session.exec(select(func.count(key)).where(which)).one()  # type: ignore[arg-type]


def _waiting(session: Session, at: datetime) -> Iterator[Figure]:
    """How long what waits longest has waited, by what it waits for; 0 for nothing."""
    scanned = select(Scan.id).where(Scan.capture_id == Capture.id).exists()
    oldest = {
        "capture": select(func.min(Video.first_seen_at)).where(Video.state == VideoState.DISCOVERED),
        "scan": select(func.min(Capture.captured_at)).where(~scanned),
        "review": select(func.min(MatchRow.found_at)).where(MatchRow.status == MatchStatus.PENDING),
    }
    for part, query in oldest.items():
        since = _moment(session.exec(query).one())
        yield Figure("oldest_waiting_seconds", "Age of what waits longest.", _age(since, at), "waits_for", part)


def _moments(session: Session, root: Path) -> Iterator[Figure]:
    crawled = _moment(session.exec(select(func.max(SourceRun.ended_at))).one())
    if crawled is not None:
        yield Figure("last_crawl_end_timestamp_seconds", "When a source was last read to its end.", crawled.timestamp())
    try:
        ended = datetime.fromisoformat((root / "cache" / LAST_RUN).read_text("ascii"))
    except (OSError, ValueError):
        return
    yield Figure("last_run_end_timestamp_seconds", "When a run last came to its end.", ended.timestamp())


def _moment(found: object) -> datetime | None:
    """What a database's minimum or maximum of moments is."""
    return found if found is None or isinstance(found, datetime) else datetime.fromisoformat(str(found))


def _age(since: datetime | None, at: datetime) -> float:
    return 0.0 if since is None else max(0.0, (at - since).total_seconds())
