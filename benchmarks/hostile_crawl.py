"""Whether a host whose pages cost their reader all its time slows down the crawl of 20 others."""

import json
import statistics
import time
from typing import Annotated

import typer

from benchmarks.crawl_site import COSTLY, EVIL, HOSTS
from benchmarks.own_site import own_site
from crawler.crawl import CrawlOptions, crawl
from crawler.documents import Asked, DocumentLimits
from crawler.guard import GuardPolicy
from crawler.parsing import Parser, Unreadable
from crawler.types import SourceKind, SourceReport, SourceSpec

OTHERS, PAGES = 20, 150


def hostile_crawl(
    rounds: Annotated[int, typer.Option(help="How often each of the two crawls is timed, in turns.")] = 3,
    seconds: Annotated[float, typer.Option(help="What one document may take.")] = 10.0,
    delay: Annotated[float, typer.Option(help="Seconds between two requests to one host.")] = 0.0,
) -> None:
    """Crawl 20 hosts with 150 pages each, with and without a host beside them whose every page takes longer than its deadline."""
    options = CrawlOptions(delay=delay, document=DocumentLimits(seconds))
    pairs = []
    with own_site("benchmarks.crawl_site") as port:
        for _ in range(rounds):
            alone, _ = timed(port, options, evil=False)
            beside, given_up = timed(port, options, evil=True)
            pairs.append({"alone": round(alone, 1), "beside": round(beside, 1), "given_up": given_up})
    ratio = statistics.median(pair["beside"] / pair["alone"] for pair in pairs)
    longest = longest_document(options.document)
    figures = {"pages_per_second": pairs, "ratio": round(ratio, 3), "deadline": seconds, "hostile_page": round(longest, 2)}
    print(json.dumps(figures, indent=1))
    print(f"{ratio:.2f} of the usual rate beside a hostile host; each of its pages takes {longest:.1f} s")


def timed(port: int, options: CrawlOptions, *, evil: bool) -> tuple[float, bool]:
    """Pages of the others per second, until the last of them is read; and whether the hostile host still was, by then."""
    hosts = [*([EVIL] if evil else []), *HOSTS[:OTHERS]]
    began, pages, reported, still = time.monotonic(), 0, 0, evil
    for item in crawl([spec(host, port) for host in hosts], GuardPolicy.allowing("127.0.0.0/8"), options):
        if isinstance(item, SourceReport) and item.source_id == EVIL:
            still = False
        elif isinstance(item, SourceReport):
            assert item.complete, item
            pages, reported = pages + item.pages, reported + 1
            if reported == OTHERS:
                break
    assert pages >= OTHERS * PAGES, pages
    return pages / (time.monotonic() - began), still


def longest_document(limits: DocumentLimits) -> float:
    """Seconds until the reader of a hostile page gives it up, its process being up."""
    url = "https://evil.example/"
    with Parser(limits) as parser:
        parser.read(Asked(SourceKind.PAGE, url, url, url), b"")
        began = time.monotonic()
        unread = parser.submit(Asked(SourceKind.PAGE, url, url, url), COSTLY).exception()
        assert isinstance(unread, Unreadable), unread
        return time.monotonic() - began


def spec(host: str, port: int) -> SourceSpec:
    front = f"http://{host}:{port}/"
    return SourceSpec(host, SourceKind.PAGE, front, () if host == EVIL else tuple(f"{front}p{each}" for each in range(PAGES)))
