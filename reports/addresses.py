"""Where confirmed bytes stand on the web: every address and page of a case, with what the last look at each found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from crawler.availability import Address as LookedAt
from crawler.availability import Availability, Look, LookOutcome, State, judged, last_of_each, looks_of
from crawler.pages import PageOfVideo, pages_of_videos
from crawler.videos import Capture, Video
from reports.render.plain import moment


@dataclass(frozen=True)
class PageSeen:
    """One page of a video; look: the last one at it, None where there was none."""

    page: PageOfVideo
    look: Look | None

    @property
    def outcome(self) -> LookOutcome | None:
        """How the last look at the page ended; None where there was none."""
        return None if self.look is None else self.look.outcome

    @property
    def said(self) -> str:
        """What became of the page, in words with their moment."""
        if self.look is None:
            return f"last named by a source on {moment(self.page.last_seen_at)}; not looked at"
        found = {LookOutcome.SEEN: "seen", LookOutcome.GONE: "gone", LookOutcome.UNREACHABLE: "not reachable"}[self.look.outcome]
        return f"{found} on {moment(self.look.at)}" + (f": {self.look.why}" if self.look.why else "")


@dataclass(frozen=True)
class Address:
    """One address at which the bytes were captured, with its pages."""

    video: Video
    capture: Capture
    availability: Availability
    pages: tuple[PageSeen, ...]

    @property
    def said(self) -> str:
        """Whether the bytes are there, in one clear line that names its look."""
        return said_of(self.availability)


def addresses_of(session: Session, captures: Iterable[Capture], until: datetime | None = None) -> tuple[Address, ...]:
    """The address of each capture, the first captured first; until: as was known then."""
    ordered = sorted(captures, key=lambda capture: (capture.captured_at, capture.id))
    videos = {video_id: session.get_one(Video, video_id) for video_id in {capture.video_id for capture in ordered}}
    pages, looks = pages_of_videos(session, videos.values(), until), looks_of(session, sorted(videos))
    found = []
    for capture in ordered:
        video = videos[capture.video_id]
        at_media, at_pages = (looks.get((video.id, address), []) for address in (LookedAt.MEDIA, LookedAt.PAGE))
        last = last_of_each(at_pages, until)
        seen = tuple(PageSeen(page, last.get(page.url)) for page in pages[video.id])
        found.append(Address(video, capture, judged(at_media, capture.media_sha256, capture.captured_at, until), seen))
    return tuple(found)


def said_of(found: Availability) -> str:
    """What is known of bytes at an address, in one clear line that names its look."""
    at, last = moment(found.at), moment(found.last_seen_at)
    why = f": {found.why}" if found.why else ""
    return {
        State.SEEN: f"seen on {at}{why}",
        State.GONE: f"gone since {moment(found.since)} (last looked at {at}, last seen {last}){why}",
        State.REPLACED: f"replaced since {moment(found.since)} (last looked at {at}, last seen {last}){why}",
        State.UNREACHABLE: f"not reachable on {at} (last seen {last}){why}",
        State.NOT_LOOKED: f"not looked at since it was captured on {at}",
    }[found.state]
