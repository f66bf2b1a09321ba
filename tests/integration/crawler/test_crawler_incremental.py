"""Crawling again: what is asked for, what is not, and what a source's health says of it."""

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from crawler.crawl import crawl
from crawler.health import STALE_AFTER, SourceRow, coverage, record_run
from crawler.types import Discovery, SourceKind, SourceReport, SourceSpec, Trouble
from tests.support.crawls import BRISK, LOOPBACK, look, rss
from tests.support.loopback_site import Answer, Site, open_site
from tests.support.new_database import new_database

ROOT = Path(__file__).resolve().parents[3]


def html(site: Site, path: str, body: str, etag: str = "") -> str:
    site.routes[path] = Answer(body.encode(), etag=etag)
    return site.url(path)


def test_a_second_crawl_fetches_only_what_changed(site: Site, tmp_path: Path) -> None:
    options = replace(BRISK, cache=str(tmp_path / "cache" / "pages.db"))
    links = "".join(f'<a href="/p{number}">{number}</a>' for number in range(6))
    front = SourceSpec("s", SourceKind.PAGE, html(site, "/", links, '"front"'))
    for number in range(6):
        html(site, f"/p{number}", f'<video src="/{number}.mp4"></video>', f'"{number}"')
    first, reports = look(front, options=options)
    assert (len(first), reports["s"].pages, reports["s"].unchanged) == (6, 7, 0)
    html(site, "/p3", '<video src="/new.mp4"></video>', '"3b"')
    site.answered.clear()
    second, reports = look(front, options=options)
    assert {found.media_url for found in second} - {found.media_url for found in first} == {site.url("/new.mp4")}
    assert (reports["s"].pages, reports["s"].unchanged) == (7, 6)
    assert [path for path, status in site.answered if status == 200] == ["/p3"]


def test_a_sitemaps_word_that_a_page_is_old_is_taken(site: Site, tmp_path: Path) -> None:
    options = replace(BRISK, cache=str(tmp_path / "pages.db"))
    old, new = "2020-01-01", datetime.now(UTC).date().isoformat()
    locations = "".join(f"<url><loc>/{day}</loc><lastmod>{day}</lastmod></url>" for day in (old, new))
    site.page("/map", f"<urlset>{locations}</urlset>", "text/xml")
    for day in (old, new):
        html(site, f"/{day}", f'<video src="/{day}.mp4"></video>')
    spec = SourceSpec("s", SourceKind.SITEMAP, site.url("/map"))
    look(spec, options=options)
    site.asked.clear()
    found, _ = look(spec, options=options)
    assert len(found) == 2
    assert f"/{new}" in site.asked
    assert f"/{old}" not in site.asked


def test_a_site_in_trouble_is_not_papered_over_with_what_it_said_before(site: Site, tmp_path: Path) -> None:
    options = replace(BRISK, cache=str(tmp_path / "pages.db"))
    spec = SourceSpec("s", SourceKind.PAGE, html(site, "/p", '<video src="/v.mp4">', '"1"'))
    look(spec, options=options)
    site.routes["/p"] = Answer(status=503)
    found, reports = look(spec, options=options)
    assert found == []
    assert reports["s"].troubles == {Trouble.SERVER.value: 1}


def test_a_page_that_several_sources_show_is_fetched_once(site: Site) -> None:
    for name in "abc":
        site.page(f"/{name}", rss("<link>/p</link>"))
    site.page("/p", '<video src="/v.mp4"></video>')
    found, reports = look(*(SourceSpec(name, SourceKind.FEED, site.url(f"/{name}")) for name in "abc"))
    assert sorted(each.source_id for each in found) == ["a", "b", "c"]
    assert all(report.complete and report.pages == 2 for report in reports.values())
    assert site.asked.count("/p") == 1


KILLED = """
import sys
from crawler.crawl import CrawlOptions, crawl
from crawler.guard import GuardPolicy
from crawler.types import SourceKind, SourceSpec
options = CrawlOptions(delay=0, cache=sys.argv[2])
for item in crawl([SourceSpec("s", SourceKind.PAGE, sys.argv[1])], GuardPolicy.allowing("127.0.0.0/8"), options):
    print(type(item).__name__, flush=True)
"""


def test_promise_4_a_crawl_that_was_killed_goes_on_without_asking_again(site: Site, tmp_path: Path) -> None:
    links = "".join(f'<a href="/p{number}">{number}</a>' for number in range(40))
    front = html(site, "/", links)
    for number in range(40):
        html(site, f"/p{number}", f'<video src="/{number}.mp4"></video>')
    cache = str(tmp_path / "pages.db")
    with subprocess.Popen([sys.executable, "-c", KILLED, front, cache], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(15):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.wait()
    before = list(site.asked)
    found, reports = look(SourceSpec("s", SourceKind.PAGE, front), options=replace(BRISK, cache=cache))
    assert reports["s"].complete
    assert {each.media_url for each in found} == {site.url(f"/{number}.mp4") for number in range(40)}
    again = [path for path in site.asked[len(before) :] if path in before]
    # What was under way when it was killed was asked for, and never answered to anybody.
    assert len(again) <= 4


WALLS = {
    "login": (Answer(b"<title>Sign in</title><form><input type=password></form>"), Trouble.LOGIN),
    "captcha": (Answer(b"<title>Just a moment...</title>", status=403), Trouble.CAPTCHA),
    "forbidden": (Answer(status=403), Trouble.FORBIDDEN),
    "busy": (Answer(status=429), Trouble.RATE_LIMIT),
    "gone": (Answer(status=410), Trouble.GONE),
    "rubbish": (Answer(b"<html>", "application/json"), Trouble.DOCUMENT),
}


def test_promise_6_a_source_that_breaks_says_how_within_one_run(site: Site, tmp_path: Path) -> None:
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        for name, (answer, _) in WALLS.items():
            site.routes[f"/{name}"] = answer
            kind = SourceKind.MASTODON if name == "rubbish" else SourceKind.PAGE
            session.add(SourceRow(id=name, name=name, kind=kind, url=site.url(f"/{name}")))
        session.commit()
        specs = [
            SourceSpec(row, SourceKind.MASTODON if row == "rubbish" else SourceKind.PAGE, site.url(f"/{row}")) for row in WALLS
        ]
        for report in look(*specs)[1].values():
            record_run(session, report)
        session.commit()
        until = datetime.now(UTC) + timedelta(seconds=1)
        rows = {row.name: row for row in coverage(session, until - timedelta(days=1), until)}
        for name, (_, trouble) in WALLS.items():
            assert rows[name].said == "not read"
            assert dict(rows[name].troubles) == {trouble.value: 1}, rows[name]
        assert rows["login"].blocked == ("login wall",)
        assert rows["gone"].blocked == ()
        assert not rows["gone"].stale
        later = until + STALE_AFTER
        assert all(row.stale for row in coverage(session, until, later))
    engine.dispose()


def run(source: str, videos: int, complete: bool = True) -> SourceReport:
    moment = datetime.now(UTC)
    return SourceReport(source, moment, moment, pages=3, videos=videos, complete=complete)


def test_promise_6_a_source_that_shows_nothing_any_more_has_changed_its_markup(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        for name in ("steady", "quiet"):
            session.add(SourceRow(id=name, name=name, kind=SourceKind.PAGE, url="https://example.org/"))
        session.commit()
        for _ in range(3):
            assert record_run(session, run("steady", 12)).complete
            assert record_run(session, run("quiet", 0)).complete
        changed = record_run(session, run("steady", 0))
        assert not changed.complete
        assert changed.troubles == {Trouble.MARKUP.value: 1}
        assert "showed 12 videos last time and none now" in changed.errors[0]
        # It is said again until it is mended.
        assert not record_run(session, run("steady", 0)).complete
        assert record_run(session, run("quiet", 0)).complete
    engine.dispose()


def test_an_inbox_leads_to_pages_and_files(site: Site, tmp_path: Path) -> None:
    site.page("/p", '<video src="/v.mp4"></video><a href="/q">more</a>')
    site.page("/nothing", "<p>no video")
    (tmp_path / "tips.txt").write_text(f"{site.url('/p')}\n{site.url('/nothing')}\n{site.url('/direct.mp4')}\n")
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    found, reports = look(SourceSpec("s", SourceKind.INBOX, tmp_path.as_uri()))
    assert {each.media_url for each in found if each.media_url.startswith("http")} == {
        site.url("/v.mp4"),
        site.url("/direct.mp4"),
    }
    assert len(found) == 3
    assert (reports["s"].videos, reports["s"].complete) == (3, False)
    assert reports["s"].errors == (f"{site.url('/nothing')} shows no video that could be found.",)
    assert "/q" not in site.asked


def test_the_interfaces_are_read_listing_by_listing(site: Site) -> None:
    video = '{"uuid":"u%d","name":"v","files":[{"fileUrl":"/f%d.mp4"}]}'
    site.page("/api/v1/videos?count=1", '{"total":2,"data":[{"uuid":"u1"}]}', "application/json")
    site.page("/api/v1/videos?count=1&start=1", '{"total":2,"data":[{"uuid":"u2"}]}', "application/json")
    for number in (1, 2):
        site.page(f"/api/v1/videos/u{number}", video % (number, number), "application/json")
    found, reports = look(SourceSpec("s", SourceKind.PEERTUBE, site.url("/api/v1/videos?count=1")))
    assert {each.media_url for each in found} == {site.url("/f1.mp4"), site.url("/f2.mp4")}
    assert reports["s"].complete, reports["s"].errors


def test_youtubes_key_goes_to_its_host_alone_and_stands_nowhere(site: Site, tmp_path: Path) -> None:
    with open_site() as elsewhere:
        elsewhere.page("/away", '{"items": []}', "application/json")
        site.redirect("/search?q=2", elsewhere.url("/away"))
        site.page("/search?q=1", '{"items": [], "nextPageToken": "x"}', "application/json")
        searches = [SourceSpec(number, SourceKind.YOUTUBE, site.url(f"/search?q={number}")) for number in "12"]
        cache = tmp_path / "pages.db"
        _, reports = look(*searches, options=replace(BRISK, youtube_key="sesame-4711", cache=str(cache)))
        assert set(site.keys) == {"sesame-4711"}
        assert elsewhere.keys == []
    assert "sesame" not in str(reports)
    assert b"sesame" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_listing_that_yt_dlp_cannot_read_is_a_stated_gap(site: Site) -> None:
    site.page("/good", "<title>G</title><video src='/v.mp4'></video>")
    items = list(
        crawl([SourceSpec(name, SourceKind.YTDLP, site.url(f"/{name}")) for name in ("good", "gone")], LOOPBACK, replace(BRISK))
    )
    assert [item.media_url for item in items if isinstance(item, Discovery)] == [site.url("/good")]
    good, gone = (item for item in items if isinstance(item, SourceReport))
    assert good.complete
    assert not gone.complete
    assert gone.troubles == {Trouble.GONE.value: 1}
    assert gone.errors[0].startswith("yt-dlp could not read")
