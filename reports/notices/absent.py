"""What a letter says apart: addresses and pages at which the video was once seen, and was not seen when they were looked at."""

from collections.abc import Iterator

from crawler.availability import LookOutcome
from reports.notices.base import Brief, PageSeen, Place, Section, Sight
from reports.notices.places import in_words
from reports.notices.use import readable
from reports.render.plain import day, moment

Fact = tuple[str, str]
_LOST = {
    Sight.GONE: "the video that it shows was not",
    Sight.REPLACED: "other bytes stood where the video that it shows had been",
    Sight.UNREACHABLE: "the video that it shows could not be reached",
}


def not_there(brief: Brief) -> Section | None:
    """None where all that is known was seen. Nothing is demanded of these addresses."""
    facts = [fact for place in brief.places if not place.sight.is_there for fact in _place(place)]
    told: set[tuple[str, str]] = set()
    for place in brief.places:
        for seen in place.pages:
            if (place.video.id, seen.page.url) not in told:
                told.add((place.video.id, seen.page.url))
                facts += _page(seen, None if _is_there(brief, place) else place.sight)
    if not facts:
        return None
    text = (
        "The video was also captured or shown at the following addresses. It was not seen there when they were looked at, "
        "and nothing is demanded here of these addresses but the preservation of records."
    )
    return Section("Addresses at which it was not seen any more", (text,), facts=tuple(facts))


def _is_there(brief: Brief, place: Place) -> bool:
    """Whether confirmed bytes, these or others, are at the place's address."""
    return any(other.sight.is_there for other in brief.places if other.video.id == place.video.id)


def _place(place: Place) -> Iterator[Fact]:
    captured, digest = day(place.capture.captured_at), place.capture.media_sha256
    if place.sight is Sight.NO_ADDRESS:
        yield "File", f"was handed in on {captured}, with the SHA-256 {digest}; it has no public address"
        return
    yield "Video", place.video.media_url
    yield from readable(place.video.media_url)
    yield "What was seen", f"was captured there on {captured}, with the SHA-256 {digest}; {in_words(place)}"


def _page(seen: PageSeen, lost: Sight | None) -> Iterator[Fact]:
    """lost: how the video was not at its address, or None."""
    if seen.outcome is None or seen.at is None or (seen.outcome is LookOutcome.SEEN and lost is None):
        return
    when, why = moment(seen.at), seen.why.rstrip(".")
    lost_words = "" if lost is None else _LOST.get(lost, "")
    before = f"was last said to show it on {day(seen.page.last_seen_at)}"
    said = {
        LookOutcome.SEEN: f"when looked at on {when} the page was there; {lost_words}",
        LookOutcome.GONE: f"{before}; when looked at on {when} it did not show it any more: {why}",
        LookOutcome.UNREACHABLE: f"{before}; when looked at on {when} it could not be reached, which does not mean that it is "
        f"gone: {why}",
    }
    yield "Page", seen.page.url
    yield from readable(seen.page.url)
    yield "What was seen", said[seen.outcome]
