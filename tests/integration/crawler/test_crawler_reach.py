"""How far back a feed or a listing goes, what its archive adds, and what may have come and gone between two looks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from crawler.types import SourceKind, SourceSpec
from tests.support.crawls import BRISK, VIDEO, look, rss
from tests.support.loopback_site import Site
from tests.support.recorded_looks import crawl_and_record, watch, week

WORDPRESS = "<generator>https://wordpress.org/?v=6.7</generator>"


def dated(number: int, day: datetime, name: str = "p") -> str:
    return f"<link>/{name}{number}</link><pubDate>{day:%a, %d %b %Y %H:%M:%S +0000}</pubDate>"


NOW = datetime.now(UTC).replace(microsecond=0)


def blog(site: Site, count: int, per_page: int = 10, wordpress: bool = True) -> str:
    """A feed as WordPress pages it: as many posts, the newest first, a day apart."""
    posts = [dated(number, NOW - timedelta(days=count - number)) for number in range(count)][::-1]
    for number in range(count):
        site.page(f"/p{number}", f'<video src="/{number}.mp4"></video>')
    for start in range(0, count, per_page):
        path = "/feed" if start == 0 else f"/feed?paged={start // per_page + 1}"
        body = rss(*posts[start : start + per_page])
        site.page(path, body.replace("<title>c</title>", WORDPRESS) if wordpress else body, "application/rss+xml")
    return site.url("/feed")


def test_the_first_look_follows_the_archive_of_a_wordpress_feed_to_its_end(site: Site) -> None:
    found, reports = look(SourceSpec("s", SourceKind.FEED, blog(site, 35)))
    report = reports["s"]
    assert len(found) == 35
    assert report.complete, report.errors
    assert report.reach is not None
    assert (report.reach.items, report.reach.parts, report.reach.more, report.reach.whole) == (35, 4, False, True)
    assert report.reach.oldest == NOW - timedelta(days=35)
    # The document after the last was guessed, and its absence is the end, not a page that is gone.
    assert "/feed?paged=5" in site.asked
    assert (report.pages, report.due) == (39, 39)


def test_a_feed_that_does_not_say_where_its_older_entries_are_says_how_far_it_reaches(site: Site) -> None:
    report = look(SourceSpec("s", SourceKind.FEED, blog(site, 35, wordpress=False)))[1]["s"]
    assert report.reach is not None
    assert (report.reach.items, report.reach.more, report.reach.whole) == (10, None, False)
    assert report.reach.oldest == NOW - timedelta(days=10)


@pytest.mark.parametrize("rel", ["next", "prev-archive"])
def test_an_archive_that_a_feed_links_is_followed_within_the_budget(site: Site, rel: str) -> None:
    for number in range(6):
        older = f'<link rel="{rel}" href="/feed{number + 1}"/>'
        entry = (
            f"<entry><id>e{number}</id><link href='/c{number}.html'/><updated>2020-01-0{9 - number}T00:00:00Z</updated></entry>"
        )
        site.page(f"/feed{number}", f'<feed xmlns="http://www.w3.org/2005/Atom">{older}{entry}</feed>', "application/atom+xml")
        site.page(f"/c{number}.html", f'<video src="/{number}.mp4"></video>')
    spec = SourceSpec("s", SourceKind.FEED, site.url("/feed0"))
    report = look(spec, options=replace(BRISK, max_pages=6))[1]["s"]
    assert report.reach is not None
    assert 2 <= report.reach.items < 6
    assert report.reach.more
    assert report.due == report.pages + sum(report.missed.values())


def test_a_later_look_goes_back_only_to_what_was_known(site: Site, session: Session) -> None:
    watch(session, SourceKind.FEED, blog(site, 25))
    crawl_and_record(session)
    site.asked.clear()
    blog(site, 27)
    (report,) = crawl_and_record(session)
    assert report.reach is not None
    assert "/feed?paged=2" not in site.asked
    assert (report.reach.items, report.reach.joined, report.reach.whole) == (10, True, True)
    assert week(session).gaps == ()
    # 25 posts at first, of which the oldest was a day older each time the blog grew: the earlier look's date stands.
    assert report.reach.since == NOW - timedelta(days=25)


def test_promise_6_entries_that_may_have_come_and_gone_between_two_looks_are_a_gap_with_both_moments(
    site: Site, session: Session
) -> None:
    posts = [dated(number, NOW - timedelta(hours=number)) for number in range(4)]
    watch(session, SourceKind.FEED, site.page("/feed", rss(*posts), "application/rss+xml"))
    (first,) = crawl_and_record(session)
    site.page(
        "/feed", rss(*(dated(number, NOW - timedelta(minutes=number), "new") for number in range(4))), "application/rss+xml"
    )
    (second,) = crawl_and_record(session)
    assert second.reach is not None
    assert second.reach.joined is False
    assert week(session).gaps == ((first.started_at, second.started_at),)
    # The look after that finds what the second knew.
    crawl_and_record(session)
    assert len(week(session).gaps) == 1


def test_the_newest_entry_alone_may_be_removed_without_a_gap(site: Site, session: Session) -> None:
    posts = [dated(number, NOW - timedelta(hours=number)) for number in range(4)]
    watch(session, SourceKind.FEED, site.page("/feed", rss(*posts), "application/rss+xml"))
    crawl_and_record(session)
    site.page("/feed", rss(*posts[1:]), "application/rss+xml")
    crawl_and_record(session)
    assert week(session).gaps == ()


def test_dates_in_the_future_and_none_are_counted_and_do_not_say_how_far_a_feed_reaches(site: Site) -> None:
    entries = [dated(1, NOW + timedelta(days=900)), "<link>/p2</link>", "<link>/p3</link><pubDate>soon</pubDate>"]
    feed = site.page("/feed", rss(*entries, dated(4, NOW - timedelta(days=2))), "application/rss+xml")
    for number in range(1, 5):
        site.page(f"/p{number}", VIDEO)
    reach = look(SourceSpec("s", SourceKind.FEED, feed))[1]["s"].reach
    assert reach is not None
    assert (reach.items, reach.undated, reach.ahead) == (4, 2, 1)
    assert reach.newest == reach.oldest == NOW - timedelta(days=2)


def test_a_listing_that_goes_on_after_the_last_that_is_read_says_so(site: Site) -> None:
    for start in range(8):
        path = "/api/v1/videos?count=1" + (f"&start={start}" if start else "")
        body = f'{{"total":8,"data":[{{"uuid":"u{start}","publishedAt":"2026-01-0{9 - start}T00:00:00Z"}}]}}'
        site.page(path, body, "application/json")
        site.page(
            f"/api/v1/videos/u{start}", f'{{"uuid":"u{start}","files":[{{"fileUrl":"/f{start}.mp4"}}]}}', "application/json"
        )
    report = look(SourceSpec("s", SourceKind.PEERTUBE, site.url("/api/v1/videos?count=1")))[1]["s"]
    assert report.complete, report.errors
    assert report.reach is not None
    assert (report.reach.total, report.reach.more) == (8, True)
    assert report.reach.items == len([path for path in site.asked if "/videos?" in path]) < 8
