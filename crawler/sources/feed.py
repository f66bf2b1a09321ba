"""Feeds: RSS 2.0 with enclosures, Media RSS, podcasts, Atom, JSON Feed; also the videos in their items' HTML."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crawler.sources.archive import feed_listing
from crawler.sources.base import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_TITLE,
    Findings,
    Listed,
    Page,
    Parsed,
    looks_like_video,
    plain,
    when,
)
from crawler.sources.bylines import is_address
from crawler.sources.dates import Stated, stated
from crawler.sources.json_text import listed, read_json, text
from crawler.sources.markup import Element, read_xml
from crawler.sources.page import PageSource
from crawler.types import Discovery, SourceKind

MAX_PAGES = 60
"""The pages of so many items that name a video already are read as well: a page may show more than its feed names."""
MAX_CONTENT = 512 * 1024
_MEDIA = "http://search.yahoo.com/mrss/"
_CHANGED_NOTE = "The feed states when the item was changed, not when it was published."


@dataclass(frozen=True)
class _Item:
    """What a feed says of one article. media: the address of its video, as written, or empty. html: its text."""

    page_url: str | None
    media: str
    title: str
    description: str
    uploader: str
    date: Stated
    html: str
    changed_at: datetime | None = None


class FeedSource:
    """Takes the videos of each item, and leads to its page."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        findings = Findings(page.url, page.at)
        if page.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            items = _json_items(page.body, findings)
        else:
            items = _xml_items(page, findings)
        later: list[_Item] = []
        for item in items:
            if not self._videos(item, page, findings) and item.page_url:
                findings.follow(item.page_url, SourceKind.PAGE, item.changed_at)
            elif item.page_url and item.page_url != page.url:
                later.append(item)
        for item in later[:MAX_PAGES]:
            findings.follow(item.page_url or "", SourceKind.PAGE, item.changed_at)
        if len(later) > MAX_PAGES:
            left = len(later) - MAX_PAGES
            findings.note(f"The pages of {left} items whose video the feed names were not read for further videos.")
        return findings.parsed()

    def _videos(self, item: _Item, page: Page, findings: Findings) -> bool:
        """Enter the item's videos: the one it names, and those in its text."""
        about = Discovery(
            self._source_id,
            "",
            page_url=item.page_url,
            title=item.title,
            description=item.description,
            uploader=item.uploader,
            published_at=item.date.moment,
            date_note=item.date.note,
        )
        found = [replace(about, media_url=item.media)] if item.media else []
        inside = self._in_text(item, page, findings)
        found += [
            replace(about, media_url=each.media_url, title=item.title or each.title, via=each.via) for each in inside.discoveries
        ]
        players = [link for link in inside.follow if link.shown_on is not None]
        for link in players:
            findings.follow(link.url, SourceKind.PAGE, shown_on=about)
        for discovery in found:
            findings.video(discovery)
        return bool(found)

    def _in_text(self, item: _Item, page: Page, findings: Findings) -> Parsed:
        if "<" not in item.html:
            return Parsed()
        base = item.page_url or page.url
        html = Page(base, "text/html; charset=utf-8", item.html[:MAX_CONTENT].encode("utf-8", "replace"), page.at)
        parsed = PageSource(self._source_id).parse(html)
        for note in parsed.notes:
            findings.note(note)
        return parsed


def _xml_items(page: Page, findings: Findings) -> Iterator[_Item]:
    root, broken = read_xml(page.body)
    if broken:
        findings.error(broken)
    if root is None:
        return
    if root.name not in ("rss", "feed", "rdf"):
        findings.error(f"This is no RSS or Atom feed: its first element is <{plain(root.name, 40)}>.")
        return
    # An Atom feed's author is that of every entry which names none; a channel's is the site's.
    whole = _author(root) if root.name == "feed" else ""
    entries = list(root.every("item", "entry"))
    findings.listed = feed_listing(root, entries, page.url, findings)
    for item in entries:
        yield _xml_item(item, whole, findings)


def _xml_item(item: Element, whole: str, findings: Findings) -> _Item:
    changed = item.first("updated", "modified")
    date = _date(item.first("pubdate", "published", "date", "issued", "created"), changed)
    return _Item(
        findings.absolute(_page_link(item)),
        _media(item),
        plain(item.first("title") or _group(item, "title"), MAX_TITLE),
        plain(item.first("description", "summary") or _group(item, "description"), MAX_DESCRIPTION),
        plain(_author(item) or whole, MAX_NAME),
        date,
        _html(item),
        when(changed),
    )


def _html(item: Element) -> str:
    """The item's text as HTML: escaped, or as elements, as XHTML in Atom is."""
    found = [child for child in item.children("encoded", "content", "description", "summary") if child.namespace != _MEDIA]
    for child in found:
        if child.get("type") == "xhtml":
            return child.markup()
    return "\n".join(text for child in found if "<" in (text := child.text))


def _json_items(body: bytes, findings: Findings) -> Iterator[_Item]:
    said, error = read_json(body)
    if error or "jsonfeed.org" not in text(said, "version"):
        findings.error(error or "This is neither RSS nor Atom nor a JSON Feed.")
        return
    whole = _people(said)
    items = listed(said, "items")
    older = findings.follow(text(said, "next_url"), SourceKind.FEED)
    findings.listed = Listed(
        tuple((text(item, "id") or text(item, "url"), when(text(item, "date_published"))) for item in items), older
    )
    for item in items:
        files = [
            text(each, "url")
            for each in listed(item, "attachments")
            if looks_like_video(text(each, "url"), text(each, "mime_type"))
        ]
        changed = text(item, "date_modified")
        yield _Item(
            findings.absolute(
                text(item, "url") or text(item, "id") if text(item, "id").startswith("http") else text(item, "url")
            ),
            next(iter(files), ""),
            plain(text(item, "title"), MAX_TITLE),
            plain(text(item, "summary") or text(item, "content_text"), MAX_DESCRIPTION),
            plain(_people(item) or whole, MAX_NAME),
            _date(text(item, "date_published"), changed),
            text(item, "content_html"),
            when(changed),
        )


def _people(node: Any) -> str:
    names = [text(each, "name") for each in listed(node, "authors")] or [text(node, "author", "name")]
    return ", ".join(filter(None, names))


def _date(published: str, changed: str) -> Stated:
    if published.strip():
        read = stated(published)
        return read if read.moment is not None else Stated(note=f'"{plain(published, 64)}" is no date.')
    return replace(read, note=_CHANGED_NOTE) if (read := stated(changed)).moment is not None else Stated()


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
    for other in item.children("alternateenclosure"):
        if other.get("type").startswith("video/"):
            return next((uri for source in other.children("source") if (uri := source.get("uri"))), "")
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
    """Who wrote it, by name: RSS gives an address for mail, with the name behind it in brackets."""
    person = next(item.children("author"), None)
    named = (person.first("name") or person.text.strip()) if person is not None else ""
    if "@" in named and named.endswith(")") and "(" in named:
        named = named.rpartition("(")[2][:-1].strip()
    return next(
        (name for name in (named, item.first("creator", "credit"), _group(item, "credit")) if name and not is_address(name)), ""
    )
