"""Reddit's listings as JSON: posts with videos of their own, and links to videos elsewhere."""

from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, looks_like_video, plain
from crawler.sources.json_source import JsonSource, moment
from crawler.sources.json_text import at, counts, listed, text
from crawler.sources.platforms import is_platform
from crawler.types import Discovery, SourceKind, TakenBy


class RedditSource(JsonSource):
    """Reads ``/r/<name>/new.json`` or ``/search.json?q=...``, page by page."""

    kind = SourceKind.REDDIT

    def _collect(self, said: Any, collected: Collected) -> None:
        if text(said, "kind") != "Listing":
            collected.error("This is no listing of Reddit's.")
            return
        posts = [at(child, "data") for child in listed(said, "data", "children")]
        for post in posts:
            self._post(post, collected)
        older = self._older(collected, "after", text(said, "data", "after"), marks="_")
        named = ((text(post, "name") or text(post, "permalink"), moment(at(post, "created_utc"))) for post in posts)
        self._list(collected, named, older)

    def _post(self, post: Any, collected: Collected) -> None:
        # The playlist has the sound, which the file that Reddit names does not.
        own = at(post, "secure_media", "reddit_video") or at(post, "media", "reddit_video")
        media = text(own, "hls_url") or text(own, "fallback_url")
        link = text(post, "url_overridden_by_dest")
        via = TakenBy.HTTP
        if not media and is_platform(link):
            media, via = link, TakenBy.YTDLP
        elif not media and looks_like_video(link):
            media = link
        if not media:
            return
        collected.video(
            Discovery(
                self._source_id,
                media,
                page_url=collected.absolute(text(post, "permalink")),
                title=plain(at(post, "title"), MAX_TITLE),
                description=plain(at(post, "selftext"), MAX_DESCRIPTION),
                uploader=plain(at(post, "author"), MAX_NAME),
                published_at=moment(at(post, "created_utc")),
                via=via,
                counts=counts(post, likes="ups", comments="num_comments", views="view_count"),
            )
        )
