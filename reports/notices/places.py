"""What the looks right before a letter found at the addresses of a case: the only ground on which it says that something is
there."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from crawler.availability import VOUCHED, Address, Availability, Look, State, availability, looks_at, page_looks
from crawler.pages import PageOfVideo, Statement, pages_of
from crawler.types import TakenBy
from crawler.videos import Capture, Video
from registry.actions import Action
from reports.cases import Case, ConfirmedMatch, videos_of
from reports.errors import NoticeRefused
from reports.notices.base import PageSeen, Place, Sight
from reports.notices.wording import ENGLISH, Wording

FRESH = timedelta(minutes=10)
"""A look older than this is no ground for saying that something is there."""


def places_of(session: Session, case: Case, matches: Sequence[ConfirmedMatch], since: datetime) -> tuple[Place, ...]:
    """Every address of the case with what the look since that moment found. Raises NoticeRefused where there was no such look."""
    own = {match.capture_id: match for match in matches}
    return tuple(
        _place(session, video, capture, own[capture.id], since)
        for video in videos_of(session, case)
        for capture in _captures(session, video)
        if capture.id in own
    )


def _captures(session: Session, video: Video) -> Sequence[Capture]:
    own = select(Capture).where(Capture.video_id == video.id)
    return session.exec(own.order_by(col(Capture.captured_at), col(Capture.id))).all()


def _place(session: Session, video: Video, capture: Capture, match: ConfirmedMatch, since: datetime) -> Place:
    if video.via is TakenBy.FILE:
        return Place(
            video,
            capture,
            Sight.NO_ADDRESS,
            capture.captured_at,
            capture.captured_at,
            pages=(PageSeen(_nameless(session, video)),),
        )
    looks = looks_at(session, video.id, Address.MEDIA)
    found = availability(session, capture)
    if not looks or looks[-1].at < since or found.state is State.NOT_LOOKED:
        raise NoticeRefused(f"{video.media_url} was not looked at in the last minutes.", Action.LOOK_AGAIN)
    return Place(
        video=video,
        capture=capture,
        sight=_sight(found, looks[-1]),
        at=found.at,
        last_seen_at=found.last_seen_at,
        why=found.why if found.state is not State.SEEN else "",
        pages=tuple(_pages(session, video, since)),
        joined_at=match.joined_at,
    )


def _nameless(session: Session, video: Video) -> PageOfVideo:
    """What is said of a file that was handed in; where it lay on somebody's disk is nobody's business."""
    said = pages_of(session, video.id)[0]
    return PageOfVideo("", said.title, "", said.uploader, said.published_at, None, said.first_seen_at, said.last_seen_at)


def _sight(found: Availability, last: Look) -> Sight:
    if found.state is not State.SEEN:
        return {State.GONE: Sight.GONE, State.REPLACED: Sight.REPLACED}.get(found.state, Sight.UNREACHABLE)
    if last.media_sha256 is None:
        return Sight.LISTED
    return Sight.VOUCHED if last.why == VOUCHED else Sight.SAME


def _pages(session: Session, video: Video, since: datetime) -> Iterable[PageSeen]:
    looks = page_looks(session, video.id)
    for page in pages_of(session, video.id):
        stated = _stated(session, video.id, page)
        if not page.url.startswith(("http:", "https:")) or page.url == video.media_url:
            yield PageSeen(page, stated=stated)
            continue
        look = looks.get(page.url)
        if look is None or look.at < since:
            raise NoticeRefused(f"The page {page.url} was not looked at in the last minutes.", Action.LOOK_AGAIN)
        yield PageSeen(page, look.outcome, look.at, look.why, stated)


def _stated(session: Session, video_id: str, page: PageOfVideo) -> frozenset[str]:
    """Which of its words the page itself said, and not only a feed or a list about it."""
    own = select(Statement).where(Statement.video_id == video_id, Statement.page_url == page.url, Statement.own)
    rows = session.exec(own).all()
    said = {"title": page.title, "uploader": page.uploader, "published_at": page.published_at}
    return frozenset(name for name, value in said.items() if any(getattr(row, name) == value for row in rows))


def check_is_there(places: Sequence[Place]) -> None:
    """Raises NoticeRefused when the confirmed video is at none of the addresses now, with what is known of each."""
    if any(place.sight.is_there for place in places):
        return
    if all(place.sight is Sight.NO_ADDRESS for place in places):
        raise NoticeRefused(
            "The confirmed video was handed in as a file and has no public address that a letter could name.",
            "Give the address where it is published as a tip or a source: the same bytes found there join the case.",
        )
    known = " ".join(f"{place.video.media_url}: {in_words(place)}." for place in places if place.sight is not Sight.NO_ADDRESS)
    raise NoticeRefused(
        f"The confirmed video is at no address of the case now. {known}",
        Action.EXPORT_EVIDENCE,
        Action.LOOK_AGAIN,
    )


def in_words(place: Place, say: Wording = ENGLISH) -> str:
    """What is known of an address at which the video was not seen."""
    why, at = say.recorded(place.why.rstrip(".")), say.moment(place.at)
    if place.sight is Sight.NO_ADDRESS:
        return say("it was handed in as a file and has no public address")
    if place.sight is Sight.UNREACHABLE:
        said = "when looked at on {at}, it could not be reached, which does not mean that it is gone: {why}"
        return say(said, at=at, why=why)
    what = {Sight.GONE: "it was gone", Sight.REPLACED: "it was replaced"}[place.sight]
    return say("when looked at on {at}, {what}: {why}", at=at, what=say(what), why=why)
