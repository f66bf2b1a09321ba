"""What a look says of itself: what was read, what not and why."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from crawler.health import STALE_AFTER, coverage
from crawler.types import Reading, SourceKind, SourceReport, SourceSpec, Trouble
from tests.support.crawls import BRISK, VIDEO, look
from tests.support.loopback_site import Answer, Site, open_site
from tests.support.recorded_looks import crawl_and_record, watch, week

PROTECTED = (
    '<body class="single single-post"><article class="post-password-required"><h1>Protected: a clip</h1>'
    '<form action="/wp-login.php?action=postpass" class="post-password-form" method="post">'
    f'<p>This content is password protected.</p><input name="post_password" type="password"></form>{"words " * 400}</article>'
)


def sitemap(site: Site, *paths: str, name: str = "s") -> SourceSpec:
    site.page(f"/map-{name}", f"<urlset>{''.join(f'<url><loc>{path}</loc></url>' for path in paths)}</urlset>", "text/xml")
    return SourceSpec(name, SourceKind.SITEMAP, site.url(f"/map-{name}"))


def each_of(site: Site, paths: Mapping[str, str]) -> dict[str, SourceReport]:
    """One look at a sitemap for each path, by its name: of two pages, of which the other is in order."""
    for name in paths:
        site.page(f"/good-{name}", VIDEO)
    return look(*(sitemap(site, f"/good-{name}", path, name=name) for name, path in paths.items()))[1]


def one(site: Site, path: str) -> SourceReport:
    return each_of(site, {"s": path})["s"]


NOT_THE_PAGE = {
    "protected": (Answer(PROTECTED.encode()), Trouble.PROTECTED, "is protected by a password"),
    "login": (Answer(status=401), Trouble.LOGIN, "answered 401: it wants a login"),
    "closed": (Answer(status=403), Trouble.FORBIDDEN, "answered 403: it does not let us in"),
    "gone": (Answer(status=404), Trouble.GONE, "answered 404: it is gone"),
    "removed": (Answer(status=410), Trouble.GONE, "answered 410: it is gone"),
    "soft": (
        Answer("<title>Page not found – Clip wall</title><h1>Oops! That page can’t be found.</h1>".encode()),
        Trouble.NOT_FOUND,
        "answers with a page that says it was not found",
    ),
    "weich": (
        Answer(b"<title>Filme</title><h1 class=x><b>Seite nicht gefunden</b></h1>"),
        Trouble.NOT_FOUND,
        "answers with a page that says it was not found",
    ),
    "soft-zh": (
        Answer("<title>页面不存在 - 视频</title>".encode("gb18030"), "text/html; charset=gb18030"),
        Trouble.NOT_FOUND,
        "answers with a page that says it was not found",
    ),
    "soft-ja": (
        Answer("<title>ページが見つかりません | 動画</title>".encode()),
        Trouble.NOT_FOUND,
        "answers with a page that says it was not found",
    ),
}


@pytest.fixture(scope="module")
def not_the_page() -> Iterator[tuple[Site, dict[str, SourceReport]]]:
    """A site, and what a look says of each of these on it: a crawl for each would take most of its time to start."""
    with open_site() as site:
        site.routes |= {f"/{name}": answer for name, (answer, _, _) in NOT_THE_PAGE.items()}
        yield site, each_of(site, {name: f"/{name}" for name in NOT_THE_PAGE})


@pytest.mark.parametrize("name", NOT_THE_PAGE)
def test_one_page_that_is_none_is_said_as_what_it_is_and_is_no_trouble_of_its_source(
    not_the_page: tuple[Site, dict[str, SourceReport]], name: str
) -> None:
    (site, reports), (_, trouble, words) = not_the_page, NOT_THE_PAGE[name]
    report = reports[name]
    assert report.reading is Reading.PARTLY
    assert (report.pages, report.due, report.videos) == (2, 3, 1)
    assert report.missed == {trouble.value: 1}
    assert [(each.url, each.words) for each in report.missing] == [(site.url(f"/{name}"), words)]
    assert not report.complete


@pytest.fixture(scope="module")
def after_all() -> dict[str, SourceReport]:
    with open_site() as site:
        for number, html in enumerate(PAGES_AFTER_ALL):
            site.page(f"/p{number}", html)
        return each_of(site, {str(number): f"/p{number}" for number in range(len(PAGES_AFTER_ALL))})


PAGES_AFTER_ALL = (
    "<title>Page not found: a short film | Clip wall</title><h1>Page not found: a short film</h1>",
    "<title>404</title><h1>A number in the dark</h1>",
    "<title>Nothing found in the woods</title>",
    f"<title>News</title><form><input type=password name=p></form><p>{'a long story ' * 300}",
    '<title>Page not found</title><video src="/w.mp4"></video>',
    '<body class="home blog"><h2>A</h2><form class="post-password-form"></form>',
)


@pytest.mark.parametrize("number", range(len(PAGES_AFTER_ALL)))
def test_a_page_is_not_called_absent_lightly(after_all: dict[str, SourceReport], number: int) -> None:
    report = after_all[str(number)]
    assert (report.pages, report.due, report.complete) == (3, 3, True), report.errors


def test_a_page_that_leads_to_the_front_page_is_said_to(site: Site) -> None:
    site.page("/", VIDEO)
    site.redirect("/old-clip", "/")
    report = one(site, "/old-clip")
    assert report.missed == {Trouble.AWAY.value: 1}
    assert report.missing[0].words == f"leads to the front page, {site.url('/')}"


def test_a_page_that_gives_the_front_page_as_its_own_address_is_read_and_noted(site: Site) -> None:
    site.page("/p", '<title>Clips</title><link rel="canonical" href="/"><p>Welcome')
    report = one(site, "/p")
    assert report.complete
    assert report.notes == (
        f"1 page with the front page given as the address, which may not be what was asked for ({site.url('/p')}).",
    )


def test_every_document_is_read_or_missed_for_a_reason(site: Site) -> None:
    for name, (answer, _, _) in NOT_THE_PAGE.items():
        site.routes[f"/{name}"] = answer
    site.page("/good", VIDEO)
    site.file("/picture", b"\x89PNG", "image/png")
    site.page("/robots.txt", "User-agent: *\nDisallow: /closed-to-robots\n", "text/plain")
    names = [f"/{name}" for name in NOT_THE_PAGE]
    spec = sitemap(site, "/good", "/closed-to-robots", "/picture", "http://elsewhere.example/p", *names, "/last", "/beyond")
    report = look(spec, options=replace(BRISK, max_pages=len(names) + 5))[1]["s"]
    assert report.due == report.pages + sum(report.missed.values())
    # The sitemap, its pages, the one on another host; the picture is nothing that should have been read.
    assert report.due == 1 + 1 + 1 + 1 + len(names) + 2
    assert report.missed[Trouble.LIMIT.value] == 1
    assert report.missed[Trouble.ROBOTS.value] == 1
    assert report.missed[Trouble.ELSEWHERE.value] == 1
    assert {each.url for each in report.missing if each.trouble == Trouble.LIMIT.value} == {site.url("/beyond")}


def test_robots_txt_is_obeyed_by_all_requests_that_wait_for_it(site: Site, tmp_path: Path) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /private\n", "text/plain")
    (tmp_path / "tips.txt").write_text("\n".join(site.url(f"/private/{number}") for number in range(12)))
    report = look(SourceSpec("s", SourceKind.INBOX, tmp_path.as_uri()))[1]["s"]
    assert set(site.asked) == {"/robots.txt"}
    assert report.missed == {Trouble.ROBOTS.value: 12}


def test_a_link_to_a_form_to_log_in_is_nothing_that_should_have_been_read(site: Site) -> None:
    site.page("/", '<a href="/wp-login.php">Log in</a><a href="/p">p</a>')
    site.page("/wp-login.php", "<title>Log In</title><input type=password>")
    site.page("/p", f'{VIDEO}<a href="/further">f</a><a href="/p">self</a>')
    report = look(SourceSpec("s", SourceKind.PAGE, site.url("/")))[1]["s"]
    assert (report.complete, report.pages, report.due) == (True, 2, 2)
    assert report.beyond == 1


def test_a_source_is_stale_only_when_nothing_of_it_could_be_read(site: Site, session: Session) -> None:
    site.page("/good", VIDEO)
    site.routes["/closed"] = Answer(PROTECTED.encode())
    spec = sitemap(site, "/good", "/closed")
    watch(session, SourceKind.SITEMAP, spec.url)
    crawl_and_record(session)
    row = week(session)
    assert (row.said, row.complete) == ("partly read", False)
    assert row.last_success is None
    later = datetime.now(UTC)
    (row,) = coverage(session, later - timedelta(days=1), later + STALE_AFTER - timedelta(minutes=1))
    assert not row.stale
    (row,) = coverage(session, later, later + STALE_AFTER + timedelta(minutes=1))
    assert row.stale


def test_a_protected_post_does_not_hide_that_a_site_changed_its_pages(site: Site, session: Session) -> None:
    site.page("/good", VIDEO)
    site.page("/other", "<p>words")
    site.routes["/closed"] = Answer(PROTECTED.encode())
    watch(session, SourceKind.SITEMAP, sitemap(site, "/good", "/other", "/closed").url)
    for _ in range(3):
        crawl_and_record(session)
    site.page("/good", "<title>Clip</title><div class=player data-clip=v></div>")
    crawl_and_record(session)
    last = week(session).last
    assert last is not None
    assert last.troubles == {Trouble.PROTECTED.value: 1, Trouble.MARKUP.value: 1}
    # A site that lets nobody in explains itself.
    site.routes["/good"] = site.routes["/other"] = Answer(status=403)
    crawl_and_record(session)
    last = week(session).last
    assert last is not None
    assert Trouble.MARKUP.value not in last.troubles


def test_files_that_come_and_go_at_every_look_break_nothing(site: Site, session: Session) -> None:
    answers = [Answer(VIDEO.encode()), Answer(status=404)]
    asked: list[int] = []

    def turn() -> Answer:
        asked.append(1)
        return answers[len(asked) % 2]

    site.routes["/p"] = turn
    site.page("/other", VIDEO)
    watch(session, SourceKind.SITEMAP, sitemap(site, "/p", "/other").url)
    shares = [(report.pages, report.due) for _ in range(4) for report in crawl_and_record(session)]
    assert shares == [(2, 3), (3, 3), (2, 3), (3, 3)]
    row = week(session)
    assert (row.said, row.partly, row.runs) == ("read", 2, 4)
