"""What a feed lists, and where its older entries are: RFC 5005, and WordPress, which pages every feed without saying so."""

from crawler.sources.base import Collected, Follow, Listed, when
from crawler.sources.json_source import earlier, number_in
from crawler.sources.markup import Element
from crawler.types import SourceKind

_OLDER = ("next", "prev-archive")
_NEIGHBOURS = ("prev", "previous", "first", "current")
_DATES = ("pubdate", "published", "date", "updated")


def feed_listing(root: Element, items: list[Element], page_url: str, collected: Collected) -> Listed:
    """The entries of one document of a feed, and the document with those before them."""
    entries = tuple((_name(item), when(item.first(*_DATES))) for item in items)
    heads = [root, *root.children("channel")]
    links = [link for head in heads for link in head.children("link")]
    if linked := collected.absolute(_older(links)):
        return Listed(entries, Follow(linked, SourceKind.FEED))
    if items and _is_wordpress(heads):
        number = max(number_in(page_url, "paged"), 1) + 1
        return Listed(entries, Follow(earlier(page_url, "paged", str(number)), SourceKind.FEED, guessed=True))
    # A document that others go on from names its neighbours: without an older one, it is the last.
    return Listed(entries, last=any(link.get("rel") in _NEIGHBOURS for link in links))


def _older(links: list[Element]) -> str:
    """Where the document before this one is, as written; empty where none is named."""
    return next((link.get("href") for name in _OLDER for link in links if link.get("rel") == name and link.get("href")), "")


def _is_wordpress(heads: list[Element]) -> bool:
    return any("wordpress" in head.first("generator").lower() for head in heads)


def _name(item: Element) -> str:
    """What tells an entry from others, also when its title changes."""
    named = item.first("guid", "id")
    if named:
        return named
    link = next((address for each in item.children("link") if (address := each.get("href") or each.text.strip())), "")
    enclosure = next((each.get("url") for each in item.children("enclosure")), "")
    return link or enclosure or item.first("title")
