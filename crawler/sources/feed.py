"""Feeds: RSS 2.0 with enclosures, Media RSS, podcasts, Atom, JSON Feed; also the videos in their items' HTML."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

from crawler.sources.archive import feed_listing
from crawler.sources.base import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_TITLE,
    Collected,
    Listed,
    Page,
    Parsed,
    looks_like_video,
    plain,
    site_of,
    when,
)
from crawler.sources.bylines import is_address
from crawler.sources.dates import Stated, stated
from crawler.sources.embeds import plays_nothing, watch_address
from crawler.sources.feed_media import Named, attached, is_media, named_by
from crawler.sources.json_text import listed, read_json, text
from crawler.sources.markup import Element, read_xml
from crawler.sources.page import PageSource
from crawler.types import Discovery, SourceKind, TakenBy

MAX_PAGES = 60
"""The pages of so many items that name a video already are read as well: a page may show more than its feed names."""
MAX_CONTENT = 512 * 1024
_CHANGED_NOTE = "The feed states when the item was changed, not when it was published."


@dataclass(frozen=True)
class _Item:
    """What a feed says of one article. media: the videos that it names. html: its text; base: what addresses in it are relative
    to, canonical."""

    page_url: str | None
    media: list[Named]
    title: str
    description: str
    uploader: str
    date: Stated
    html: str
    changed_at: datetime | None = None
    base: str | None = None


class FeedSource:
    """Takes the videos of each item, and leads to its page."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url, page.at)
        if page.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            items = _json_items(page.body, collected)
        else:
            items = _xml_items(page, collected)
        later: list[_Item] = []
        for item in items:
            if not self._videos(item, page, collected) and item.page_url:
                collected.follow(item.page_url, SourceKind.PAGE, item.changed_at)
            elif item.page_url and item.page_url != page.url:
                later.append(item)
        for item in later[:MAX_PAGES]:
            collected.follow(item.page_url or "", SourceKind.PAGE, item.changed_at)
        if len(later) > MAX_PAGES:
            left = len(later) - MAX_PAGES
            collected.note(f"The pages of {left} items whose video the feed names were not read for further videos.")
        return collected.parsed()

    def _videos(self, item: _Item, page: Page, collected: Collected) -> bool:
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
        found = self._named(item, about, page, collected)
        inside = self._in_text(item, page, collected)
        found += [
            replace(about, media_url=each.media_url, title=item.title or each.title, via=each.via) for each in inside.discoveries
        ]
        players = [link for link in inside.follow if link.shown_on is not None]
        for link in players:
            collected.follow(link.url, SourceKind.PAGE, shown_on=about)
        for discovery in found:
            collected.video(discovery)
        return bool(found)

    def _named(self, item: _Item, about: Discovery, page: Page, collected: Collected) -> list[Discovery]:
        """The videos that the item names, each with its own title where there are several. A player of a platform is a video of
        it, one of the item's site is read, others are said to be there."""
        found = []
        for named in item.media:
            url = collected.absolute(named.address, named.bases)
            if url is None or (named.is_player and _shows_nothing_more(url, item)):
                continue
            title = _title_of(named, item)
            watched = None if looks_like_video(url) else watch_address(url)
            if watched is not None:
                found.append(replace(about, media_url=watched, title=title, via=TakenBy.YTDLP))
            elif looks_like_video(url) or not named.is_player:
                found.append(replace(about, media_url=url, title=title))
            else:
                _lead_to_player(url, about, page, collected)
        return found

    def _in_text(self, item: _Item, page: Page, collected: Collected) -> Parsed:
        if "<" not in item.html:
            return Parsed()
        if len(item.html) > MAX_CONTENT:
            collected.note(f"Of items with more than {MAX_CONTENT:,} characters the rest was not looked into.")
        text = item.html[:MAX_CONTENT]
        if item.base is not None:
            text = f'<base href="{escape(item.base)}">{text}'
        html = Page(item.page_url or page.url, "text/html; charset=utf-8", text.encode("utf-8", "replace"), page.at)
        parsed = PageSource(self._source_id).parse(html)
        for note in parsed.notes:
            collected.note(note)
        return parsed


def _title_of(named: Named, item: _Item) -> str:
    """The item's title, but of several videos each has its own."""
    return (named.title if len(item.media) > 1 else "") or item.title or named.title


def _shows_nothing_more(player: str, item: _Item) -> bool:
    return plays_nothing(player) or player == item.page_url


def _lead_to_player(url: str, about: Discovery, page: Page, collected: Collected) -> None:
    """Have a player read as a page where it is of the item's or the feed's site, and say that it is there otherwise."""
    sites = (site_of(about.page_url or page.url), site_of(page.url))
    if site_of(url) in sites and not url.partition("?")[0].lower().endswith(".swf"):
        collected.follow(url, SourceKind.PAGE, shown_on=about)
    else:
        collected.note(f"The feed names a player of {urlsplit(url).hostname}, which was not looked into.")


def _xml_items(page: Page, collected: Collected) -> Iterator[_Item]:
    root, broken = read_xml(page.body)
    if broken:
        collected.error(broken)
    if root is None:
        return
    if root.name not in ("rss", "feed", "rdf"):
        collected.error(f"This is no RSS or Atom feed: its first element is <{plain(root.name, 40)}>.")
        return
    # An Atom feed's author is that of every entry which names none; a channel's is the site's.
    whole = _author(root) if root.name == "feed" else ""
    entries = list(root.every("item", "entry"))
    collected.listed = feed_listing(root, entries, page.url, collected)
    for item in entries:
        yield _xml_item(item, whole, collected)
    for live in root.every("liveitem"):
        yield _xml_item(live, whole, collected)
    for channel in (root, *root.children("channel")):
        # What stands outside all items is of none of them.
        yield _Item(None, named_by(channel), "", "", "", Stated(), "")


def _xml_item(item: Element, whole: str, collected: Collected) -> _Item:
    changed = item.first("updated", "modified")
    html, bases = _html(item)
    date = _date(item.first("pubdate", "published", "date", "issued", "created"), changed)
    return _Item(
        _page_of(item, collected),
        named_by(item),
        plain(item.first("title") or _group(item, "title"), MAX_TITLE),
        plain(item.first("description", "summary") or _group(item, "description"), MAX_DESCRIPTION),
        plain(_author(item) or whole, MAX_NAME),
        date,
        html,
        when(changed),
        collected.absolute("./", bases) if bases else None,
    )


def _html(item: Element) -> tuple[str, tuple[str, ...]]:
    """The item's text as HTML, escaped or as elements, as XHTML in Atom is; and the bases of addresses in it."""
    found = [child for child in item.children("encoded", "content", "description", "summary") if not is_media(child)]
    for child in found:
        if child.get("type") == "xhtml":
            return child.markup(), (next(child.children("div"), child)).bases()
    escaped = [(text, child.bases()) for child in found if "<" in (text := child.text)]
    return "\n".join(text for text, _ in escaped), next((bases for _, bases in escaped if bases), ())


def _json_items(body: bytes, collected: Collected) -> Iterator[_Item]:
    said, error = read_json(body)
    if error or "jsonfeed.org" not in text(said, "version"):
        collected.error(error or "This is neither RSS nor Atom nor a JSON Feed.")
        return
    whole = _people(said)
    items = listed(said, "items")
    older = collected.follow(text(said, "next_url"), SourceKind.FEED)
    collected.listed = Listed(
        tuple((text(item, "id") or text(item, "url"), when(text(item, "date_published"))) for item in items), older
    )
    for item in items:
        yield _json_item(item, whole, collected)


def _json_item(item: Any, whole: str, collected: Collected) -> _Item:
    changed, name = text(item, "date_modified"), text(item, "id")
    return _Item(
        collected.absolute(text(item, "url") or (name if name.startswith("http") else "")),
        attached(item),
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


def _page_of(item: Element, collected: Collected) -> str | None:
    """The item's page: its link, unless that is to a file; the address of its content; its id, if it is said to be a link."""
    said = next((address for link in item.children("link") if (address := _linked_page(link))), None)
    said = said or next((address for content in item.children("content") if (address := _content_page(content))), None)
    if said is not None:
        return collected.absolute(*said)
    guid = next(item.children("guid"), None)
    return collected.absolute(guid.text) if guid is not None and guid.get("ispermalink").lower() != "false" else None


def _linked_page(link: Element) -> tuple[str, tuple[str, ...]] | None:
    """The address in a link that is to a page, as written, and its bases."""
    address = link.get("href") or link.text
    is_page = link.get("rel") in ("", "alternate") and not looks_like_video(address.strip(), link.get("type"))
    return (address, link.bases()) if is_page and address.strip() else None


def _content_page(content: Element) -> tuple[str, tuple[str, ...]] | None:
    """The address at which an item's content is a page, as written, and its bases."""
    address = content.get("src")
    return (address, content.bases()) if address and not is_media(content) and "html" in content.get("type") else None


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
