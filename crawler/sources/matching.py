"""Which article of a page's structured data is which entry of its markup."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from crawler.sources.about import About, absolute, bare
from crawler.sources.entries import Entries
from crawler.sources.structured import Said


def matched(
    entries: Entries,
    said: Sequence[Said],
    about: About,
    main: int | None,
    links: Mapping[int, str],
    titles: Mapping[int, str],
) -> dict[int, int]:
    """The place in what is said for the numbers of entries: by where it stands, by its address, by its title; or the one article
    of the one that the page is about. links, titles: the permanent link and the title of each entry that has one."""
    signs = _Signs(entries, about, main, links, titles)
    found: dict[int, int] = {}
    alone: list[int] = []
    for place, article in enumerate(said):
        if article.is_video:
            continue
        number = signs.entry_of(article)
        if number is not None:
            found.setdefault(number, place)
        elif not article.listed and article.within is None:
            alone.append(place)
    if main is not None and len(alone) == 1:
        found.setdefault(main, alone[0])
    return found


class _Signs:
    """By what an article is known to be an entry."""

    def __init__(
        self, entries: Entries, about: About, main: int | None, links: Mapping[int, str], titles: Mapping[int, str]
    ) -> None:
        self._entries, self._about, self._main = entries, about, main
        self._by_link = {bare(link): number for number, link in reversed(list(links.items()))}
        self._by_title: dict[str, list[int]] = defaultdict(list)
        for number, title in titles.items():
            self._by_title[title].append(number)

    def entry_of(self, article: Said) -> int | None:
        if self._holds(held := self._entries.of(article.at)):
            return held
        if (addressed := self._addressed(article)) is not None:
            return addressed
        named = self._by_title.get(article.title, [])
        return named[0] if len(named) == 1 else None

    def _holds(self, number: int) -> bool:
        """Whether what stands in an entry is that entry: in an article of the markup that is no aside."""
        entry = self._entries.all[number]
        return bool(number) and not entry.apart and entry.heading < 0

    def _addressed(self, article: Said) -> int | None:
        """The entry with one of the article's addresses; the main one where that is the page's own."""
        urls = [url for address in article.addresses if (url := absolute(address, self._about.url))]
        linked = (self._by_link.get(bare(url)) for url in urls)
        is_page = self._main is not None and any(map(self._about.is_this, urls))
        return next((number for number in linked if number is not None), self._main if is_page else None)
