"""What is said of a video that a page shows: of itself, of its article, of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.sources.about import About, Facts, said_date
from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Page, plain, site_of
from crawler.sources.facts import Reading
from crawler.sources.players import Mention
from crawler.sources.signs import article_link
from crawler.sources.structured import Said
from crawler.types import Discovery, TakenBy

NOWHERE = -1
"""In place of an article's number: what is shown is of none in particular."""


@dataclass(frozen=True)
class Shown:
    """A video at a place: entry is the number of its article, url canonical. said: what the structured data says of it."""

    mention: Mention
    entry: int
    url: str
    via: TakenBy
    said: Said | None = None


class Descriptions:
    """Of the videos of one page."""

    def __init__(
        self,
        source_id: str,
        page: Page,
        about: About,
        label: str | None,
        said: Sequence[Said],
        reading: Reading,
        collected: Collected,
    ) -> None:
        """label: what the page states of its being made by AI."""
        self._source_id, self._page, self._about, self._label = source_id, page, about, label
        self._said, self._reading, self._collected = said, reading, collected
        self._unplaced = _unplaced(said)

    def discovery(self, shown: Shown, alone: bool) -> Discovery:
        """A video with its fields. alone: whether its article shows no other."""
        facts, stated = self._stated(shown, alone)
        own_page = facts.permalink is None
        return Discovery(
            self._source_id,
            shown.url,
            page_url=facts.permalink or self._page.url,
            title=plain(stated.title, MAX_TITLE),
            description=plain(stated.description, MAX_DESCRIPTION),
            uploader=plain(stated.uploader, MAX_NAME),
            published_at=stated.date.moment,
            date_note=stated.date.note,
            platform_label=stated.label or (self._label if own_page else None),
            via=shown.via,
        )

    def _stated(self, shown: Shown, alone: bool) -> tuple[Facts, Facts]:
        """What is said around a video, and what that makes together with what is said of the video itself."""
        number, main = shown.entry, self._reading.main
        said = shown.said or (self._unplaced if alone and number == (main or 0) else None)
        facts = self._around(number, said)
        video = _as_facts(said)
        title = video.title or _nearest(facts.title, shown.mention.label, alone)
        stated = Facts(title, video.description or shown.mention.description).over(video).over(facts)
        # Who publishes the page's one article is who shows its videos.
        if not stated.uploader and said is not None and number == main:
            stated = replace(stated, uploader=said.publisher)
        return facts, stated

    def _around(self, number: int, said: Said | None) -> Facts:
        """The facts of the entry, or of the article in whose structured data the video stands."""
        if said is not None and (said.listed or (number == 0 and self._reading.main is None)):
            return self._nested(said)
        return Facts() if number == NOWHERE else self._reading.facts(number)

    def _nested(self, said: Said) -> Facts:
        """What the article says in which a VideoObject is nested, for one that stands in no article of the page."""
        if said.within is None:
            return Facts()
        around = self._said[said.within]
        urls = (url for address in around.addresses if article_link(address) and (url := self._collected.resolved(address)))
        return _as_facts(around, next(filter(self._is_another_page, urls), None))

    def _is_another_page(self, url: str) -> bool:
        """Whether an address is of another page of this site."""
        return not self._about.is_this(url) and site_of(url) == site_of(self._page.url)


def _unplaced(said: Sequence[Said]) -> Said | None:
    """The one VideoObject that gives no address at all: it describes the one video that the page's article plays."""
    videos = [each for each in said if each.is_video]
    return videos[0] if len(videos) == 1 and not videos[0].media and not videos[0].listed else None


def _as_facts(said: Said | None, link: str | None = None) -> Facts:
    if said is None:
        return Facts()
    return Facts(said.title, said.description, said.uploader, said_date(said), link, said.label)


def _nearest(title: str, label: str, alone: bool) -> str:
    """What a video is called by what stands around it: where it is not alone in its article, by its own label first."""
    return (title or label) if alone else (label or title)
