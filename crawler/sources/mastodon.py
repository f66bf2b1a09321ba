"""Mastodon's hashtag timelines: each post's videos, and the posts before it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Listed, Page, Parsed, plain, when
from crawler.sources.json_text import counts, listed, read_json, text
from crawler.sources.markup import read_html
from crawler.types import Discovery, SourceKind


class MastodonSource:
    """Reads ``/api/v1/timelines/tag/<hashtag>`` of an instance, page by page."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url)
        said, error = read_json(page.body)
        if error:
            collected.error(error)
        elif not isinstance(said, list):
            collected.error("This is no timeline of Mastodon's API.")
        else:
            posts = listed(said)
            for post in posts:
                self._post(post, collected)
            last = text(posts[-1], "id") if posts else ""
            older = None
            if last.isascii() and last.isalnum():
                older = collected.follow(earlier(page.url, "max_id", last), SourceKind.MASTODON)
            entries = tuple((text(post, "id"), when(post.get("created_at"))) for post in posts)
            collected.listed = Listed(entries, older, last=older is None)
        return collected.parsed()

    def _post(self, post: dict[str, Any], collected: Collected) -> None:
        caption = _caption(text(post, "content"))
        for attachment in listed(post, "media_attachments"):
            media = text(attachment, "remote_url") or text(attachment, "url")
            if text(attachment, "type") not in ("video", "gifv") or not media:
                continue
            described = plain(attachment.get("description"), MAX_DESCRIPTION)
            collected.video(
                Discovery(
                    self._source_id,
                    media,
                    page_url=collected.absolute(text(post, "url") or text(post, "uri")),
                    title=plain(caption or described, MAX_TITLE),
                    description="\n".join(filter(None, (plain(caption, MAX_DESCRIPTION), described)))[:MAX_DESCRIPTION],
                    uploader=plain(text(post, "account", "display_name") or text(post, "account", "acct"), MAX_NAME),
                    published_at=when(post.get("created_at")),
                    counts=counts(post, likes="favourites_count", shares="reblogs_count", comments="replies_count"),
                )
            )


def _caption(html: str) -> str:
    root = read_html(html.encode("utf-8", "replace"), "text/html; charset=utf-8") if html else None
    return "" if root is None else root.text


def earlier(url: str, name: str, value: str) -> str:
    """The address with one parameter of its query set anew."""
    parts = urlsplit(url)
    kept = [(key, given) for key, given in parse_qsl(parts.query, keep_blank_values=True) if key != name]
    return parts._replace(query=urlencode([*kept, (name, value)])).geturl()


def number_in(url: str, name: str) -> int:
    """The number that a parameter of the address's query has; 0 where there is none."""
    given = dict(parse_qsl(urlsplit(url).query)).get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
