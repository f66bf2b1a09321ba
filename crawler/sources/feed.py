"""Feeds: RSS 2.0 with enclosures, Media RSS, Atom."""

from collections.abc import Iterator

from crawler.sources.archive import feed_listing
from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Findings, Page, Parsed, looks_like_video, plain, when
from crawler.sources.markup import Element, read_xml
from crawler.types import Discovery, SourceKind

_MEDIA = "http://search.yahoo.com/mrss/"


class FeedSource:
    """Takes the video of each item; an item without one leads to its page."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        findings = Findings(page.url)
        root, broken = read_xml(page.body)
        if broken:
            findings.error(broken)
        if root is not None and root.name not in ("rss", "feed", "rdf"):
            findings.error(f"This is no RSS or Atom feed: its first element is <{plain(root.name, 40)}>.")
        elif root is not None:
            items = list(root.every("item", "entry"))
            findings.listed = feed_listing(root, items, page.url, findings)
            for item in items:
                self._item(item, findings)
        return findings.parsed()

    def _item(self, item: Element, findings: Findings) -> None:
        link = _page_link(item)
        media = _media(item)
        page_url = findings.absolute(link)
        if media:
            findings.video(
                Discovery(
                    source_id=self._source_id,
                    media_url=media,
                    page_url=page_url,
                    title=plain(item.first("title") or _group(item, "title"), MAX_TITLE),
                    description=plain(item.first("description", "summary") or _group(item, "description"), MAX_DESCRIPTION),
                    uploader=plain(_author(item), MAX_NAME),
                    published_at=when(item.first("pubdate", "published", "date", "updated")),
                )
            )
        elif page_url:
            findings.follow(page_url, SourceKind.PAGE)


def _page_link(item: Element) -> str:
    for link in item.children("link"):
        if link.get("rel") in ("", "alternate") and (link.get("href") or link.text.strip()):
            return link.get("href") or link.text
    guid = next(item.children("guid"), None)
    return guid.text if guid is not None and guid.get("ispermalink").lower() != "false" else ""


def _media(item: Element) -> str:
    """The address of the item's video: an enclosure, else the default or largest rendition of its media content."""
    for link in item.children("enclosure", "link"):
        href = link.get("url") or link.get("href")
        if (link.name == "enclosure" or link.get("rel") == "enclosure") and looks_like_video(href, link.get("type")):
            return href
    renditions = [content for content in _contents(item) if _is_video(content)]
    return max(renditions, key=_preference).get("url") if renditions else ""


def _contents(item: Element) -> Iterator[Element]:
    for holder in (item, *item.children("group")):
        yield from (content for content in holder.children("content") if content.namespace == _MEDIA and content.get("url"))


def _is_video(content: Element) -> bool:
    if looks_like_video(content.get("url"), content.get("type")):
        return True
    return not content.get("type") and content.get("medium") == "video"


def _preference(content: Element) -> tuple[bool, int, int]:
    return content.get("isdefault") == "true", _number(content.get("bitrate")), _number(content.get("filesize"))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _group(item: Element, name: str) -> str:
    return next((text for group in item.children("group") if (text := group.first(name))), "")


def _author(item: Element) -> str:
    person = next(item.children("author"), None)
    named = (person.first("name") or person.text.strip()) if person is not None else ""
    return named or item.first("creator", "credit") or _group(item, "credit")
