"""Sitemaps: indexes of sitemaps, lists of pages, and the video extension."""

from crawler.sources.base import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Collected, Listed, Page, Parsed, plain, when
from crawler.sources.markup import Element, read_xml
from crawler.types import Discovery, SourceKind


class SitemapSource:
    """Takes the videos that a sitemap names with their address; every other page is read next."""

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def parse(self, page: Page) -> Parsed:
        """See Source."""
        collected = Collected(page.url)
        root, broken = read_xml(page.body)
        if broken:
            collected.error(broken)
        if root is not None and root.name == "sitemapindex":
            for sitemap in root.children("sitemap"):
                collected.follow(sitemap.first("loc"), SourceKind.SITEMAP, when(sitemap.first("lastmod")))
        elif root is not None and root.name == "urlset":
            urls = list(root.children("url"))
            collected.listed = Listed(tuple((url.first("loc"), when(url.first("lastmod"))) for url in urls))
            for url in urls:
                self._url(url, collected)
        elif root is not None:
            collected.error(f"This is no sitemap: its first element is <{plain(root.name, 40)}>.")
        return collected.parsed()

    def _url(self, url: Element, collected: Collected) -> None:
        page_url = collected.absolute(url.first("loc"))
        named = list(url.children("video"))
        videos = [video for video in named if video.first("content_loc")]
        for video in videos:
            collected.video(
                Discovery(
                    source_id=self._source_id,
                    media_url=video.first("content_loc"),
                    page_url=page_url,
                    title=plain(video.first("title"), MAX_TITLE),
                    description=plain(video.first("description"), MAX_DESCRIPTION),
                    uploader=plain(video.first("uploader"), MAX_NAME),
                    published_at=when(video.first("publication_date")),
                )
            )
        # Of a video that is named by its player alone the page may tell more.
        if page_url and (not videos or len(videos) < len(named)):
            collected.follow(page_url, SourceKind.PAGE, when(url.first("lastmod")))
