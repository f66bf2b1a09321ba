"""What all the work came to, without the ids and moments that differ from one workspace to the next."""

from collections import Counter
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from crawler.custody import CustodyEntry, verify_chain
from crawler.pages import Sighting
from crawler.videos import Capture, Video
from monitor.workspace import open_workspace
from registry.documents import Document
from registry.subjects import Subject
from reports.cases import Case, CaseMatch
from reports.matches import MatchRow, Scan
from reports.notices.notice import Notice


def outcome(root: Path) -> dict[str, Any]:
    """Rows of each kind, and what lies where it should not. Whatever is named twice was doubled."""
    with open_workspace(root) as workspace, workspace.session() as session:
        media = dict(session.exec(select(Capture.id, Capture.media_sha256)).all())
        names = dict(session.exec(select(Subject.id, Subject.name)).all())
        sighted = session.exec(select(Video.media_url).join(Sighting, col(Sighting.video_id) == Video.id)).all()
        found = session.exec(select(MatchRow)).all()
        documents = session.exec(select(Document.path)).all()
        return {
            "videos": sorted((video.media_url, video.title, video.state) for video in session.exec(select(Video))),
            "sightings": Counter(sighted),
            "captures": Counter(media.values()),
            "custody": Counter((media.get(entry.capture_id), entry.action) for entry in session.exec(select(CustodyEntry))),
            "scans": Counter((media[scan.capture_id], scan.appearances, scan.frames) for scan in session.exec(select(Scan))),
            "matches": Counter((media[m.capture_id], names[m.subject_id], m.t_start, round(m.score, 6), m.status) for m in found),
            "cases": (len(session.exec(select(Case)).all()), len(session.exec(select(CaseMatch)).all())),
            "letters": Counter(notice.state for notice in session.exec(select(Notice))),
            "documents": Counter(Path(path).suffix for path in documents),
            "documents that are not there": [path for path in documents if not (root / path).exists()],
            "half-written": [str(p.relative_to(root)) for kind in ("vault/incoming", "staging") for p in (root / kind).glob("*")],
            "custody broken at": verify_chain(session),
        }
