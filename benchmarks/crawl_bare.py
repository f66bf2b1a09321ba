"""A bare Scrapy spider that only downloads the benchmark's pages. Started by `benchmarks.crawl`; prints how many it got."""

import sys
from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

from benchmarks.crawl_site import HOSTS


class BareSpider(scrapy.Spider):
    name = "bare"
    got = 0

    def parse(self, response: Response, **_: Any) -> Iterator[scrapy.Request]:
        BareSpider.got += 1
        for href in response.css("a::attr(href)").getall():
            yield response.follow(href)


def main() -> None:
    port = int(sys.argv[1])
    settings = {"LOG_ENABLED": False, "ROBOTSTXT_OBEY": False, "TELNETCONSOLE_ENABLED": False, "DOWNLOAD_DELAY": 0}
    process = CrawlerProcess({**settings, "CONCURRENT_REQUESTS": 32, "CONCURRENT_REQUESTS_PER_DOMAIN": 8})
    process.crawl(BareSpider, start_urls=[f"http://{host}:{port}/" for host in HOSTS])
    process.start()
    print(BareSpider.got)


if __name__ == "__main__":
    main()
