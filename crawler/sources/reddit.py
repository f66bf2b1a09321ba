"""Reddit's listings as JSON: posts with videos of their own, and links to videos elsewhere."""

from datetime import UTC, datetime
from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Listed, Page, Parsed, looks_like_video, plain
from crawler.sources.json_text import at, counts, listed, read_json, text
from crawler.sources.mastodon import earlier
from crawler.sources.platforms import is_platform
from crawler.types import Discovery, SourceKind, TakenBy


class RedditSource:
    """Reads ``/r/<name>/new.json`` or ``/search.json?q=...``, page by page."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url)
        said, error = read_json(page.body)
        if error:
            collected.error(error)
        elif text(said, "kind") != "Listing":
            collected.error("This is no listing of Reddit's.")
        else:
            posts = [at(child, "data") for child in listed(said, "data", "children")]
            for post in posts:
                self._post(post, collected)
            after = text(said, "data", "after")
            older = None
            if after.isascii() and after.replace("_", "").isalnum():
                older = collected.follow(earlier(page.url, "after", after), SourceKind.REDDIT)
            entries = tuple((text(post, "name") or text(post, "permalink"), moment(at(post, "created_utc"))) for post in posts)
            collected.listed = Listed(entries, older, last=older is None)
        return collected.parsed()

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


def moment(seconds: Any) -> datetime | None:
    """A moment from seconds since 1970; None for anything else."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 631_152_000 <= seconds <= 7_258_118_400:
        return None
    return datetime.fromtimestamp(seconds, UTC)
