"""Channels, playlists and searches of the platforms that yt-dlp knows: what it lists, as JSON."""

from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Listed, plain
from crawler.sources.json_source import JsonSource, moment
from crawler.sources.json_text import counts, listed, text
from crawler.types import Discovery, SourceKind, TakenBy


class YtDlpSource(JsonSource):
    """Reads yt-dlp's own answer: ``entries`` of a listing, or the one video in ``info``."""

    kind = SourceKind.YTDLP

    def _collect(self, said: Any, collected: Collected) -> None:
        if not isinstance(said, dict):
            collected.error("This is no answer of yt-dlp's.")
            return
        entries = listed(said, "entries")
        named = ((text(each, "id") or text(each, "url"), moment(each.get("timestamp"))) for each in entries)
        collected.listed = Listed(tuple(named))
        for entry in entries or listed([said.get("info")]):
            self._entry(entry, collected)

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
