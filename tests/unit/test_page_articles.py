"""Each video of a page is told of with the fields of its own article, whatever system wrote the page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.base import Page
from crawler.sources.page import PageSource
from crawler.types import Discovery
from tests.support.page_templates import HAND_MADE, HEAD, LISTS, SITE, Post, dated_above, flat, page

ZONES = (UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-8)))
NAMES = ("Anna Weiß", "山田 花子", "Олег Петров", "Ben de Vries", "Carla O'Hara")
TITLES = ("Harbour at dawn", "果樹園の朝", "Regatta & rain: a test", "Take <two>", "Сигнал из темноты")
LINKED = tuple(make for make in LISTS if make.__name__ not in ("microdata", "dated_above"))


def read(html: str, url: str = f"{SITE}/") -> dict[str, Discovery]:
    parsed = PageSource("s").parse(Page(url, "text/html; charset=utf-8", html.encode()))
    assert parsed.errors == ()
    return {found.media_url: found for found in parsed.discoveries}


def posts(count: int) -> list[Post]:
    return [
        Post(n, f"{TITLES[n % 5]} {n}", f"{NAMES[n % 5]}", datetime(2026, 3, 1 + n, 8, 30, tzinfo=ZONES[n % 3]))
        for n in range(count)
    ]


@pytest.mark.parametrize("template", LINKED, ids=lambda make: make.__name__)
def test_on_a_page_of_many_each_video_has_the_fields_of_its_own_article(template: Callable[[Post], str]) -> None:
    written = posts(5)
    found = read(page("".join(map(template, written))))
    assert len(found) == 5
    for post in written:
        video = found[post.media]
        assert (video.title, video.uploader, video.published_at, video.page_url) == (
            post.title,
            post.author,
            post.date,
            post.page,
        )


@pytest.mark.parametrize("template", LISTS, ids=lambda make: make.__name__)
def test_a_page_of_one_article_takes_what_its_markup_leaves_out_from_its_head(template: Callable[[Post], str]) -> None:
    post = Post(3, "Harbour at dawn", "Anna Weiß", datetime(2026, 3, 1, 8, 30, tzinfo=UTC), linked=False)
    bare = Post(3, "Harbour at dawn", "", None, linked=False)
    head = (
        '<title>Harbour at dawn – Moving Pictures</title><meta property="og:site_name" content="Moving Pictures">'
        '<meta property="og:title" content="Harbour at dawn"><meta name="author" content="Anna Weiß">'
        f'<link rel="canonical" href="{post.page}"><meta property="article:published_time" content="2026-03-01T09:30:00+01:00">'
    )
    for written in (post, bare):
        video = read(page(template(written), head), post.page)[post.media]
        assert (video.title, video.uploader, video.published_at, video.page_url) == (
            post.title,
            post.author,
            post.date,
            post.page,
        )


@st.composite
def pages(draw: st.DrawFn) -> tuple[list[Post], str]:
    """A page of several articles in one or more systems' markup, any of their fields left out."""
    mixed = draw(st.booleans())
    one = draw(st.sampled_from(LISTS))
    written = []
    body = ""
    for number in range(draw(st.integers(2, 6))):
        post = Post(
            number,
            draw(st.sampled_from((f"Title number {number}", f"題名 {number}", ""))),
            draw(st.sampled_from((f"Author{'ABCDEF'[number]} Someone", ""))),
            draw(st.sampled_from((datetime(2026, 3, 1 + number, tzinfo=draw(st.sampled_from(ZONES))), None))),
            draw(st.booleans()),
        )
        template = draw(st.sampled_from(LISTS)) if mixed else one
        if template in HAND_MADE and not (post.title or post.author or post.date):
            # Nothing at all would tell a reader that it is an article of its own.
            post = replace(post, title=f"Title number {number}")
        written.append(post)
        body += template(post)
    return written, page(body, draw(st.sampled_from((HEAD, HEAD.replace("website", "article"), ""))))


@settings(max_examples=200, deadline=None)
@given(pages())
def test_no_page_makes_a_video_of_two_articles(made: tuple[list[Post], str]) -> None:
    assert_told_apart(*made)


@pytest.mark.parametrize("head", [HEAD, HEAD.replace("website", "article"), ""], ids=("list", "article", "bare"))
def test_what_follows_the_first_video_of_the_only_heading_may_be_of_an_article_without_a_title(head: str) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    for title, author, date, other_author, other_date in product(
        ("Harbour at dawn", ""), ("Anna Weiß", ""), (day, None), ("Ben de Vries", ""), (day + timedelta(days=1), None)
    ):
        if not (title or author or date) or not (other_author or other_date):
            continue
        titled, untitled = Post(0, title, author, date, linked=False), Post(1, "", other_author, other_date, linked=False)
        assert_told_apart([titled, untitled], page(dated_above(titled) + flat(untitled), head))


def test_an_article_that_the_markup_holds_together_keeps_its_name_for_every_video_in_it() -> None:
    body = (
        "<article><h2>Harbour at dawn</h2><video src='/files/0.mp4'></video><p>By Anna Weiß</p>"
        "<video src='/files/1.mp4'></video></article>"
    )
    assert {(video.title, video.uploader) for video in read(page(body, "")).values()} == {("Harbour at dawn", "Anna Weiß")}


def assert_told_apart(written: list[Post], html: str) -> None:
    videos = read(html)
    for post in written:
        found = videos.get(post.media)
        assert found is not None
        others = [other for other in written if other is not post]
        assert found.title not in {other.title for other in others if other.title}
        assert found.uploader not in {other.author for other in others if other.author}
        assert found.published_at not in {other.date for other in others if other.date}
        assert found.page_url not in {other.page for other in others}
