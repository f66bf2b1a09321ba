"""Crawling real sites on loopback, each crawl in its child process."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from crawler.crawl import crawl
from crawler.guard import GuardPolicy
from crawler.health import SourceRow, SourceRun, coverage, record_run, specs
from crawler.types import Discovery, SourceKind, SourceReport, SourceSpec
from tests.support.crawls import BRISK, LOOPBACK, look, rss
from tests.support.loopback_site import Answer, Site, UntrustedSite, open_site
from tests.support.new_database import new_database

ROOT = Path(__file__).resolve().parents[3]


def test_feed_sitemap_and_page_each_yield_their_videos(site: Site) -> None:
    feed = site.page(
        "/feed",
        rss(
            '<title>&lt;b&gt;Bold&lt;/b&gt; 🎬 标题 עברית</title><link>/p1</link><enclosure url="/1.mp4" type="video/mp4"/>',
            "<title>two</title><link>/p2</link>",
        ),
        "application/rss+xml",
    )
    site.page("/p1", "<p>No more than the feed says.</p>")
    site.page("/p2", '<meta property="og:video" content="/2.mp4"><meta property="og:title" content="Two"><a href="/p9">x</a>')
    site.page(
        "/map", "<sitemapindex><sitemap><loc>/map1</loc></sitemap><sitemap><loc>/map</loc></sitemap></sitemapindex>", "text/xml"
    )
    site.page("/map1", "<urlset><url><loc>/p3</loc></url></urlset>", "text/xml")
    site.page("/p3", '<video src="/3.mp4"></video>')
    channel = site.page("/channel", '<a href="/p4">4</a><a href="/clip.mp4">c</a><a href="http://elsewhere.example/">e</a>')
    site.page("/p4", '<video src="/4.mp4"></video><a href="/p9">deeper than asked for</a>')
    found, reports = look(
        SourceSpec("feed", SourceKind.FEED, feed),
        SourceSpec("map", SourceKind.SITEMAP, site.url("/map")),
        SourceSpec("page", SourceKind.PAGE, channel),
    )
    assert {(d.source_id, d.media_url, d.page_url) for d in found} == {
        ("feed", site.url("/1.mp4"), site.url("/p1")),
        ("feed", site.url("/2.mp4"), site.url("/p2")),
        ("map", site.url("/3.mp4"), site.url("/p3")),
        ("page", site.url("/4.mp4"), site.url("/p4")),
        ("page", site.url("/clip.mp4"), site.url("/channel")),
    }
    assert "<b>Bold</b> 🎬 标题 עברית" in {d.title for d in found}
    assert {i: (r.complete, r.pages, r.videos, r.errors) for i, r in reports.items()} == {
        "feed": (True, 3, 2, ()),
        "map": (True, 3, 1, ()),
        "page": (True, 2, 2, ()),
    }
    assert site.agents == {"Semblance/0.1.0 (+https://example.org/crawler)"}
    assert "/p9" not in site.asked


def test_promise_6_a_failed_source_is_said(site: Site, tmp_path: Path) -> None:
    good = site.page("/good", rss('<enclosure url="/1.mp4" type="video/mp4"/>'))
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        for name, url in {"b gone": site.url("/gone"), "a good": good, "c closed": "http://127.0.0.1:1/feed"}.items():
            session.add(SourceRow(name=name, kind=SourceKind.FEED, url=url))
        session.commit()
        for item in crawl(specs(session), LOOPBACK, BRISK):
            if isinstance(item, SourceReport):
                record_run(session, item)
        session.add(SourceRow(name="d new", kind=SourceKind.PAGE, url="https://example.org/"))
        session.commit()
        until = datetime.now(UTC) + timedelta(seconds=1)
        rows = coverage(session, until - timedelta(hours=1), until)
        assert [(row.name, row.said, row.runs, row.videos) for row in rows] == [
            ("a good", "read", 1, 1),
            ("b gone", "not read", 1, 0),
            ("c closed", "not read", 1, 0),
            ("d new", "not looked at", 0, 0),
        ]
        assert "404" in rows[1].errors[0]
        assert "refuses connections" in rows[2].errors[0]
        assert [row.last_success is not None for row in rows] == [True, False, False, False]
        later = coverage(session, until, until + timedelta(days=7))
        assert [row.said for row in later] == ["not looked at"] * 4
        assert later[0].last_success == rows[0].last_success
        assert len(session.exec(select(SourceRun)).all()) == 3
    engine.dispose()


BAD = {
    "cut off": (Answer(b"<rss><channel><item>", "text/xml"), "broken"),
    "login page": (Answer(b"<html>Please log in"), "first element is <html>"),
    "empty": (Answer(b"", "text/xml"), "empty"),
    "picture": (Answer(b"\x89PNG", "image/png"), "image/png"),
    "in trouble": (Answer(status=500), "answered 500"),
    "closed": (Answer(status=403), "answered 403"),
    "into the network": (Answer(status=302, headers={"Location": "http://10.0.0.1/"}), "not an address of the public internet"),
    "into the machine": (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "302"),
    "endless": (Answer(status=302, headers={"Location": "/endless"}), "max redirections"),
    "short": (Answer(b"<rss/>", "text/xml", length=500), "broke"),
    "dripping": (Answer(b"x" * 300, "text/xml", drip=0.05), "did not answer in time"),
    "huge": (Answer(b"<rss>" + b" " * 50_000, "text/xml"), "larger than"),
    "entities": (Answer(b'<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>', "text/xml"), "entities"),
}


def test_promise_10_bad_sources_are_errors_in_words_and_stop_no_other(site: Site) -> None:
    for name, (answer, _) in BAD.items():
        site.routes[f"/{name.replace(' ', '%20')}"] = answer
    good = site.page("/good", rss('<enclosure url="/1.mp4" type="video/mp4"/>'))
    sources = [SourceSpec(name, SourceKind.FEED, site.url(f"/{name}".replace(" ", "%20"))) for name in BAD]
    options = replace(BRISK, page_seconds=1.0, max_page_bytes=20_000)
    found, reports = look(*sources, SourceSpec("good", SourceKind.FEED, good), options=options)
    assert [d.source_id for d in found] == ["good"]
    assert reports["good"].complete
    for name, (_, words) in BAD.items():
        assert not reports[name].complete
        assert any(words in error for error in reports[name].errors), reports[name]


def test_forbidden_addresses_are_refused_before_a_connection(site: Site) -> None:
    site.page("/feed", rss("<link>/p</link>"))
    with open_site() as inside:
        # The name leads to loopback, which this policy does not allow: only the check of the resolved address can tell.
        port = int(inside.base.rpartition(":")[2])
        named = SourceSpec("name", SourceKind.FEED, inside.url("/feed").replace("127.0.0.1", "localhost"))
        literal = SourceSpec("literal", SourceKind.FEED, inside.url("/feed"))
        _, reports = look(named, literal, policy=GuardPolicy(allowed_ports=(80, port)))
        assert inside.asked == []
    for report in reports.values():
        assert any("not an address of the public internet" in error for error in report.errors), report.errors


def test_an_untrusted_certificate_is_said(tmp_path: Path) -> None:
    with UntrustedSite(tmp_path) as url:
        _, reports = look(SourceSpec("s", SourceKind.FEED, url))
    assert any("certificate" in error for error in reports["s"].errors), reports["s"].errors


def test_a_sitemap_that_lists_other_hosts_says_that_they_were_not_read(site: Site) -> None:
    site.page("/map", "<urlset><url><loc>http://elsewhere.example/p</loc></url><url><loc>/p</loc></url></urlset>", "text/xml")
    site.page("/p", "<p>no video")
    _, reports = look(SourceSpec("s", SourceKind.SITEMAP, site.url("/map")))
    assert reports["s"].errors == ("1 page on other hosts, which the sitemap lists: not read.",)
    assert reports["s"].pages == 2


def test_robots_txt_is_obeyed_and_said(site: Site) -> None:
    site.page("/robots.txt", "User-agent: Semblance\nDisallow: /private\n", "text/plain")
    site.page("/feed", rss("<link>/private/p</link>", "<link>/p</link>"))
    site.page("/p", '<video src="/v.mp4"></video>')
    found, reports = look(SourceSpec("s", SourceKind.FEED, site.url("/feed")))
    assert [d.media_url for d in found] == [site.url("/v.mp4")]
    assert "/private/p" not in site.asked
    assert any("robots.txt" in error for error in reports["s"].errors)


def test_a_budget_ends_the_look_and_is_said(site: Site) -> None:
    site.page("/feed", rss(*(f"<link>/p{n}</link>" for n in range(10))))
    for number in range(10):
        site.page(f"/p{number}", "<p>no video")
    _, reports = look(SourceSpec("s", SourceKind.FEED, site.url("/feed")), options=replace(BRISK, max_pages=4))
    assert reports["s"].pages == 4
    assert reports["s"].errors == ("Stopped after 4 pages, the limit for one source; 7 more were not read.",)


def test_the_time_for_the_crawl_ends_it_and_is_said(site: Site) -> None:
    site.routes["/slow"] = Answer(b"x" * 400, drip=0.05)
    options = replace(BRISK, max_seconds=2.0, page_seconds=3.0)
    _, reports = look(SourceSpec("s", SourceKind.FEED, site.url("/slow")), options=options)
    assert not reports["s"].complete
    assert reports["s"].errors


def test_a_video_behind_a_link_is_found_without_downloading_it(site: Site) -> None:
    site.page("/p", '<a href="/watch?v=1">watch</a>')
    site.file("/watch?v=1", b"\0" * 5_000_000)
    found, reports = look(SourceSpec("s", SourceKind.PAGE, site.url("/p")), options=replace(BRISK, max_page_bytes=1_000_000))
    assert [d.media_url for d in found] == [site.url("/watch?v=1")]
    assert reports["s"].complete, reports["s"].errors


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed from /proc")
def test_the_child_ends_when_the_reader_stops(site: Site) -> None:
    site.page("/feed", rss('<enclosure url="/1.mp4" type="video/mp4"/>', "<link>/slow</link>"))
    site.routes["/slow"] = Answer(b"x" * 1000, drip=0.05)
    before = set(children(os.getpid()))
    items = crawl([SourceSpec("s", SourceKind.FEED, site.url("/feed"))], LOOPBACK, BRISK)
    assert isinstance(next(items), Discovery)
    (child,) = set(children(os.getpid())) - before
    items.close()  # type: ignore[attr-defined]
    assert not alive(child)


PARENT = """
import sys
from crawler.crawl import CrawlOptions, crawl
from crawler.guard import GuardPolicy
from tests.support.new_database import new_database
from crawler.types import SourceKind, SourceSpec
for item in crawl([SourceSpec("s", SourceKind.FEED, sys.argv[1])], GuardPolicy.allowing("127.0.0.0/8"), CrawlOptions(delay=0)):
    print(type(item).__name__, flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed from /proc")
def test_the_child_ends_when_its_parent_is_killed(site: Site) -> None:
    feed = site.page("/feed", rss('<enclosure url="/1.mp4" type="video/mp4"/>', "<link>/slow</link>"))
    site.routes["/slow"] = Answer(b"x" * 1000, drip=0.05)
    with subprocess.Popen([sys.executable, "-c", PARENT, feed], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"Discovery\n"
        (child,) = children(parent.pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert gone_within(child, 5)


def test_a_child_that_dies_leaves_a_report_for_each_source(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    feed = site.page("/feed", rss('<enclosure url="/1.mp4" type="video/mp4"/>', "<link>/slow</link>"))
    site.routes["/slow"] = Answer(b"x" * 1000, drip=0.05)
    before = set(children(os.getpid()))
    items = crawl([SourceSpec("s", SourceKind.FEED, feed)], LOOPBACK, BRISK)
    assert isinstance(next(items), Discovery)
    (child,) = set(children(os.getpid())) - before
    os.kill(child, signal.SIGKILL)
    (report,) = items
    assert isinstance(report, SourceReport)
    assert not report.complete
    assert report.errors == ("The crawl ended before this source was read to its end.",)
    assert report.videos == 1
    assert "the crawl ended early" in caplog.text


def test_no_sources_need_no_process() -> None:
    assert list(crawl([], LOOPBACK, BRISK)) == []


def test_a_player_on_a_page_of_its_own_belongs_to_each_page_that_embeds_it(site: Site) -> None:
    article = '<article><h1>{}</h1><span class="author">Ann</span><iframe src="/player/7"></iframe></article>'
    feed = site.page("/feed", rss("<title>a</title><link>/a</link>", "<title>b</title><link>/b</link>"), "application/rss+xml")
    site.page("/a", article.format("First post"))
    site.page("/b", article.format("Second post") + '<iframe src="https://unknown.example/x"></iframe>')
    site.page("/player/7", '<title>Player</title><video src="/7.mp4"></video><a href="/elsewhere">x</a>')
    found, reports = look(SourceSpec("s", SourceKind.FEED, feed))
    assert {(each.media_url, each.page_url, each.title, each.uploader) for each in found} == {
        (site.url("/7.mp4"), site.url("/a"), "First post", "Ann"),
        (site.url("/7.mp4"), site.url("/b"), "Second post", "Ann"),
    }
    # What is by its nature not looked into is said, and the look is complete.
    assert (reports["s"].complete, reports["s"].notes) == (
        True,
        (f"The page embeds a player of unknown.example, which was not looked into ({site.url('/b')}).",),
    )
    assert "/elsewhere" not in site.asked
