"""PeerTube's REST API: a search, a channel or a list of newest videos leads to one document per video, which names its files."""

from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Follow, Listed, Page, Parsed, plain, when
from crawler.sources.json_text import at, counts, listed, read_json, text
from crawler.sources.mastodon import earlier, number_in
from crawler.types import Discovery, SourceKind


class PeerTubeSource:
    """Reads any listing of an instance, such as ``/api/v1/search/videos?search=...`` or ``/api/v1/videos?sort=-publishedAt``."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url)
        said, error = read_json(page.body)
        if error:
            collected.error(error)
        elif isinstance(at(said, "data"), list):
            for video in listed(said, "data"):
                if name := text(video, "uuid") or text(video, "shortUUID"):
                    collected.follow(f"/api/v1/videos/{plain(name, 64)}", SourceKind.PEERTUBE, when(video.get("updatedAt")))
            older = self._next(said, page.url, collected)
            entries = tuple((text(each, "uuid"), when(each.get("publishedAt"))) for each in listed(said, "data"))
            total = at(said, "total")
            collected.listed = Listed(entries, older, total if type(total) is int and total >= 0 else None, last=older is None)
        elif isinstance(said, dict) and text(said, "uuid"):
            self._video(said, collected)
        else:
            collected.error("This is neither a list of videos nor a video of PeerTube's API.")
        return collected.parsed()

    def _next(self, said: Any, url: str, collected: Collected) -> Follow | None:
        start = number_in(url, "start") + len(listed(said, "data"))
        total = at(said, "total")
        if listed(said, "data") and isinstance(total, int) and total > start:
            return collected.follow(earlier(url, "start", str(start)), SourceKind.PEERTUBE)
        return None

    def _video(self, video: dict[str, Any], collected: Collected) -> None:
        streams = listed(video, "streamingPlaylists")
        files = [*listed(video, "files"), *(file for stream in streams for file in listed(stream, "files"))]
        sized = sorted(files, key=_height, reverse=True)
        media = next((address for file in sized if (address := text(file, "fileUrl") or text(file, "fileDownloadUrl"))), "")
        media = media or text(at(streams, 0), "playlistUrl")
        if not media:
            collected.error(f"The video {plain(video.get('name'), 100)} names no file.")
            return
        collected.video(
            Discovery(
                self._source_id,
                media,
                page_url=collected.absolute(text(video, "url") or f"/w/{text(video, 'uuid')}"),
                title=plain(video.get("name"), MAX_TITLE),
                description=plain(video.get("description"), MAX_DESCRIPTION),
                uploader=plain(text(video, "account", "displayName") or text(video, "channel", "displayName"), MAX_NAME),
                published_at=when(video.get("publishedAt")),
                counts=counts(video, views="views", likes="likes", comments="comments"),
            )
        )


def _height(file: dict[str, Any]) -> int:
    height = at(file, "resolution", "id")
    return height if isinstance(height, int) and not isinstance(height, bool) else 0
