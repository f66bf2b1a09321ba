"""How the crawling process behaves: polite, bounded, and with every way out closed but guarded HTTP."""

from typing import Any

from crawler.fetch.http import MAX_REDIRECTS
from crawler.fetch.names import SECONDS as DNS_SECONDS
from crawler.guard import GuardPolicy
from crawler.protocol import CrawlOptions
from crawler.spider_cache import PageCacheMiddleware, PageStorage, RevalidatingPolicy
from crawler.spider_guard import GuardedResolver, GuardMiddleware, LocationMiddleware, RobotsMiddleware
from crawler.user_agent import ROBOTS_NAME, user_agent

_MAX_WAITING = 256 << 20
"""Bytes of documents that wait to be read; with so many nothing more is fetched."""


def settings(policy: GuardPolicy, options: CrawlOptions) -> dict[str, Any]:
    """Scrapy's settings."""
    return _ways_out(policy, options) | _manners(options) | _bounds(options) | dict.fromkeys(_OFF, False)


_OFF = (
    "HTTPPROXY_ENABLED",
    "METAREFRESH_ENABLED",
    "RANDOMIZE_DOWNLOAD_DELAY",
    # Cookies would tie visits together and make Scrapy load the list of public suffixes.
    "COOKIES_ENABLED",
    "TELNETCONSOLE_ENABLED",
    "REMOTE_CONTROL_ENABLED",
    "MEMUSAGE_ENABLED",
    "LOG_ENABLED",
)


def _ways_out(policy: GuardPolicy, options: CrawlOptions) -> dict[str, Any]:
    """What stands between the spider and the web."""
    return {
        "GUARD_POLICY": policy,
        "DOWNLOADER_MIDDLEWARES": {
            GuardMiddleware: 1,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            RobotsMiddleware: 100,
            LocationMiddleware: 650,
            "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
            PageCacheMiddleware: 900,
        },
        "HTTPCACHE_ENABLED": True,
        "HTTPCACHE_POLICY": RevalidatingPolicy,
        "HTTPCACHE_STORAGE": PageStorage,
        "PAGE_CACHE": options.cache,
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "HTTPERROR_ALLOW_ALL": True,
    }


def _manners(options: CrawlOptions) -> dict[str, Any]:
    """One request at a time to a host, and never sooner than the delay after the last; slower where the host is slow."""
    return {
        "USER_AGENT": user_agent(options.contact),
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": ROBOTS_NAME,
        "DOWNLOAD_DELAY": options.delay,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": options.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, options.delay),
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "RETRY_TIMES": 1,
        "REFERRER_POLICY": "no-referrer",
    }


def _bounds(options: CrawlOptions) -> dict[str, Any]:
    return {
        "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
        "CONCURRENT_REQUESTS": 32,
        # Scrapy starts that many tasks for every page to handle its items, and there are none.
        "CONCURRENT_ITEMS": 1,
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": _MAX_WAITING,
        "DNS_TIMEOUT": DNS_SECONDS,
        "DOWNLOAD_MAXSIZE": options.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": options.page_seconds,
        "CLOSESPIDER_TIMEOUT": options.max_seconds,
    }
