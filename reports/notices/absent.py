"""What a letter says apart: addresses and pages at which the video was once seen, and was not seen when they were looked at."""

from collections.abc import Iterator

from crawler.availability import LookOutcome
from reports.notices.base import Brief, PageSeen, Place, Section, Sight
from reports.notices.places import in_words
from reports.notices.use import readable
from reports.notices.wording import Wording

Fact = tuple[str, str]
_LOST = {
    Sight.GONE: "the video that it shows was not",
    Sight.REPLACED: "other bytes stood where the video that it shows had been",
    Sight.UNREACHABLE: "the video that it shows could not be reached",
}
_UNSEEN = {
    LookOutcome.GONE: "was last said to show it on {before}; when looked at on {when} it did not show it any more: {why}",
    LookOutcome.UNREACHABLE: "was last said to show it on {before}; when looked at on {when} it could not be reached, which does "
    "not mean that it is gone: {why}",
}


def not_there(brief: Brief) -> Section | None:
    """None where all that is known was seen. Nothing is demanded of these addresses."""
    say = brief.say
    facts = [fact for place in brief.places if not place.sight.is_there for fact in _place(place, say)]
    told: set[tuple[str, str]] = set()
    for place in brief.places:
        for seen in place.pages:
            if (place.video.id, seen.page.url) not in told:
                told.add((place.video.id, seen.page.url))
                facts += _page(seen, None if _is_there(brief, place) else place.sight, say)
    if not facts:
        return None
    text = say(
        "The video was also captured or shown at the following addresses. It was not seen there when they were looked at, "
        "and nothing is demanded here of these addresses but the preservation of records."
    )
    return Section(say("Addresses at which it was not seen any more"), (text,), facts=tuple(facts))


def _is_there(brief: Brief, place: Place) -> bool:
    """Whether confirmed bytes, these or others, are at the place's address."""
    return any(other.sight.is_there for other in brief.places if other.video.id == place.video.id)


def _place(place: Place, say: Wording) -> Iterator[Fact]:
    captured, digest = say.day(place.capture.captured_at), place.capture.media_sha256
    if place.sight is Sight.NO_ADDRESS:
        said = "was handed in on {day}, with the SHA-256 {digest}; it has no public address"
        yield say("File"), say(said, day=captured, digest=digest)
        return
    yield say("Video"), place.video.media_url
    yield from readable(place.video.media_url, say)
    said = "was captured there on {day}, with the SHA-256 {digest}; {seen}"
    yield say("What was seen"), say(said, day=captured, digest=digest, seen=in_words(place, say))


def _page(seen: PageSeen, lost: Sight | None, say: Wording) -> Iterator[Fact]:
    """lost: how the video was not at its address, or None."""
    if seen.outcome is None or seen.at is None or (seen.outcome is LookOutcome.SEEN and lost is None):
        return
    yield say("Page"), seen.page.url
    yield from readable(seen.page.url, say)
    when, why = say.moment(seen.at), say.recorded(seen.why.rstrip("."))
    if seen.outcome is LookOutcome.SEEN:
        lost_words = say(_LOST[lost]) if lost in _LOST else ""
        yield say("What was seen"), say("when looked at on {when} the page was there; {lost}", when=when, lost=lost_words)
    else:
        before = say.day(seen.page.last_seen_at)
        yield say("What was seen"), say(_UNSEEN[seen.outcome], before=before, when=when, why=why)
