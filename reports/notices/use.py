"""The use complained of, as it was seen: every address and page with its own words."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from crawler.availability import LookOutcome
from crawler.types import TakenBy
from registry.presence import present
from reports.cases import ConfirmedMatch
from reports.notices.base import Block, Brief, PageSeen, Place, Section, Sight
from reports.notices.blanks import Blanks
from reports.notices.laws.base import Ask
from reports.notices.provenance import provenance
from reports.notices.wording import ENGLISH, Wording
from reports.render.addresses import address
from reports.render.plain import clock, span

Facts = tuple[tuple[str, str], ...]
_EARLY = timedelta(days=1)
"""By less than this a page's date may lie after the first sighting only because it has no time or zone."""


def the_use(brief: Brief, blanks: Blanks, *, purpose: bool = True) -> Section:
    """Each address at which the video was to be seen, what is to be seen in it and how it is labelled. purpose: of the use."""
    several, say = len(brief.there) > 1, brief.say
    blocks: list[Block] = []
    for number, place in enumerate(brief.there, 1):
        name = say("Address {number}", number=str(number)) if several else say("The address")
        blocks += [_place_block(brief, place, name), *_page_blocks(place, name, say)]
    blocks += [_appearances(brief), *_labels(brief)]
    facts = ((say("Purpose"), blanks.fill(brief.terms.purpose, Ask.PURPOSE)),) if purpose else ()
    return Section(
        say("The use complained of"),
        (
            say(
                "The video described here was looked at, at each of its known addresses, right before this letter was drafted. "
                "What is said of an address was so at the time stated with it."
            ),
        ),
        facts=facts,
        after=(
            say(
                "Each appearance was found by comparison with reference material of the subject and confirmed by the person "
                "named."
            ),
        ),
        blocks=tuple(blocks),
        states_looks=True,
    )


def _place_block(brief: Brief, place: Place, name: str) -> Block:
    same, say = place.capture, brief.say
    facts = [(say("Video"), place.video.media_url), *readable(place.video.media_url, say)]
    if same.final_url not in (place.video.media_url, ""):
        facts.append((say("Led to"), same.final_url))
    said = "{when}; SHA-256 of the video {digest}"
    facts.append((say("Captured"), say(said, when=say.moment(same.captured_at), digest=same.media_sha256)))
    if place.joined_at is not None:
        decided = ", ".join(sorted({say.day(match.reviewed_at) for match in brief.matches if _is_of(brief, match, place)}))
        said = "this address was found on {found}; the confirmation of {decided} covers it"
        facts.append((say("Found later"), say(said, found=say.day(place.joined_at), decided=decided)))
    for seen in place.pages:
        if seen.outcome is None and any((seen.page.title, seen.page.uploader, seen.page.published_at)):
            facts += _words(seen, place.at, say)
    return Block(name, tuple(_seen(place, say)), tuple(facts))


def _is_of(brief: Brief, match: ConfirmedMatch, place: Place) -> bool:
    return brief.bytes_of(match) == place.capture.media_sha256


def _seen(place: Place, say: Wording) -> Iterator[str]:
    """What the look saw, in a sentence for each moment."""
    shown = [seen for seen in place.pages if seen.shows_it and seen.at is not None]
    with_it = [seen for seen in shown if _when(seen, say) == say.moment(place.at)]
    media, url = _media_sentence(place), place.video.media_url
    also = say(", and {pages} showed it", pages=_plural(with_it, say)) if with_it else ""
    yield say("On {when} {seen}{also}.", when=say.moment(place.at), seen=say(media, url=url), also=also)
    later = [seen for seen in shown if seen not in with_it]
    for when, group in groupby(later, key=lambda seen: _when(seen, say)):
        yield say("On {when} {pages} showed it.", when=when, pages=_plural(list(group), say))
    yield from _answers(place, say)


def _answers(place: Place, say: Wording) -> Iterator[str]:
    """What pages answered that did not show the video as before."""
    for seen in place.pages:
        if seen.outcome is LookOutcome.SEEN and seen.why and seen.at is not None:
            why = say.recorded(seen.why.partition("; ")[2] or seen.why)
            yield say("On {when} the page {url} answered; {why}.", when=say.moment(seen.at), url=seen.page.url, why=why)


def _when(seen: PageSeen, say: Wording) -> str:
    return say.moment(seen.at) if seen.at else ""


def _media_sentence(place: Place) -> str:
    """What was seen at {url}."""
    if place.sight is Sight.SAME:
        return "the video (same bytes, by their SHA-256) was at {url}"
    if place.sight is Sight.VOUCHED:
        return "the video was at {url} (unchanged by the site's own word; its bytes were not fetched again)"
    if place.video.via is TakenBy.YTDLP:
        return "the video was listed by the platform at {url}; its bytes were not compared"
    return "the playlist of the video was at {url}; the bytes of its pieces were not compared"


def _plural(pages: Sequence[PageSeen], say: Wording) -> str:
    urls = [seen.page.url for seen in pages]
    return say("the page {url}", url=urls[0]) if len(urls) == 1 else say("the pages {urls}", urls=say.listed(urls))


def _page_blocks(place: Place, name: str, say: Wording) -> Iterator[Block]:
    shown = [seen for seen in place.pages if seen.outcome is LookOutcome.SEEN]
    for number, seen in enumerate(shown, 1):
        alone = len(shown) == 1
        heading = say("{name}: its page", name=name) if alone else say("{name}: page {number}", name=name, number=str(number))
        facts = [(say("Page"), seen.page.url), *readable(seen.page.url, say), *_words(seen, place.at, say)]
        yield Block(heading, facts=tuple(facts))


def readable(url: str, say: Wording = ENGLISH) -> Facts:
    """The address as people read it, where that is not how it is written."""
    plain = address(url)
    shown = say.parts(list(filter(None, [plain.shown if plain.differs else "", say.recorded(plain.note)])))
    return ((say("In readable form"), shown),) if shown else ()


def _words(seen: PageSeen, at: datetime, say: Wording) -> Facts:
    page = seen.page
    facts = [(say("Title"), page.title or say("not stated"))]
    if page.earlier_titles:
        facts.append((say("Titles before"), say.parts(page.earlier_titles)))
    facts.append((say("Author"), page.uploader or say("not stated")))
    words = (("title", "the title"), ("uploader", "the author"))
    told = [say(word) for name, word in words if getattr(page, name) and _by_others(seen, name)]
    if told:
        said = "{what}: as stated by a feed or a list that leads to the page"
        facts.append((say("Whose words"), say(said, what=say.listed(told))))
    facts.append((say("Published"), published(seen, at, say)))
    if page.published_at is not None and page.date_note:
        facts.append((say("About that date"), say.recorded(page.date_note)))
    return (*facts, (say("Seen"), _seen_between(seen, say)))


def _by_others(seen: PageSeen, word: str) -> bool:
    """Whether the page itself does not say it; of what has no page, nobody else could."""
    return word not in seen.stated and bool(seen.page.url)


def published(seen: PageSeen, at: datetime, say: Wording = ENGLISH) -> str:
    """The day of publication with whose word it is; a date in the future is said to be one."""
    when = seen.page.published_at
    if when is None:
        return say.recorded(seen.page.date_note) or say("not stated")
    who = say("a feed or a list that leads to the page") if _by_others(seen, "published_at") else say("the page")
    if when > at:
        return say("dated in the future by {who}: {day}", who=who, day=say.day(when))
    if when > seen.page.first_seen_at + _EARLY:
        said = "{day}, as {who} states; it was seen before, on {first}"
        return say(said, day=say.day(when), who=who, first=say.day(seen.page.first_seen_at))
    return say("{day}, as {who} states", day=say.day(when), who=who)


def _seen_between(seen: PageSeen, say: Wording) -> str:
    first = seen.page.first_seen_at
    last = seen.at if seen.shows_it and seen.at is not None else seen.page.last_seen_at
    return say("first {first}; last {last}", first=say.moment(first), last=say.moment(max(first, last)))


def _appearances(brief: Brief) -> Block:
    facts, say = [], brief.say
    for match in brief.matches:
        said = say(
            "{where}; confirmed by {who} on {day}",
            where=_where(match, say) + (_which(brief, match) if _several_videos(brief) else ""),
            who=match.reviewer,
            day=say.day(match.reviewed_at),
        )
        facts.append((brief.subjects[match.subject_id].name, said))
    return Block(say("Appearances"), facts=tuple(facts))


def _where(match: ConfirmedMatch, say: Wording) -> str:
    """From when to when, in how many places of that, in which track of several, and which part of a clip it shows."""
    many = say(", in {count} places", count=str(len(match.spans))) if match.spans else ""
    track = say(", in track {number}", number=str(match.track)) if match.track else ""
    shown, seen = "", present(match.modality).has_place
    if match.reference_start is not None and match.reference_end is not None:
        part, more = span(match.reference_start, match.reference_end), len(match.spans) - 1
        shown = say(_ONE[seen], part=part) if more < 1 else say(_OF_MANY[seen], at=clock(match.best_t), part=part, more=str(more))
    heard = "" if seen or shown else say(", heard")
    return span(match.t_start, match.t_end) + many + track + shown + heard


_ONE = {True: ", which shows {part} of the work", False: ", in which {part} of the work is heard"}
_OF_MANY = {
    True: ", of which the clearest, at {at}, shows {part} of the work, and {more} more stretches a part each",
    False: ", in the clearest of which, at {at}, {part} of the work is heard, and in {more} more stretches a part each",
}
"""Which part of the work it is, by whether it is seen: of one stretch, and of several."""


def _several_videos(brief: Brief) -> bool:
    return len({place.capture.media_sha256 for place in brief.there}) > 1


def _which(brief: Brief, match: ConfirmedMatch) -> str:
    return brief.say(" of the video with the SHA-256 {digest}", digest=f"{brief.bytes_of(match)[:12]}…")


def _labels(brief: Brief) -> Iterator[Block]:
    say = brief.say
    for digest in dict.fromkeys(place.capture.media_sha256 for place in brief.there):
        which = f" {digest[:12]}…" if _several_videos(brief) else ""
        facts = tuple(provenance(brief.labels.get(digest, ()), say))
        yield Block(say("Labels that say how the video{which} was made", which=which), facts=facts)
