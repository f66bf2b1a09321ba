"""Comparing what something was matched in with earlier such videos: people are told what is a copy of what."""

from itertools import takewhile
from pathlib import Path

from sqlmodel import Session

from crawler.videos import Capture, Video
from matcher.decoding.confined_reader import ConfinedReader
from matcher.errors import MediaUnreadable
from matcher.footage.copying import Compared, compared
from matcher.scan import LONG_SIDE, RATE
from monitor.drivers import StillMine
from monitor.runs.summary import RunSummary, Say
from monitor.workspace import Workspace
from registry.db import now
from registry.errors import SemblanceError
from registry.storage.lock import hold
from reports.families.comparing import Earlier, ToCompare, earlier_videos, record_compared, to_compare
from reports.families.words import kin_lines
from reports.matches import MatchRow, MatchStatus

MOST = 500
"""Videos that are compared in one run; the next one goes on."""


def compare_footage(workspace: Workspace, summary: RunSummary, say: Say, still_mine: StillMine = lambda _: None) -> None:
    """Compare every video in which something was matched with the earlier ones of the same subject, and tell what is a copy of
    something that was decided. Each is one transaction, and what was done is not done again.

    still_mine: asked in each of them; what it raises goes on, and nothing of that video is on record."""
    with workspace.session() as session:
        chosen, waiting = to_compare(session, MOST)
        session.commit()
        summary.to_compare = waiting - len(chosen)
        for number, about in enumerate(chosen):
            say(f"Looking for copies: {waiting - number} {'video' if waiting - number == 1 else 'videos'} to go")
            earlier = earlier_videos(session, about)
            session.commit()
            found = _seen(workspace, about, earlier, summary)
            if found is not None:
                _record(session, about, found, earlier, summary, still_mine)


def _seen(workspace: Workspace, about: ToCompare, earlier: list[Earlier], summary: RunSummary) -> Compared | None:
    """What the video has in common with earlier ones: nothing where it cannot be read. None where that was not found out, which
    the next run tries again. The run says of either why."""
    try:
        with workspace.vault.as_file(about.media_sha256) as path:
            return _compared(path, about, earlier)
    except SemblanceError as error:
        summary.problems.append(f"Not compared with earlier videos: {about.url}: {error.what} {error.remedy}")
        return Compared(None, ()) if isinstance(error, MediaUnreadable) else None


def _compared(path: Path, about: ToCompare, earlier: list[Earlier]) -> Compared:
    with ConfinedReader(path) as reader:
        if reader.info.kind != "video":
            return Compared(None, ())
        first = takewhile(lambda frame: not frame.track, reader.frames(RATE, LONG_SIDE))
        return compared(first, [each.clip for each in earlier], about.since, about.until)


def _record(
    session: Session, about: ToCompare, found: Compared, earlier: list[Earlier], summary: RunSummary, still_mine: StillMine
) -> None:
    hold(session)
    still_mine(session)
    links = record_compared(session, about, found, earlier, now())
    matches = [session.get_one(MatchRow, key) for key in dict.fromkeys(link.match_id for link in links)]
    summary.copies += [said for match in matches if (said := _waits(session, match))]
    session.commit()


def _waits(session: Session, match: MatchRow) -> str:
    """That a copy of something decided waits for a person, in words; empty where it does not."""
    decided = [line.decided for line in kin_lines(session, match) if line.decided]
    if match.status is not MatchStatus.PENDING or not decided:
        return ""
    video = session.get_one(Video, session.get_one(Capture, match.capture_id).video_id)
    return f"{video.page_url or video.media_url}: {decided[0]}; it waits for a decision of its own"
