"""A workspace with one confirmed match in a video that was captured from a site on loopback, ready for letters about it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import docx
from sqlmodel import Session, col, select

from crawler.capture import capture_video
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.health import SourceKind, SourceRow
from crawler.pages import record_discovery
from crawler.types import Discovery, TakenBy
from crawler.videos import Capture
from monitor.letters import approve_letter, draft_letter
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.db import now
from registry.kinds import Modality, PartyKind, SubjectKind
from registry.mandates import declare_own
from registry.parties import add_party
from registry.subjects import Subject, add_subject
from reports.cases import Case
from reports.joining import join_decided
from reports.letters import Drafted
from reports.matches import MatchRow
from reports.notices.base import FairUse, Letter, LetterTerms
from reports.notices.events import Event, add_event
from reports.notices.lines import WrittenLine
from reports.notices.notice import Notice
from reports.notices.publicity import CeaseAndDesist
from reports.notices.stored import letter_of
from reports.review import Decision, review
from tests.support.cases import open_cases
from tests.support.drawn_clips import encode, figure, pan, scene
from tests.support.loopback_site import Answer, Site, open_site
from tests.support.prepared import Prepared, prepared
from tests.support.watched_site import SETTINGS

FULL = LetterTerms(
    jurisdiction="California",
    recipient="Tube Hosting",
    recipient_address="abuse@tube.example",
    purpose="advertising",
    exceptions="None applies.",
    fair_use=FairUse("C. Ounsel", date(2026, 1, 5), "It is neither parody nor comment."),
    law_confirmed_by="C. Ounsel",
)
"""Terms that leave no blank but the signature."""


def prepare(root: Path) -> None:
    init_workspace(root)
    (root / "semblance.toml").write_text(SETTINGS, encoding="utf-8")


class LettersDesk:
    """subject_id: of whom matches are. out: where letters are written, which a copy of the workspace has as well."""

    def __init__(self, workspace: Workspace, site: Site, folder: Path, subject_id: str = "") -> None:
        """subject_id: of a workspace that was furnished before; else it is furnished now."""
        self.workspace, self.site, self.out = workspace, site, workspace.root / "out"
        self.clip = encode(folder / "clip.mp4", pan(figure(1), scene(2)))
        self.other = encode(folder / "other.mp4", pan(figure(3), scene(4)))
        self.subject_id = subject_id or self._furnish()
        with workspace.session() as session:
            self.source_id = session.exec(select(SourceRow.id).where(SourceRow.name == "front")).one()

    def _furnish(self) -> str:
        workspace = self.workspace
        with workspace.session() as session:
            contact = {"postal_address": "1 Lot Road", "email": "legal@studio.example", "signatory": "S. Igner"}
            studio = add_party(session, "Studio", PartyKind.STUDIO, **contact)
            subject = add_subject(session, studio, "Mascot", SubjectKind.CHARACTER)
            declare_own(session, workspace.vault, subject, verified_by="R. Reader", starts_at=datetime(2026, 1, 1, tzinfo=UTC))
            session.add(SourceRow(name="front", kind=SourceKind.PAGE, url=self.site.url("/")))
            session.commit()
            return subject.id

    def post(self, page: str, media: str = "/media/clip.mp4", title: str = "A post", **said: Any) -> str:
        """Put up a page that shows the file at media, and let a source find it; the page's address."""
        self.site.routes.setdefault(media, Answer(self.clip, "video/mp4"))
        author = f'<a rel="author" href="/by">{said["uploader"]}</a>' if said.get("uploader") else ""
        dated = f'<time datetime="{said["published_at"].isoformat()}">then</time>' if said.get("published_at") else ""
        url = self.site.page(page, f'<article><h1>{title}</h1>{author}{dated}<video src="{media}"></video></article>')
        with self.workspace.session() as session:
            record_discovery(session, Discovery(self.source_id, self.site.url(media), url, title, own=True, **said), now())
            session.commit()
        return url

    def capture(self, media: str = "/media/clip.mp4", via: TakenBy = TakenBy.HTTP) -> str:
        """Capture what is at that address and let it be found to show the subject; the match's id."""
        with self.workspace.session() as session:
            video = record_discovery(session, Discovery(self.source_id, self.site.url(media), via=via), now())
            session.commit()
            video_id = video.id
        fetcher = HttpFetcher(GuardPolicy.allowing("127.0.0.0/8"))
        outcome = capture_video(self.workspace.engine, self.workspace.vault, fetcher, video_id, operator="clerk", at=now())
        assert outcome.capture_id is not None, outcome
        return self.match(outcome.capture_id)

    def match(self, capture_id: str) -> str:
        with self.workspace.session() as session:
            match = MatchRow(
                id=f"m{capture_id}",
                capture_id=capture_id,
                subject_id=self.subject_id,
                reference_id="r",
                modality=Modality.ARTWORK,
                t_start=0,
                t_end=1.5,
                best_t=1,
                best_x1=60,
                best_y1=20,
                best_x2=260,
                best_y2=220,
                score=0.8,
                threshold=0.5,
                margin=0.1,
                expected_false_matches=0.3,
                encoder="e",
                pack="p",
                found_at=now(),
            )
            session.add(match)
            session.flush()
            join_decided(session, session.get_one(Capture, capture_id), now())
            session.commit()
            return match.id

    def decide(
        self, match_id: str, decision: Decision = Decision.CONFIRM, reason: str = "it is ours", by: str = "R. Viewer"
    ) -> None:
        with self.workspace.session() as session:
            review(session, match_id, decision, by, reason, now())
            open_cases(session)
            session.commit()

    def case(self, session: Session) -> Case:
        """The one case there is, with all that joined it."""
        (case,) = open_cases(session)
        return case

    def draft(self, terms: LetterTerms = FULL) -> Drafted:
        with self.workspace.session() as session:
            made = draft_letter(self.workspace, session, self.case(session), CeaseAndDesist(), terms, "C. Ounsel", self.out)
            session.commit()
            session.refresh(made.notice)
            session.expunge(made.notice)
            return made

    def letter(self, terms: LetterTerms = FULL) -> Letter:
        return letter_of(self.draft(terms).notice)

    def approve(self, notice: Notice, by: str = "S. Igner") -> tuple[Notice, WrittenLine]:
        with self.workspace.session() as session:
            written = approve_letter(self.workspace, session, notice.id, by, self.out)
            session.commit()
            held = session.get_one(Notice, notice.id)
            session.refresh(held)
            session.expunge(held)
            return held, written

    def notices(self) -> list[Notice]:
        with self.workspace.session() as session:
            return list(session.exec(select(Notice).order_by(col(Notice.drafted_at))))

    def subject(self, session: Session) -> Subject:
        return session.get_one(Subject, self.subject_id)


def confirmed(desk: LettersDesk) -> None:
    """Its one match, in one post, is confirmed."""
    desk.post("/post")
    desk.decide(desk.capture())


def sent(desk: LettersDesk) -> None:
    """A letter about that is approved, and went out."""
    approved(desk)
    (notice,) = desk.notices()
    with desk.workspace.session() as session:
        add_event(session, session.get_one(Notice, notice.id), Event.SENT, "C. Ounsel", now())
        session.commit()


def approved(desk: LettersDesk) -> None:
    """A letter about that is approved."""
    confirmed(desk)
    desk.approve(desk.draft().notice)


Furnish = Callable[[LettersDesk], None]


@dataclass(frozen=True)
class Desks:
    """Any number of desks that are alike, each in a copy of one workspace, before one site."""

    prepared: Prepared
    subject_id: str

    @contextmanager
    def opened(self, folder: Path) -> Iterator[LettersDesk]:
        """A desk in a folder that is empty, and its site as it was; one at a time."""
        with self.prepared.opened(folder) as workspace:
            yield LettersDesk(workspace, self.prepared.site, folder, self.subject_id)


@contextmanager
def furnished(folder: Path, furnish: Furnish = confirmed) -> Iterator[Desks]:
    """Desks as furnish leaves the first one."""
    prepare(folder / "work")
    with open_site() as site:
        with open_workspace(folder / "work") as workspace:
            desk = LettersDesk(workspace, site, folder)
            furnish(desk)
        yield Desks(prepared(folder / "work", site), desk.subject_id)


def text_of(letter: Letter) -> str:
    """All words of a letter, a line for each sentence or fact."""
    lines = [*letter.sender, *letter.recipient, letter.concerning, *letter.signature]
    for section in letter.sections:
        for part in (section, *section.blocks):
            lines += [part.heading, *part.paragraphs, *(f"{name}: {value}" for name, value in part.facts)]
        lines += [*section.bullets, *section.after]
    return "\n".join(lines)


def part_of(letter: Letter, heading: str) -> str:
    """The words of one section; empty where there is none of that heading."""
    sections = tuple(section for section in letter.sections if section.heading == heading)
    return text_of(replace(letter, sender=(), recipient=(), concerning="", signature=(), sections=sections))


def docx_text(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells, *(p.text for p in document.sections[0].header.paragraphs)])
