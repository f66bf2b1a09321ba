"""PeerTube's REST API: a search, a channel or a list of newest videos leads to one document per video, which names its files."""

from typing import Any

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Follow, plain, when
from crawler.sources.json_source import JsonSource, earlier, number_in
from crawler.sources.json_text import at, counts, listed, text
from crawler.types import Discovery, SourceKind


class PeerTubeSource(JsonSource):
    """Reads any listing of an instance, such as ``/api/v1/search/videos?search=...`` or ``/api/v1/videos?sort=-publishedAt``."""

    kind = SourceKind.PEERTUBE

    def _collect(self, said: Any, collected: Collected) -> None:
        if isinstance(at(said, "data"), list):
            self._listing(said, collected)
        elif isinstance(said, dict) and text(said, "uuid"):
            self._video(said, collected)
        else:
            collected.error("This is neither a list of videos nor a video of PeerTube's API.")

    def _listing(self, said: Any, collected: Collected) -> None:
        videos, total = listed(said, "data"), at(said, "total")
        for video in videos:
            if name := text(video, "uuid") or text(video, "shortUUID"):
                collected.follow(f"/api/v1/videos/{plain(name, 64)}", SourceKind.PEERTUBE, when(video.get("updatedAt")))
        older = self._next(said, collected)
        named = ((text(video, "uuid"), when(video.get("publishedAt"))) for video in videos)
        self._list(collected, named, older, total if type(total) is int and total >= 0 else None)

    def _next(self, said: Any, collected: Collected) -> Follow | None:
        start = number_in(collected.url, "start") + len(listed(said, "data"))
        total = at(said, "total")
        if listed(said, "data") and isinstance(total, int) and total > start:
            return collected.follow(earlier(collected.url, "start", str(start)), SourceKind.PEERTUBE)
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
