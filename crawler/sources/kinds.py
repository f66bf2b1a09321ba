"""Which class reads which kind of source."""

from collections.abc import Callable, Mapping

from crawler.sources.base import Source
from crawler.sources.feed import FeedSource
from crawler.sources.inbox import InboxSource
from crawler.sources.mastodon import MastodonSource
from crawler.sources.page import PageSource
from crawler.sources.peertube import PeerTubeSource
from crawler.sources.reddit import RedditSource
from crawler.sources.sitemap import SitemapSource
from crawler.sources.youtube import YouTubeSource
from crawler.sources.ytdlp import YtDlpSource
from crawler.types import SourceKind

READERS: Mapping[SourceKind, Callable[[str], Source]] = {
    SourceKind.FEED: FeedSource,
    SourceKind.SITEMAP: SitemapSource,
    SourceKind.PAGE: PageSource,
    SourceKind.PEERTUBE: PeerTubeSource,
    SourceKind.MASTODON: MastodonSource,
    SourceKind.REDDIT: RedditSource,
    SourceKind.YOUTUBE: YouTubeSource,
    SourceKind.YTDLP: YtDlpSource,
    SourceKind.INBOX: InboxSource,
}
"""Each makes a Source for the id of a watched place."""
