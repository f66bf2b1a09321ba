"""The use complained of, as it was seen: every address and page with its own words."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from crawler.availability import LookOutcome
from crawler.types import TakenBy
from reports.cases import ConfirmedMatch
from reports.notices.base import Blanks, Block, Brief, PageSeen, Place, Section, Sight
from reports.notices.laws.base import Ask
from reports.notices.provenance import provenance
from reports.render.addresses import address
from reports.render.plain import day, moment, places

Facts = tuple[tuple[str, str], ...]
_EARLY = timedelta(days=1)
"""By less than this a page's date may lie after the first sighting only because it has no time or zone."""


def the_use(brief: Brief, blanks: Blanks, *, purpose: bool = True) -> Section:
    """Each address at which the video was to be seen, what is to be seen in it and how it is labelled. purpose: of the use."""
    several = len(brief.there) > 1
    blocks: list[Block] = []
    for number, place in enumerate(brief.there, 1):
        name = f"Address {number}" if several else "The address"
        blocks += [_place_block(brief, place, name), *_page_blocks(place, name)]
    blocks += [_appearances(brief), *_labels(brief)]
    facts = (("Purpose", blanks.fill(brief.terms.purpose, Ask.PURPOSE)),) if purpose else ()
    return Section(
        "The use complained of",
        (
            "The video described here was looked at, at each of its known addresses, right before this letter was drafted. "
            "What is said of an address was so at the time stated with it.",
        ),
        facts=facts,
        after=(
            "Each appearance was found by comparison with reference material of the subject and confirmed by the person named.",
        ),
        blocks=tuple(blocks),
        states_looks=True,
    )


def _place_block(brief: Brief, place: Place, name: str) -> Block:
    same = place.capture
    facts = [("Video", place.video.media_url), *readable(place.video.media_url)]
    if same.final_url not in (place.video.media_url, ""):
        facts.append(("Led to", same.final_url))
    facts.append(("Captured", f"{moment(same.captured_at)}; SHA-256 of the video {same.media_sha256}"))
    if place.joined_at is not None:
        decided = ", ".join(sorted({f"{day(match.reviewed_at)}" for match in brief.matches if _is_of(brief, match, place)}))
        facts.append(
            ("Found later", f"this address was found on {day(place.joined_at)}; the confirmation of {decided} covers it")
        )
    for seen in place.pages:
        if seen.outcome is None and any((seen.page.title, seen.page.uploader, seen.page.published_at)):
            facts += _words(seen, place.at)
    return Block(name, tuple(_seen(place)), tuple(facts))


def _is_of(brief: Brief, match: ConfirmedMatch, place: Place) -> bool:
    return brief.bytes_of(match) == place.capture.media_sha256


def _seen(place: Place) -> Iterator[str]:
    """What the look saw, in a sentence for each moment."""
    shown = [seen for seen in place.pages if seen.shows_it and seen.at is not None]
    with_it = [seen for seen in shown if _when(seen) == moment(place.at)]
    yield f"On {moment(place.at)} {_media_sentence(place)}{_pages_clause(with_it)}."
    later = [seen for seen in shown if seen not in with_it]
    for when, group in groupby(later, key=_when):
        yield f"On {when} {_plural(list(group))} showed it."
    yield from _answers(place)


def _answers(place: Place) -> Iterator[str]:
    """What pages answered that did not show the video as before."""
    for seen in place.pages:
        if seen.outcome is LookOutcome.SEEN and seen.why and seen.at is not None:
            yield f"On {moment(seen.at)} the page {seen.page.url} answered; {seen.why.partition('; ')[2] or seen.why}."


def _when(seen: PageSeen) -> str:
    return moment(seen.at) if seen.at else ""


def _media_sentence(place: Place) -> str:
    url = place.video.media_url
    if place.sight is Sight.SAME:
        return f"the video (same bytes, by their SHA-256) was at {url}"
    if place.sight is Sight.VOUCHED:
        return f"the video was at {url} (unchanged by the site's own word; its bytes were not fetched again)"
    if place.video.via is TakenBy.YTDLP:
        return f"the video was listed by the platform at {url}; its bytes were not compared"
    return f"the playlist of the video was at {url}; the bytes of its pieces were not compared"


def _pages_clause(pages: Sequence[PageSeen]) -> str:
    return f", and {_plural(pages)} showed it" if pages else ""


def _plural(pages: Sequence[PageSeen]) -> str:
    urls = [seen.page.url for seen in pages]
    if len(urls) == 1:
        return f"the page {urls[0]}"
    return f"the pages {', '.join(urls[:-1])} and {urls[-1]}"


def _page_blocks(place: Place, name: str) -> Iterator[Block]:
    shown = [seen for seen in place.pages if seen.outcome is LookOutcome.SEEN]
    for number, seen in enumerate(shown, 1):
        heading = f"{name}: its page" if len(shown) == 1 else f"{name}: page {number}"
        facts = [("Page", seen.page.url), *readable(seen.page.url), *_words(seen, place.at)]
        yield Block(heading, facts=tuple(facts))


def readable(url: str) -> Facts:
    """The address as people read it, where that is not how it is written."""
    plain = address(url)
    shown = "; ".join(filter(None, [plain.shown if plain.differs else "", plain.note]))
    return (("In readable form", shown),) if shown else ()


def _words(seen: PageSeen, at: datetime) -> Facts:
    page = seen.page
    facts = [("Title", page.title or "not stated")]
    if page.earlier_titles:
        facts.append(("Titles before", "; ".join(page.earlier_titles)))
    facts.append(("Author", page.uploader or "not stated"))
    told = [word for name, word in (("title", "title"), ("uploader", "author")) if getattr(page, name) and _by_others(seen, name)]
    if told:
        facts.append(("Whose words", f"the {' and the '.join(told)}: as stated by a feed or a list that leads to the page"))
    facts.append(("Published", published(seen, at)))
    if page.published_at is not None and page.date_note:
        facts.append(("About that date", page.date_note))
    return (*facts, ("Seen", _seen_between(seen)))


def _by_others(seen: PageSeen, word: str) -> bool:
    """Whether the page itself does not say it; of what has no page, nobody else could."""
    return word not in seen.stated and bool(seen.page.url)


def published(seen: PageSeen, at: datetime) -> str:
    """The day of publication with whose word it is; a date in the future is said to be one."""
    when = seen.page.published_at
    if when is None:
        return seen.page.date_note or "not stated"
    who = "a feed or a list that leads to the page" if _by_others(seen, "published_at") else "the page"
    if when > at:
        return f"dated in the future by {who}: {day(when)}"
    if when > seen.page.first_seen_at + _EARLY:
        return f"{day(when)}, as {who} states; it was seen before, on {day(seen.page.first_seen_at)}"
    return f"{day(when)}, as {who} states"


def _seen_between(seen: PageSeen) -> str:
    first = seen.page.first_seen_at
    last = seen.at if seen.shows_it and seen.at is not None else seen.page.last_seen_at
    return f"first {moment(first)}; last {moment(max(first, last))}"


def _appearances(brief: Brief) -> Block:
    facts = []
    for match in brief.matches:
        name = brief.subjects[match.subject_id].name
        which = f" of the video {_letter(brief, match)}" if _several_videos(brief) else ""
        where = places(match.t_start, match.t_end, match.spans, match.track)
        said = f"{where}{which}; confirmed by {match.reviewer} on {day(match.reviewed_at)}"
        facts.append((name, said))
    return Block("Appearances", facts=tuple(facts))


def _several_videos(brief: Brief) -> bool:
    return len({place.capture.media_sha256 for place in brief.there}) > 1


def _letter(brief: Brief, match: ConfirmedMatch) -> str:
    return f"with the SHA-256 {brief.bytes_of(match)[:12]}…"


def _labels(brief: Brief) -> Iterator[Block]:
    for digest in dict.fromkeys(place.capture.media_sha256 for place in brief.there):
        which = f" {digest[:12]}…" if _several_videos(brief) else ""
        facts = tuple(provenance(brief.labels.get(digest, ())))
        yield Block(f"Labels that say how the video{which} was made", facts=facts)
