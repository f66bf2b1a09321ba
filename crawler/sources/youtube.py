"""YouTube's Data API v3: what a search finds. The key travels in a header, so that no address, log or cache holds it."""

import html
from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Listed, Page, Parsed, plain, when
from crawler.sources.json_text import at, listed, read_json, text
from crawler.sources.mastodon import earlier
from crawler.types import Discovery, SourceKind, TakenBy

WATCH = "https://www.youtube.com/watch?v="
_ID = 11


class YouTubeSource:
    """Reads ``/youtube/v3/search?part=snippet&type=video&q=...``, page by page."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url)
        said, error = read_json(page.body)
        if error:
            collected.error(error)
        elif not isinstance(at(said, "items"), list):
            collected.error(f"YouTube answered no list: {plain(text(said, 'error', 'message'), 200) or 'no reason given'}.")
        else:
            for item in listed(said, "items"):
                self._item(item, collected)
            token = text(said, "nextPageToken")
            older = None
            if token.isascii() and token.replace("_", "").replace("-", "").isalnum():
                older = collected.follow(earlier(page.url, "pageToken", token), SourceKind.YOUTUBE)
            items = listed(said, "items")
            entries = tuple((text(item, "id", "videoId"), when(at(item, "snippet", "publishedAt"))) for item in items)
            # Its totalResults is an estimate, which says nothing that could be relied on.
            collected.listed = Listed(entries, older, last=older is None)
        return collected.parsed()

    def _item(self, item: dict[str, Any], collected: Collected) -> None:
        name = text(item, "id", "videoId")
        if len(name) != _ID or not name.isascii() or not name.replace("_", "").replace("-", "").isalnum():
            return
        said = at(item, "snippet")
        collected.video(
            Discovery(
                self._source_id,
                WATCH + name,
                page_url=WATCH + name,
                # The API alone escapes what its titles hold.
                title=plain(html.unescape(text(said, "title")), MAX_TITLE),
                description=plain(html.unescape(text(said, "description")), MAX_DESCRIPTION),
                uploader=plain(text(said, "channelTitle"), MAX_NAME),
                published_at=when(at(said, "publishedAt")),
                via=TakenBy.YTDLP,
            )
        )
