"""Looking again, now, at every address of a case: what its letters say of them must just have been seen."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from crawler.capture import CaptureLimits, capture_video
from crawler.recheck import look_again
from crawler.types import TakenBy
from monitor.runs.capturing import outfit
from monitor.runs.summary import Say
from monitor.workspace import Workspace
from registry.db import now
from reports.cases import Case, videos_of


def look_at_case(workspace: Workspace, session: Session, case: Case, say: Say = lambda _: None) -> datetime:
    """Look at the case's videos and all their pages over the network; the moment from which on the looks were made.

    Commits the session first: what was looked at is written beside it. Bytes are fetched and compared even where the site says
    that they are unchanged. What could not be reached is a look, too; errors of the vault and the database go on.
    """
    settings = workspace.settings
    videos = [(video.id, video.media_url) for video in videos_of(session, case) if video.via is not TakenBy.FILE]
    session.commit()
    limits = CaptureLimits(settings.capture.max_bytes, settings.capture.max_seconds)
    since = now()
    with outfit(workspace) as hands:
        # No parts of files are kept: a run may be at work on the same ones.
        tools = replace(hands.tools, parts=None, compare=True)
        for video_id, url in videos:
            say(f"Looking at {url}")
            asked, at = (workspace.engine, workspace.vault, hands.fetcher, video_id), now()
            operator = settings.operator.name or "semblance"
            tried = capture_video(*asked, operator=operator, at=at, limits=limits, tools=tools)
            look_again(workspace.engine, hands.fetcher, tried, at=at, since=since, parser=tools.parser)
    return since
