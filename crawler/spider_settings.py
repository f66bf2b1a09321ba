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
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
        "HTTPERROR_ALLOW_ALL": True,
        "USER_AGENT": user_agent(options.contact),
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": ROBOTS_NAME,
        # One request at a time to a host, and never sooner than the delay after the last; slower where the host is slow.
        "DOWNLOAD_DELAY": options.delay,
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": options.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, options.delay),
        "CONCURRENT_REQUESTS": 32,
        # Scrapy starts that many tasks for every page to handle its items, and there are none.
        "CONCURRENT_ITEMS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": _MAX_WAITING,
        "DNS_TIMEOUT": DNS_SECONDS,
        "DOWNLOAD_MAXSIZE": options.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": options.page_seconds,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "RETRY_TIMES": 1,
        "CLOSESPIDER_TIMEOUT": options.max_seconds,
        # Cookies would tie visits together and make Scrapy load the list of public suffixes.
        "COOKIES_ENABLED": False,
        "REFERRER_POLICY": "no-referrer",
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOG_ENABLED": False,
    }
