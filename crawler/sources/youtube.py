"""YouTube's Data API v3: what a search finds. The key travels in a header, so that no address, log or cache holds it."""

import html
from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, plain, when
from crawler.sources.json_source import JsonSource
from crawler.sources.json_text import at, listed, text
from crawler.types import Discovery, SourceKind, TakenBy

WATCH = "https://www.youtube.com/watch?v="
_ID = 11


class YouTubeSource(JsonSource):
    """Reads ``/youtube/v3/search?part=snippet&type=video&q=...``, page by page."""

    kind = SourceKind.YOUTUBE

    def _collect(self, said: Any, collected: Collected) -> None:
        if not isinstance(at(said, "items"), list):
            collected.error(f"YouTube answered no list: {plain(text(said, 'error', 'message'), 200) or 'no reason given'}.")
            return
        items = listed(said, "items")
        for item in items:
            self._item(item, collected)
        older = self._older(collected, "pageToken", text(said, "nextPageToken"), marks="_-")
        # Its totalResults is an estimate, which says nothing that could be relied on.
        self._list(collected, ((text(item, "id", "videoId"), when(at(item, "snippet", "publishedAt"))) for item in items), older)

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
