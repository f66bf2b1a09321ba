"""Is a captured video still there? What looks at its addresses find, in words that a letter may rest on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, create_engine, select

from crawler.availability import Address, Availability, Change, Look, LookOutcome, State, availability, change, judged, page_looks
from crawler.capture import CaptureOutcome, CaptureTools, capture_video
from crawler.fetch.base import Exchange
from crawler.fetch.http import HttpFetcher
from crawler.guard import GuardPolicy
from crawler.health import SourceRow
from crawler.pages import PageOfVideo, pages_of, record_discovery
from crawler.recheck import UNTOLD, look_again, page_finding
from crawler.types import Discovery, SourceKind, TakenBy
from crawler.videos import Capture, Video
from registry.vault.local import LocalVault
from tests.support.loopback_site import Answer, Site, open_site
from tests.support.new_database import new_database

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VIDEO = b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + bytes(range(256)) * 40
OTHER = VIDEO[::-1].replace(VIDEO[:24][::-1], b"") + b"other"
OTHER = VIDEO[:24] + OTHER


class Watch:
    """One captured video with a page, and a clock that each look moves on by an hour."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.site = site
        self.engine = new_database(folder / "semblance.db")
        self.vault = LocalVault(folder / "vault")
        self.fetcher = HttpFetcher(GuardPolicy.allowing("127.0.0.0/8"))
        self.at = AT
        with Session(self.engine) as session:
            source = SourceRow(name="a feed", kind=SourceKind.FEED, url="https://example.org/feed")
            session.add(source)
            session.commit()
            self.source_id = source.id
        self.media = site.file("/media/clip.mp4", VIDEO)
        self.page = site.page("/post", '<article><h1>A post</h1><video src="/media/clip.mp4"></video></article>')
        self.video = self.found(self.page, own=True)
        self.look()

    def found(self, page: str, title: str = "A post", own: bool = False) -> str:
        with Session(self.engine) as session:
            said = Discovery(self.source_id, self.media, page, title, own=own)
            identity = record_discovery(session, said, self.at).id
            session.commit()
            return identity

    def look(self) -> CaptureOutcome:
        self.at += timedelta(hours=1)
        hands = (self.engine, self.vault, self.fetcher, self.video)
        tried = capture_video(*hands, operator="clerk", at=self.at, tools=CaptureTools())
        if self.at == AT + timedelta(hours=1):
            return tried
        return look_again(self.engine, self.fetcher, tried, at=self.at, since=self.at)

    def first(self) -> Availability:
        with Session(self.engine) as session:
            capture = session.exec(select(Capture).order_by(Capture.captured_at)).first()
            assert capture is not None
            return availability(session, capture)

    def pages(self) -> dict[str, tuple[LookOutcome, str]]:
        with Session(self.engine) as session:
            return {url: (look.outcome, look.why) for url, look in page_looks(session, self.video).items()}


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


@pytest.fixture
def watch(tmp_path: Path, site: Site) -> Iterator[Watch]:
    made = Watch(tmp_path, site)
    yield made
    made.engine.dispose()


def test_what_was_only_captured_was_not_looked_at_since(watch: Watch) -> None:
    assert watch.first().state is State.NOT_LOOKED
    assert watch.look().unchanged
    assert (watch.first().state, watch.first().at) == (State.SEEN, watch.at)
    assert watch.pages() == {watch.page: (LookOutcome.SEEN, "")}


def test_a_removed_file_is_gone_and_then_back(watch: Watch) -> None:
    kept = watch.site.routes.pop("/media/clip.mp4")
    outcome = watch.look()
    assert outcome.change is Change.GONE
    seen = watch.first()
    assert (seen.state, seen.since, seen.last_seen_at) == (State.GONE, watch.at, AT + timedelta(hours=1))
    assert "answered 404" in seen.why
    assert watch.look().change is None  # gone already; nothing new to tell
    assert watch.first().since == seen.since
    watch.site.routes["/media/clip.mp4"] = kept
    assert watch.look().change is Change.BACK
    assert watch.first().state is State.SEEN


def test_other_bytes_in_its_place_are_captured_and_the_first_ones_are_replaced(watch: Watch) -> None:
    watch.site.file("/media/clip.mp4", OTHER)
    outcome = watch.look()
    assert (outcome.new, outcome.change) == (True, Change.REPLACED)
    assert watch.first().state is State.REPLACED
    # The look after finds the other bytes unchanged: for the first ones that means the same as before.
    assert watch.look().change is None
    assert watch.first().state is State.REPLACED
    watch.site.file("/media/clip.mp4", VIDEO)
    assert watch.look().change is Change.REPLACED
    assert watch.first().state is State.SEEN


@pytest.mark.parametrize(
    ("answer", "state", "why"),
    [
        (Answer(status=503), State.UNREACHABLE, "answered 503"),
        (Answer(status=403), State.UNREACHABLE, "answered 403"),
        (Answer(status=410), State.GONE, "answered 410"),
        (Answer(b"<html><h1>Page not found</h1></html>"), State.GONE, "is no video but a web page"),
        (Answer(b'<html><form><input type="password"></form></html>'), State.UNREACHABLE, "it wants a login"),
        (Answer(b"<html>" + b" " * 5000 + b'<div class="g-recaptcha">'), State.UNREACHABLE, "captcha"),
        (Answer(b"", "video/mp4"), State.UNREACHABLE, "is empty"),
        (Answer(b"<html><h1>Down for maintenance</h1></html>"), State.UNREACHABLE, "is no video but a web page"),
        (Answer(b'{"error": "try again"}', "application/json"), State.UNREACHABLE, "is no video but JSON data"),
        (Answer(status=302, headers={"Location": "/"}), State.GONE, "is no video but a web page"),
    ],
)
def test_only_a_clear_answer_means_that_a_video_is_gone(watch: Watch, answer: Answer, state: State, why: str) -> None:
    watch.site.page("/", "<html><h1>Welcome</h1></html>")
    watch.site.routes["/media/clip.mp4"] = answer
    watch.look()
    assert watch.first().state is state
    assert why in watch.first().why


def test_what_we_have_no_tool_for_is_not_gone(watch: Watch) -> None:
    with Session(watch.engine) as session:
        video = session.get_one(Video, watch.video)
        video.via = TakenBy.YTDLP
        session.add(video)
        session.commit()
    watch.look()
    assert watch.first().state is State.UNREACHABLE


def test_trouble_in_between_is_no_change(watch: Watch) -> None:
    kept = watch.site.routes["/media/clip.mp4"]
    for answer, told in ((Answer(status=503), None), (kept, None), (Answer(status=404), Change.GONE), (Answer(status=500), None)):
        watch.site.routes["/media/clip.mp4"] = answer
        assert watch.look().change is told
    watch.site.routes["/media/clip.mp4"] = kept
    assert watch.look().change is Change.BACK


def test_a_site_that_ignores_conditions_is_not_read_to_the_end(watch: Watch) -> None:
    size = len(VIDEO)
    watch.site.routes["/media/clip.mp4"] = Answer(OTHER[:size], "video/mp4", headers={"ETag": '"1"'})
    watch.look()
    taken = watch.first().state
    watch.site.routes["/media/clip.mp4"] = Answer(b"x" * 10, "video/mp4", headers={"ETag": '"1"'}, length=size)
    # Ten bytes of what would be another video are never asked for: the site vouches for what it sent before.
    assert watch.look().unchanged
    assert taken is State.REPLACED


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


digests = st.sampled_from(["a" * 64, "b" * 64])


def test_a_report_of_the_past_names_no_look_that_was_not_made() -> None:
    """Looks that gave the same are one row, from the first to the last; those in between are only counted."""
    day = timedelta(days=1)
    seen = {"video_id": "v", "address": Address.MEDIA, "url": "u", "outcome": LookOutcome.SEEN, "media_sha256": "a" * 64}
    looks = [Look(**seen, first_at=AT + day, at=AT + 30 * day, looks=2)]
    then = judged(looks, "a" * 64, AT, AT + 7 * day)
    assert (then.state, then.at, then.last_seen_at) == (State.SEEN, AT + day, AT + day)
    # The capture itself may be the first of them.
    looks = [Look(**seen, first_at=AT, at=AT + 30 * day, looks=3)]
    then = judged(looks, "a" * 64, AT, AT + 7 * day)
    assert (then.state, then.at) == (State.SEEN, AT)


answers = st.one_of(digests, st.sampled_from([LookOutcome.GONE, LookOutcome.UNREACHABLE]))


@given(st.lists(answers, max_size=12))
def test_what_is_said_of_bytes_is_what_the_last_look_saw(answered: list[str]) -> None:
    looks: list[Look] = []
    for hour, answer in enumerate(answered, 1):
        seen = answer not in list(LookOutcome)
        look = Look(
            video_id="v",
            address=Address.MEDIA,
            url="u",
            outcome=LookOutcome.SEEN if seen else LookOutcome(answer),
            media_sha256=answer if seen else None,
            first_at=AT + timedelta(hours=hour),
            at=AT + timedelta(hours=hour),
        )
        told = change(looks, look)
        assert told is None or look.outcome is not LookOutcome.UNREACHABLE
        looks.append(look)
    found = judged(looks, "a" * 64, AT)
    expected = {
        None: State.NOT_LOOKED,
        "a" * 64: State.SEEN,
        "b" * 64: State.REPLACED,
        LookOutcome.GONE: State.GONE,
        LookOutcome.UNREACHABLE: State.UNREACHABLE,
    }
    assert found.state is expected[answered[-1] if answered else None]
    if found.state is State.SEEN:
        assert found.last_seen_at == looks[-1].at
    # As of an earlier moment it says what was true then.
    then = judged(looks, "a" * 64, AT, AT + timedelta(hours=len(answered) // 2))
    earlier = answered[: len(answered) // 2]
    assert then.state is expected[earlier[-1] if earlier else None]


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
