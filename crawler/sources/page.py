"""Web pages: JSON-LD VideoObject, Open Graph, <video>, and plain links to video files."""

from dataclasses import replace

from crawler.sources.base import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_TITLE,
    Findings,
    Page,
    Parsed,
    is_playlist,
    looks_like_video,
    plain,
    when,
)
from crawler.sources.markup import Element, read_html
from crawler.sources.structured import meta_label, video_objects
from crawler.types import Discovery, SourceKind

_OPEN_GRAPH_MEDIA = ("og:video:secure_url", "og:video:url", "og:video")


class PageSource:
    """Takes the videos that a page shows, the best described statement of each first; links lead to other pages."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        findings = Findings(page.url)
        if page.content_type.lower().startswith("video/"):
            findings.video(Discovery(self._source_id, page.url))
            return findings.parsed()
        root = read_html(page.body, page.content_type)
        if root is None:
            findings.error("The page is empty.")
            return findings.parsed()
        base = next((href for element in root.every("base") if (href := element.get("href"))), "")
        findings.rebase(base)
        self._videos(root, page.url, findings)
        self._links(root, page.url, findings)
        return findings.parsed()

    def _videos(self, root: Element, page_url: str, findings: Findings) -> None:
        objects, errors = video_objects(root.every("script"))
        for error in errors:
            findings.error(error)
        label = meta_label(root.every("meta"))
        for video in objects:
            if video.media:
                findings.video(
                    Discovery(
                        self._source_id,
                        video.media,
                        page_url,
                        video.title,
                        video.description,
                        video.uploader,
                        video.published_at,
                        video.label or label,
                    )
                )
        about = self._about_page(root, page_url, label)
        # A lone VideoObject without an address describes the one video that the page plays.
        if len(objects) == 1 and not objects[0].media:
            alone = objects[0]
            about = replace(
                about,
                title=alone.title or about.title,
                description=alone.description or about.description,
                uploader=alone.uploader or about.uploader,
                published_at=alone.published_at or about.published_at,
                platform_label=alone.label or about.platform_label,
            )
        for media in (*_open_graph_media(root), *_players(root)):
            findings.video(replace(about, media_url=media))

    def _about_page(self, root: Element, page_url: str, label: str | None) -> Discovery:
        title = next((text for element in root.every("title") if (text := element.text.strip())), "")
        return Discovery(
            self._source_id,
            media_url="",
            page_url=page_url,
            title=plain(_meta(root, "og:title") or title, MAX_TITLE),
            description=plain(_meta(root, "og:description", "description"), MAX_DESCRIPTION),
            uploader=plain(_meta(root, "author", "article:author"), MAX_NAME),
            published_at=when(_meta(root, "article:published_time", "og:video:release_date", "video:release_date", "date")),
            platform_label=label,
        )

    def _links(self, root: Element, page_url: str, findings: Findings) -> None:
        for link in root.every("a"):
            href = link.get("href")
            # Mail, telephone and script links are no documents and no errors either.
            scheme = href.partition(":")[0].strip().lower() if ":" in href.partition("/")[0] else ""
            if scheme not in ("", "http", "https") or href.startswith("#"):
                continue
            if looks_like_video(href):
                findings.video(Discovery(self._source_id, href, page_url, plain(link.text, MAX_TITLE)))
            else:
                findings.follow(href, SourceKind.PAGE)


def _meta(root: Element, *names: str) -> str:
    """The content of the first meta element with any of the names, earlier names first."""
    for name in names:
        for meta in root.every("meta"):
            if (meta.get("property") or meta.get("name")).strip().lower() == name and meta.get("content"):
                return meta.get("content")
    return ""


def _open_graph_media(root: Element) -> tuple[str, ...]:
    # A player page in place of a file is declared as text/html.
    if _meta(root, "og:video:type").lower().startswith(("text/html", "application/x-shockwave")):
        return ()
    media = _meta(root, *_OPEN_GRAPH_MEDIA)
    return (media,) if media else ()


def _players(root: Element) -> tuple[str, ...]:
    """The address that each <video> plays: its own, or that of its first source; a file before a playlist."""
    found = []
    for player in root.every("video"):
        offered = [(each.get("src"), each.get("type")) for each in (player, *player.every("source"))]
        # A blob or data address exists only inside the browser.
        playable = [
            (src, kind)
            for src, kind in offered
            if src and not src.lower().startswith(("blob:", "data:")) and (not kind or looks_like_video(src, kind))
        ]
        if playable:
            found.append(min(playable, key=lambda offer: is_playlist(*offer))[0])
    return tuple(found)
