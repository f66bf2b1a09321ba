"""Crawls of sites on loopback, each in its child process, and what feeds on them say."""

from crawler.crawl import CrawlOptions, crawl
from crawler.guard import GuardPolicy
from crawler.types import Discovery, SourceReport, SourceSpec

LOOPBACK = GuardPolicy.allowing("127.0.0.0/8")
BRISK = CrawlOptions(contact="https://example.org/crawler", delay=0.0, page_seconds=5.0, max_seconds=60.0)
VIDEO = '<title>Clip</title><video src="/v.mp4"></video>'
"""A page with one video."""


def look(
    *sources: SourceSpec, options: CrawlOptions = BRISK, policy: GuardPolicy = LOOPBACK
) -> tuple[list[Discovery], dict[str, SourceReport]]:
    found = list(crawl(sources, policy, options))
    reports = [item for item in found if isinstance(item, SourceReport)]
    assert sorted(report.source_id for report in reports) == sorted(source.id for source in sources)
    return [item for item in found if isinstance(item, Discovery)], {report.source_id: report for report in reports}


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>c</title>{"".join(f"<item>{item}</item>" for item in items)}</channel></rss>'
