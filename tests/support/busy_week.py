"""A busy week's workspace: many matches over few videos, real encoded clips, and titles as strangers write them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import cv2
from sqlmodel import Session, select

from crawler.health import SourceKind, SourceRow, SourceRun
from crawler.pages import record_said
from crawler.types import Discovery
from crawler.videos import Capture, Label, LabelOutcome, Video, VideoState
from matcher.types import Appearance, Box, Match, Observation, ScanResult
from registry.licences import Licence
from registry.parties import Party
from registry.references import Reference, add_reference
from registry.subjects import Subject
from registry.types import Modality, PartyKind, SubjectKind
from registry.vault.base import Vault
from reports.matches import MatchRow, MatchStatus, apply_licences
from reports.recording import record_scan
from reports.review import Decision, review
from reports.week import Week
from tests.support.drawn_clips import Picture, encode, figure, pan, scene
from tests.support.mandated import mandate_all
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

WEEK = Week(2026, 47)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
MADE = datetime(2026, 11, 20, 17, tzinfo=UTC)
SUBJECTS = ("Mossy the Fern", "Captain Larkspur", "The Larkspur crest", "Ember the Fox", "Old Harbour Lantern", "Nightjar")
ODD_TITLES = (
    "Mossy sings again \U0001f602\U0001f525 #mossy #viral",
    "\u9b54\u6cd5\u68ee\u6797\u7684\u5c0f\u8568 AI \u52a8\u753b \u7b2c\u4e09\u96c6",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 Mossy",
    "Family \U0001f468\u200d\U0001f469\u200d\U0001f467 time \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd \u2764\ufe0f",
    "The very long story of a fern that sang, " * 6,
    "\u202egpj.4pm\u202c hidden \x07 <script>alert(1)</script> #panic() *b* $x$",
    "\u30ab\u30d5\u30a7\u3067\u6b4c\u3046\u30b7\u30c0\u306e\u6b4c",
    "w" * 120,
    "\u041c\u043e\u0441\u0441\u0438 \u043f\u043e\u0451\u0442 \u0441\u043d\u043e\u0432\u0430",
)
ODD_PAGES = (
    "https://clips.example/watch/%E9%AD%94%E6%B3%95%E6%A3%AE%E6%9E%97?v={n}",
    "https://xn--mnchen-3ya.example/watch/{n}",
    "https://clips.example/%D9%85%D8%B1%D8%AD%D8%A8%D8%A7/{n}",
    "https://xn--80ak6aa92e.example/{n}",
    "https://forum.example/t/%E2%80%AEgpj.4pm/{n}",
    "https://social.example/@fernfan/posts/{n}",
    "https://video.example/watch?v={n}&list=" + "PL0123456789" * 9,
)


@dataclass
class BusyWeek:
    session: Session
    vault: Vault
    root: Path


def busy_week(root: Path, videos: int = 30, matches: int = 51) -> BusyWeek:
    """So many matches over so many captured videos, of which each tenth is at a second address with the same bytes."""
    place = BusyWeek(Session(new_database(root / "semblance.db")), new_vault(root), root)
    _register(place)
    clips = [encode(root / "clip.mp4", pan(picture, scene(100 + number))) for number, picture in enumerate(_drawings())]
    shares = _shares(videos, matches)
    for number, share in enumerate(shares):
        # The number makes the bytes of each video its own; a decoder reads past what follows the last box.
        own = clips[number % len(clips)] + b"\0\0\0\x0cfree" + number.to_bytes(4, "big")
        _found(place, f"{number:03}", number, own, share)
        if number % 10 == 3:
            a_capture(place, f"{number:03}b", number, own)
    apply_licences(place.session, MONDAY + timedelta(hours=4))
    _judge(place)
    place.session.commit()
    return place


def _drawings() -> list[Picture]:
    return [figure(seed) for seed in range(len(SUBJECTS))]


def _shares(videos: int, matches: int) -> list[int]:
    """How many matches each video has: one each, the rest to the first of them, unevenly."""
    shares = [1] * videos
    for place in cycle((0, 0, 0, 1, 2, 0, 3, 4, 1, 5, 6)):
        if sum(shares) >= matches:
            return shares
        shares[place % videos] += 1
    return shares


def _register(place: BusyWeek) -> None:
    session = place.session
    session.add(Party(id="studio", name="Larkspur Pictures", kind=PartyKind.STUDIO))
    session.flush()
    for number, (name, drawing) in enumerate(zip(SUBJECTS, _drawings(), strict=True)):
        subject = Subject(id=f"s{number}", party_id="studio", name=name, kind=SubjectKind.CHARACTER, created_at=MONDAY)
        session.add(subject)
        session.flush()
        add_reference(session, place.vault, subject, cv2.imencode(".png", drawing)[1].tobytes(), file_name=f"{number}.png")
    mandate_all(session, document=place.vault.put([b"Our own characters."]).sha256)
    session.add(Licence(id="licence5" * 4, subject_id="s5", licensee="Clip House Ltd", starts_at=MONDAY, created_at=MONDAY))
    for key, complete in (("feed", True), ("site", True), ("channel", False)):
        session.add(SourceRow(id=key, name=f"The {key}", kind=SourceKind.FEED, url=f"https://{key}.example/", created_at=MONDAY))
        session.flush()
        ended, errors = MONDAY + timedelta(minutes=5), [] if complete else ["https://channel.example/2 answered 503"]
        session.add(
            SourceRun(source_id=key, started_at=MONDAY, ended_at=ended, pages=9, videos=12, complete=complete, errors=errors)
        )


def _found(place: BusyWeek, key: str, number: int, content: bytes, share: int) -> None:
    capture = a_capture(place, key, number, content)
    references = {row.subject_id: row.id for row in place.session.exec(select(Reference))}
    found = tuple(_match(number, part, references) for part in range(share))
    seen = tuple(match.appearance for match in found)
    result = ScanResult(key, "video", 480, 270, 2.0, ((0, 2),), 8, seen, found, ("sift-1",), ("built-in",), 0.5)
    record_scan(place.session, capture, result, "g1", MONDAY + timedelta(hours=2))


def _match(number: int, part: int, references: dict[str, str]) -> Match:
    subject = f"s{(number + part) % len(SUBJECTS)}"
    start = round(0.1 + 0.1 * (part % 9) + 0.001 * part, 3)
    box = Box(40 + 4 * part, 20 + part, 240 + 4 * part, 220 + part)
    span = tuple(Observation(t, box) for t in (start, start + 0.3, start + 0.6))
    score = 0.95 - ((number * 7 + part * 3) % 40) / 100
    reasons = (f"Score {score:.3f} reaches the threshold 0.494 of this gallery of 6.", "No other subject comes near.")
    shown = Appearance(Modality.ARTWORK, span[0].t, span[-1].t, span[1], span)
    return Match(
        shown, subject, references[subject], score, 0.494, 0.2, 0.31 if score < 0.8 else 0.004, "sift-1", "built-in", reasons
    )


def a_capture(place: BusyWeek, key: str, number: int, content: bytes) -> Capture:
    """A video with these bytes, captured and labelled; flushed, not committed."""
    page = ODD_PAGES[number % len(ODD_PAGES)].format(n=key)
    title = ODD_TITLES[number % len(ODD_TITLES)] if number % 4 else f"Mossy clip number {number}"
    # Addresses as canonical_url leaves them.
    media = f"https://cdn.example/%E5%BD%B1%E7%89%87/{key}.mp4"
    video = Video(id=f"v{key}", media_url=media, page_url=page, title=title, uploader=f"@user{number % 7}")
    video.state, video.first_seen_at, video.published_at = VideoState.CAPTURED, MONDAY, MONDAY - timedelta(days=number % 5)
    place.session.add(video)
    place.session.flush()
    said = Discovery("feed", video.media_url, page, video.title, "", video.uploader, video.published_at)
    record_said(place.session, video, said, MONDAY)
    place.session.flush()
    stored = place.vault.put([content])
    capture = Capture(
        id=f"c{key}",
        video_id=video.id,
        captured_at=MONDAY + timedelta(hours=1),
        media_sha256=stored.sha256,
        media_size=stored.size,
        media_type="video/mp4",
        final_url=media,
        manifest_sha256=place.vault.put([f"How {key} was captured".encode()]).sha256,
    )
    place.session.add(capture)
    place.session.flush()
    for kind, outcome, detail in _labels(number):
        place.session.add(Label(capture_id=capture.id, kind=kind, outcome=outcome, detail=detail))
    return capture


def _labels(number: int) -> Sequence[tuple[str, LabelOutcome, str]]:
    absent, unknown = LabelOutcome.ABSENT, LabelOutcome.UNKNOWN
    said = "Label 1 (generated by AI); ContentProducer maker-7"
    return (
        ("aigc", LabelOutcome.PRESENT if number % 8 == 1 else absent, said if number % 8 == 1 else ""),
        ("c2pa", absent, ""),
        ("iptc", absent, ""),
        ("platform", unknown if number % 4 == 2 else absent, "The page's structured data makes no statement about AI."),
        ("words", LabelOutcome.PRESENT if number % 9 == 4 else absent, "sora" if number % 9 == 4 else ""),
        ("unlabelled", unknown, "Nothing says that AI made this video, which does not mean that it did not."),
    )


def _judge(place: BusyWeek) -> None:
    """Two of five confirmed, one of five rejected, one confirmed twice; the licensed ones are left to their licence."""

    def decide(row: MatchRow, decision: Decision, who: str, reason: str, hour: int) -> None:
        review(place.session, row.id, decision, who, reason, MONDAY + timedelta(hours=hour))

    for number, row in enumerate(_unlicensed(place)):
        if number % 5 in (1, 3):
            decide(row, Decision.CONFIRM, "R. Iyer", "Same leaf, same eyes, as on our model sheet of 2024", 5)
        if number % 5 == 4:
            decide(row, Decision.REJECT, "R. Iyer", "A toy of another maker", 6)
        if number % 15 == 3:
            decide(row, Decision.CONFIRM, "C. Ounsel", "Seen again with the artist", 8)


def _unlicensed(place: BusyWeek) -> Iterator[MatchRow]:
    rows = place.session.exec(select(MatchRow).order_by(MatchRow.id)).all()
    return (row for row in rows if row.status is not MatchStatus.LICENSED)
