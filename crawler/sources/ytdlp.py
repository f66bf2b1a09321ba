"""Channels, playlists and searches of the platforms that yt-dlp knows: what it lists, as JSON."""

from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Listed, Page, Parsed, plain
from crawler.sources.json_text import counts, listed, read_json, text
from crawler.sources.reddit import moment
from crawler.types import Discovery, TakenBy


class YtDlpSource:
    """Reads yt-dlp's own answer: ``entries`` of a listing, or the one video in ``info``."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url)
        said, error = read_json(page.body)
        if error:
            collected.error(error)
        elif not isinstance(said, dict):
            collected.error("This is no answer of yt-dlp's.")
        else:
            entries = listed(said, "entries")
            named = ((text(each, "id") or text(each, "url"), moment(each.get("timestamp"))) for each in entries)
            collected.listed = Listed(tuple(named))
            for entry in entries or listed([said.get("info")]):
                self._entry(entry, collected)
        return collected.parsed()

    def _entry(self, entry: dict[str, Any], collected: Collected) -> None:
        address = collected.absolute(text(entry, "webpage_url") or text(entry, "url"))
        if address is None:
            return
        collected.video(
            Discovery(
                self._source_id,
                address,
                page_url=address,
                title=plain(entry.get("title"), MAX_TITLE),
                description=plain(entry.get("description"), MAX_DESCRIPTION),
                uploader=plain(text(entry, "uploader") or text(entry, "channel"), MAX_NAME),
                published_at=moment(entry.get("timestamp")),
                via=TakenBy.YTDLP,
                counts=counts(entry, views="view_count", likes="like_count", comments="comment_count", shares="repost_count"),
            )
        )
