"""What the looks right before a letter found at the addresses of a case: the only ground on which it says that something is
there."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from crawler.availability import VOUCHED, Address, Availability, Look, State, judged, last_of_each
from crawler.looking import Looked, Looker, looked_before
from crawler.pages import PageOfVideo, Statement
from crawler.types import TakenBy
from crawler.videos import Capture, Video
from registry.actions import Action
from reports.cases import Case, ConfirmedMatch, videos_of
from reports.errors import NoticeRefused
from reports.notices.base import PageSeen, Place, Sight
from reports.notices.wording import ENGLISH, Wording

FRESH = timedelta(minutes=10)
"""A look older than this is no ground for saying that something is there."""


def look_at_case(session: Session, case: Case, looker: Looker) -> Looked:
    """Look at all videos of a case. Commits the session first: what was looked at is written beside it."""
    videos = [video.id for video in videos_of(session, case)]
    session.commit()
    return looker.look(videos)


def looked_lately(session: Session, case: Case, at: datetime) -> Looked:
    """What the looks of the last minutes (FRESH) say of a case's videos."""
    return looked_before(session, [video.id for video in videos_of(session, case)], at - FRESH)


def places_of(session: Session, matches: Sequence[ConfirmedMatch], looked: Looked) -> tuple[Place, ...]:
    """Every address of a case, whose matches these are, with what was found there. Raises NoticeRefused where nobody looked."""
    own = {match.capture_id: match for match in matches}
    places = tuple(
        _place(session, video, capture, own[capture.id], looked)
        for video in (session.get_one(Video, video_id) for video_id in looked.pages)
        for capture in _captures(session, video)
        if capture.id in own
    )
    if len(places) < len(own):
        raise NoticeRefused("Another address joined the case, and was not looked at yet.", Action.LOOK_AGAIN)
    return places


def _captures(session: Session, video: Video) -> Sequence[Capture]:
    own = select(Capture).where(Capture.video_id == video.id)
    return session.exec(own.order_by(col(Capture.captured_at), col(Capture.id))).all()


def _place(session: Session, video: Video, capture: Capture, match: ConfirmedMatch, looked: Looked) -> Place:
    if video.via is TakenBy.FILE:
        return Place(
            video,
            capture,
            Sight.NO_ADDRESS,
            capture.captured_at,
            capture.captured_at,
            pages=(PageSeen(_nameless(looked.pages[video.id][0])),),
        )
    looks = looked.looks_at(video.id, Address.MEDIA)
    found = judged(looks, capture.media_sha256, capture.captured_at)
    if not looks or looks[-1].at < looked.since or found.state is State.NOT_LOOKED:
        raise NoticeRefused(f"{video.media_url} was not looked at in the last minutes.", Action.LOOK_AGAIN)
    return Place(
        video=video,
        capture=capture,
        sight=_sight(found, looks[-1]),
        at=found.at,
        last_seen_at=found.last_seen_at,
        why=found.why if found.state is not State.SEEN else "",
        pages=tuple(_pages(session, video, looked)),
        joined_at=match.joined_at,
    )


def _nameless(said: PageOfVideo) -> PageOfVideo:
    """What is said of a file that was handed in; where it lay on somebody's disk is nobody's business."""
    return PageOfVideo("", said.title, "", said.uploader, said.published_at, None, said.first_seen_at, said.last_seen_at)


def _sight(found: Availability, last: Look) -> Sight:
    if found.state is not State.SEEN:
        return {State.GONE: Sight.GONE, State.REPLACED: Sight.REPLACED}.get(found.state, Sight.UNREACHABLE)
    if last.media_sha256 is None:
        return Sight.LISTED
    return Sight.VOUCHED if last.why == VOUCHED else Sight.SAME


def _pages(session: Session, video: Video, looked: Looked) -> Iterable[PageSeen]:
    looks = last_of_each(looked.looks_at(video.id, Address.PAGE))
    for page in looked.pages[video.id]:
        stated = _stated(session, video.id, page)
        if not page.url.startswith(("http:", "https:")) or page.url == video.media_url:
            yield PageSeen(page, stated=stated)
            continue
        look = looks.get(page.url)
        if look is None or look.at < looked.since:
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
