"""Which class reads which kind of source."""

from collections.abc import Callable, Mapping

from crawler.sources.base import Source
from crawler.sources.feed import FeedSource
from crawler.sources.page import PageSource
from crawler.sources.sitemap import SitemapSource
from crawler.types import SourceKind

READERS: Mapping[SourceKind, Callable[[str], Source]] = {
    SourceKind.FEED: FeedSource,
    SourceKind.SITEMAP: SitemapSource,
    SourceKind.PAGE: PageSource,
}
"""Each makes a Source for the id of a watched place."""
