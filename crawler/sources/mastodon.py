"""Mastodon's hashtag timelines: each post's videos, and the posts before it."""

from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, plain, when
from crawler.sources.json_source import JsonSource
from crawler.sources.json_text import counts, listed, text
from crawler.sources.markup import read_html
from crawler.types import Discovery, SourceKind


class MastodonSource(JsonSource):
    """Reads ``/api/v1/timelines/tag/<hashtag>`` of an instance, page by page."""

    kind = SourceKind.MASTODON

    def _collect(self, said: Any, collected: Collected) -> None:
        if not isinstance(said, list):
            collected.error("This is no timeline of Mastodon's API.")
            return
        posts = listed(said)
        for post in posts:
            self._post(post, collected)
        older = self._older(collected, "max_id", text(posts[-1], "id") if posts else "")
        self._list(collected, ((text(post, "id"), when(post.get("created_at"))) for post in posts), older)

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
