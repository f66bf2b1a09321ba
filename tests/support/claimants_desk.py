"""A workspace in which one capture waits that shows a real face, and parties that enrol people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from crawler.videos import Capture, Video, VideoState
from matcher.media import read_picture
from matcher.types import Recogniser
from monitor.enrolment import enrol_file
from monitor.runs.judging import judge
from monitor.runs.scanning import scan_captures
from monitor.runs.summary import RunSummary
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import Caller, Role
from registry.erase import erase_subject
from registry.mandates import add_mandate
from registry.parties import Party, add_party, find_party
from registry.references import list_references
from registry.subjects import Subject, add_subject, find_subject
from registry.tenancy import AccountSession
from registry.types import PartyKind, SubjectKind
from registry.views import as_fields
from reports.erasure import erase_matches
from reports.match_lines import match_lines
from reports.matches import MatchRow
from tests.support.drawn_clips import encode, pan, scene

PARTIES = {
    "Union of Actors": PartyKind.UNION,
    "Union of Singers": PartyKind.UNION,
    "Big Studio": PartyKind.STUDIO,
    "Small Agency": PartyKind.AGENCY,
}
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def clip_of(photo: Path, place: Path) -> Path:
    """A short clip in which the face of a photo moves over a scene."""
    encode(place, pan(read_picture(photo), scene(1), 0.6))
    return place


class Desk:
    """The parties' subjects, the runs, and what each party's account sees afterwards."""

    def __init__(self, workspace: Workspace, recognisers: list[Recogniser]) -> None:
        self.workspace, self.recognisers = workspace, recognisers

    def enrol(self, party: str, name: str, photo: Path) -> str:
        """Add the subject, or a further photo of it, with a mandate for it; its id."""
        with self.workspace.session() as session:
            whose = find_party(session, party)
            known = session.exec(select(Subject).where(Subject.name == name, Subject.party_id == whose.id)).first()
            subject = known or add_subject(session, whose, name, SubjectKind.PERSON)
            if known is None:
                add_mandate(session, self.workspace.vault, subject, b"signed", verified_by="R. Reader", starts_at=BEGIN)
            enrol_file(self.workspace, session, self.recognisers, subject, photo)
            session.commit()
            return subject.id

    def erase(self, party: str, name: str) -> None:
        with self.workspace.session() as session:
            subject = find_subject(session, name, party=find_party(session, party))
            erase_subject(session, self.workspace.vault, subject, datetime.now(UTC), "asked for it", also=[erase_matches])

    def run(self) -> RunSummary:
        summary = RunSummary()
        scan_captures(self.workspace, summary, lambda _: None)
        judge(self.workspace, summary)
        return summary

    def rows(self, party: str) -> list[dict[str, Any]]:
        """The party's matches, every column of them."""
        with self.workspace.session() as session:
            own = select(Subject.id).where(Subject.party_id == find_party(session, party).id)
            found = session.exec(select(MatchRow).where(MatchRow.subject_id.in_(own)).order_by(MatchRow.id))  # type: ignore[attr-defined]
            return [row.model_dump() for row in found]

    @contextmanager
    def account(self, party: str) -> Iterator[AccountSession]:
        with self.workspace.session() as session:
            caller = Caller(f"{party} clerk", "a clerk", Role.REVIEWER, find_party(session, party).id)
        with AccountSession(self.workspace.engine, caller) as session:
            yield session

    def seen(self, party: str) -> list[dict[str, Any]]:
        """The matches as the party's account lists them."""
        with self.account(party) as session:
            rows = session.exec(select(MatchRow).order_by(MatchRow.t_start))  # type: ignore[arg-type]
            return [dict(as_fields(line)) for line in match_lines(session, rows)]

    def betrays(self, party: str) -> set[str]:
        """Whatever would betray another party to this one: names, ids of rows."""
        with self.workspace.session() as session:
            own = find_party(session, party).id
            others = [row for row in session.exec(select(Party)) if row.id != own]
            subjects = [row for row in session.exec(select(Subject)) if row.party_id != own]
            references = [row.id for subject in subjects for row in list_references(session, subject)]
            names = {row.name for row in (*others, *subjects)}
            return names | {row.id for row in (*others, *subjects)} | set(references)


@contextmanager
def open_desk(root: Path, models: Path, recognisers: list[Recogniser], clip: Path) -> Iterator[Desk]:
    init_workspace(root)
    (root / "semblance.toml").write_text(f'pack = "edge"\nmodels = "{models}"\n[scan]\nworkers = 1\n', encoding="utf-8")
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name, kind in PARTIES.items():
                add_party(session, name, kind)
            _capture(workspace, session, clip)
            session.commit()
        yield Desk(workspace, recognisers)


def _capture(workspace: Workspace, session: Session, clip: Path) -> None:
    stored = workspace.vault.put([clip.read_bytes()])
    video = Video(id="v1", media_url="https://cdn.example/1.mp4", page_url="https://clips.example/1", state=VideoState.CAPTURED)
    session.add(video)
    session.flush()
    capture = Capture(id="c1", video_id="v1", captured_at=BEGIN, media_sha256=stored.sha256, media_size=stored.size)
    capture.media_type, capture.final_url, capture.manifest_sha256 = "video/mp4", video.media_url, stored.sha256
    session.add(capture)
