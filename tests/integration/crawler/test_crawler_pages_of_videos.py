"""What each page says of a video, and what became of each: a video has all its pages."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, create_engine

from crawler.availability import LookOutcome, State
from crawler.fetch.base import Exchange
from crawler.health import SourceRow
from crawler.pages import PageOfVideo, pages_of, record_discovery
from crawler.recheck import UNTOLD, page_finding
from crawler.types import Discovery, SourceKind
from tests.support.loopback_site import Answer
from tests.support.watched_video import AT, Watch


def test_a_page_that_shows_the_video_no_more_is_said_and_the_video_stays(watch: Watch) -> None:
    watch.site.page("/post", "<article><h1>A post</h1><p>The video was taken down.</p></article>")
    watch.look()
    assert watch.first().state is State.SEEN
    (outcome, why) = watch.pages()[watch.page]
    assert outcome is LookOutcome.GONE
    assert "does not show the video any more" in why


@pytest.mark.parametrize(
    ("answer", "outcome", "why"),
    [
        (Answer(status=404), LookOutcome.GONE, "answered 404"),
        (Answer(status=302, headers={"Location": "/"}), LookOutcome.GONE, "leads to the front page"),
        (Answer(b"<title>Page not found - Site</title><h1>Sorry</h1>"), LookOutcome.GONE, "says it was not found"),
        (Answer(b"<title>Just a moment...</title>"), LookOutcome.UNREACHABLE, "captcha"),
        (Answer(b'<form><input type="password" name="post_password"></form>'), LookOutcome.UNREACHABLE, "wants a login"),
        (Answer(status=500), LookOutcome.UNREACHABLE, "answered 500"),
        (Answer(b'<script>play({"file":"\\/media\\/clip.mp4"})</script>'), LookOutcome.SEEN, ""),
        (Answer(b'<p>Taken down.</p><img src="/media/clip.mp4.jpg">'), LookOutcome.GONE, "does not show the video any more"),
        (Answer(b'<p>Taken down.</p><a href="/media/clip.mp4?id=2">2</a>'), LookOutcome.SEEN, ""),
    ],
)
def test_each_page_says_for_itself_what_became_of_it(watch: Watch, answer: Answer, outcome: LookOutcome, why: str) -> None:
    watch.site.page("/", "<html><h1>Welcome</h1></html>")
    watch.site.routes["/post"] = answer
    watch.look()
    assert watch.pages()[watch.page][0] is outcome
    assert why in watch.pages()[watch.page][1]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'<a href="/watch.php?id=7">Another</a>', LookOutcome.GONE),
        (b'<a href="/watch.php?id=51">Another</a>', LookOutcome.GONE),
        (b'<script>play("/watch.php?id=5")</script>', LookOutcome.SEEN),
        (b'<div data-file="https://a.example/watch.php?id=5&amp;hd=1"></div>', LookOutcome.SEEN),
    ],
)
def test_a_page_shows_no_video_by_naming_another_of_the_same_script(body: bytes, outcome: LookOutcome) -> None:
    url = "https://a.example/post"
    exchange = Exchange(url, url, (), "127.0.0.1:443", 200, {}, {"content-type": "text/html"})
    media = "https://a.example/watch.php?id=5" + ("&hd=1" if b"hd=1" in body else "")
    assert page_finding(exchange, body, media, was_read=True).outcome is outcome


def test_a_page_that_never_showed_the_video_in_its_markup_is_not_said_to_have_lost_it(watch: Watch) -> None:
    other = watch.site.page("/by-script", "<div id=app></div>")
    watch.found(other, "Said by a feed")
    watch.look()
    assert watch.pages()[other] == (LookOutcome.SEEN, UNTOLD)


def titles(pages: tuple[PageOfVideo, ...]) -> dict[str, str]:
    return {page.url: page.title for page in pages}


def test_every_page_of_a_video_keeps_its_own_words(watch: Watch) -> None:
    second = watch.site.page("/second", '<h1>Second post</h1><video src="/media/clip.mp4"></video>')
    watch.found(second, "Second post", own=True)
    watch.found(watch.page, "What a feed calls it")
    watch.at += timedelta(hours=1)
    watch.found(watch.page, "A post, renamed", own=True)
    with Session(watch.engine) as session:
        pages = pages_of(session, watch.video)
        before = pages_of(session, watch.video, AT + timedelta(hours=1))
    assert titles(pages) == {watch.page: "A post, renamed", second: "Second post"}
    assert pages[0].earlier_titles == ("A post",)
    assert titles(before)[watch.page] == "A post"


def test_an_author_and_a_date_that_a_page_names_no_more_are_not_its_words_now(watch: Watch) -> None:
    def read(uploader: str, published: datetime | None) -> PageOfVideo:
        watch.at += timedelta(hours=1)
        with Session(watch.engine) as session:
            said = Discovery(watch.source_id, watch.media, watch.page, "A post", "", uploader, published, own=True)
            record_discovery(session, said, watch.at)
            session.commit()
            return pages_of(session, watch.video)[0]

    assert (read("Ann", AT).uploader, read("Ann", AT).published_at) == ("Ann", AT)
    now = read("", None)
    assert (now.title, now.uploader, now.published_at) == ("A post", "", None)
    assert read("Ben", AT).uploader == "Ben"


pages = st.sampled_from(["", "/a", "/b", "/c"])


@given(st.lists(st.tuples(pages, st.sampled_from(["", "x", "y"]), st.booleans()), max_size=12))
@settings(max_examples=40, deadline=None)
def test_a_videos_own_row_says_what_the_page_that_stands_for_it_says(said: list[tuple[str, str, bool]]) -> None:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        source = SourceRow(name="a feed", kind=SourceKind.FEED, url="https://example.org/feed")
        session.add(source)
        session.flush()
        for hour, (page, title, own) in enumerate(said):
            url = f"https://a.example{page}" if page else None
            found = Discovery(source.id, "https://a.example/clip.mp4", url, title, own=own and bool(page))
            video = record_discovery(session, found, AT + timedelta(hours=hour // 2))
        if said:
            first, *others = pages_of(session, video.id)
            spare = next((page.title for page in others if not page.url), "")
            assert (video.page_url or "", video.title) == (first.url, first.title or spare)


def test_of_very_many_pages_a_look_takes_those_that_waited_longest_and_in_time_all(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.recheck.MOST_PAGES", 2)
    for number in range(4):
        watch.found(watch.site.page(f"/of/{number}", '<video src="/media/clip.mp4"></video>'), f"Post {number}")
    looked_at = set()
    for _ in range(3):
        watch.site.asked.clear()
        watch.look()
        asked = {path for path in watch.site.asked if path.startswith(("/of/", "/post"))}
        assert len(asked) == 2
        looked_at |= asked
    assert looked_at == {"/post", *(f"/of/{number}" for number in range(4))}


def test_a_front_page_without_authors_takes_none_from_what_another_page_says(watch: Watch) -> None:
    other = watch.site.url("/told-of")
    with Session(watch.engine) as session:
        for author, hour in (("The Night Desk", 1), ("", 2)):
            said = Discovery(watch.source_id, watch.media, other, "In our own player", "", author)
            record_discovery(session, said, AT + timedelta(hours=hour))
        session.commit()
        pages = {page.url: page.uploader for page in pages_of(session, watch.video)}
    assert pages[other] == "The Night Desk"
