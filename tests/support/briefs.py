"""Cases as letters are written about them, made by hand, and what a letter says of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from crawler.availability import LookOutcome
from crawler.pages import PageOfVideo
from crawler.videos import Capture, Label, LabelOutcome, Video
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Life, Modality, PartyKind, SubjectKind
from reports.cases import ConfirmedMatch
from reports.matches import MatchRow, MatchStatus
from reports.notices.base import (
    Brief,
    FairUse,
    Letter,
    LetterTerms,
    PageSeen,
    Place,
    Sight,
)
from reports.review import Decision, Review

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CONSIDERED = FairUse("R. Iyer", date(2026, 11, 19), "It is neither parody nor comment.")


def a_confirmed(key: str, subject: str, modality: Modality = Modality.FACE, capture: str = "c1") -> ConfirmedMatch:
    row = MatchRow(
        id=key,
        capture_id=capture,
        subject_id=subject,
        reference_id="r1",
        modality=modality,
        t_start=2.9,
        t_end=66.9,
        best_t=4,
        best_x1=0,
        best_y1=0,
        best_x2=9,
        best_y2=9,
        boxes=[[4, 0, 0, 9, 9]],
        score=0.8,
        threshold=0.5,
        margin=0.2,
        expected_false_matches=0.3,
        encoder="enc",
        pack="open",
        status=MatchStatus.CONFIRMED,
        found_at=AT,
    )
    return ConfirmedMatch(row, Review(match_id=key, decision=Decision.CONFIRM, reviewer="R. Iyer", reason="seen", at=AT))


def a_page(url: str = "https://clips.example/v", title: str = "A clip", **more: Any) -> PageSeen:
    told = {"description": "", "uploader": "", "published_at": None, "platform_label": None, **more}
    page = PageOfVideo(url, title, first_seen_at=AT - timedelta(days=5), last_seen_at=AT - timedelta(days=1), own=True, **told)
    return PageSeen(page, LookOutcome.SEEN, AT, stated=frozenset({"title", "uploader", "published_at"}))


def a_place(key: str = "c1", sight: Sight = Sight.SAME, pages: tuple[PageSeen, ...] = (), **more: Any) -> Place:
    url = {"c1": "https://cdn.example/v.mp4"}.get(key, f"https://cdn.example/{key}.mp4")
    video = Video(id=f"v{key}", media_url=url)
    capture = Capture(
        id=key,
        video_id=video.id,
        captured_at=AT - timedelta(days=5),
        media_sha256="ab" * 32,
        media_size=1,
        media_type="video/mp4",
        final_url=url,
        manifest_sha256="0" * 64,
    )
    return Place(video, capture, sight, AT, AT, pages=pages, **more)


def a_brief(
    *kinds: SubjectKind,
    terms: LetterTerms | None = None,
    party: Party | None = None,
    title: str = "A clip",
    life: Life = Life.UNKNOWN,
    domicile: str = "",
) -> Brief:
    told = {"life": life, "domicile": domicile, "party_id": "p1"}
    subjects = {f"s{i}": Subject(id=f"s{i}", name=f"Name {i}", kind=kind, **told) for i, kind in enumerate(kinds)}
    bare = Party(id="p1", name="Guild of Players", kind=PartyKind.UNION)
    matches = [a_confirmed(f"m{key}", key) for key in subjects]
    labels = {"ab" * 32: [Label(capture_id="c1", kind="aigc", outcome=LabelOutcome.ABSENT)]}
    given_terms = terms or LetterTerms(fair_use=CONSIDERED)
    places = [a_place(pages=(a_page(title=title),))]
    return Brief("c0ffee" * 5, party or bare, places, subjects, matches, labels, {}, given_terms, AT)


def full_party() -> Party:
    return Party(
        id="p1",
        name="Guild of Players",
        kind=PartyKind.UNION,
        postal_address="1 Stage Road\nLos Angeles, CA 90000",
        email="legal@guild.example",
        phone="+1 555 0100",
        signatory="E. Novak, General Counsel",
    )


def text_of(letter: Letter) -> str:
    parts = [*letter.sender, *letter.recipient, letter.concerning, letter.salutation, *letter.closing, *letter.signature]
    for section in letter.sections:
        parts += [section.heading, *section.paragraphs, *section.bullets, *section.after]
        parts += [text for block in section.blocks for text in (block.heading, *block.paragraphs)]
    return "\n".join([*parts, *(word for fact in facts_of(letter) for word in fact)])


def facts_of(letter: Letter) -> list[tuple[str, str]]:
    return [fact for section in letter.sections for part in (section, *section.blocks) for fact in part.facts]


def fact(letter: Letter, name: str) -> list[str]:
    return [value for key, value in facts_of(letter) if key == name]
