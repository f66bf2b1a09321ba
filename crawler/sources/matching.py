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
    found: dict[int, int] = {}
    by_link = {bare(link): number for number, link in reversed(list(links.items()))}
    by_title: dict[str, list[int]] = defaultdict(list)
    for number, title in titles.items():
        by_title[title].append(number)
    alone: list[int] = []
    for place, article in enumerate(said):
        if article.is_video:
            continue
        held = entries.of(article.at)
        urls = [url for address in article.addresses if (url := absolute(address, about.url))]
        by_address = next((by_link[bare(url)] for url in urls if bare(url) in by_link), None)
        named = by_title.get(article.title, [])
        if held and not entries.all[held].apart and entries.all[held].heading < 0:
            found.setdefault(held, place)
        elif by_address is not None:
            found.setdefault(by_address, place)
        elif main is not None and any(about.is_this(url) for url in urls):
            found.setdefault(main, place)
        elif len(named) == 1:
            found.setdefault(named[0], place)
        elif not article.listed and article.within is None:
            alone.append(place)
    if main is not None and len(alone) == 1:
        found.setdefault(main, alone[0])
    return found
