"""The judge of `python -m benchmarks content-system`: what counts as right, wrong, missing, and what the tables are asked."""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.content_system.comparing import MISSING, RIGHT, SITE_NAME, WRONG, judged
from benchmarks.content_system.recorded import Recorded, Statement, one_address
from benchmarks.content_system.truth import Change, Embed, TruePage, TrueVideo, Truth, read_truth, write_truth
from monitor.workspace import init_workspace

VIDEO = "http://127.0.0.1/a.mp4"
AT = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
PAGE = TruePage("http://127.0.0.1/a/", "a", "How “it” was – made", "山田 花子", AT, ("block",), (VIDEO,), {VIDEO: ["a"]})


def said(title: str = "", uploader: str = "", at: datetime | None = None) -> Statement:
    return Statement(VIDEO, VIDEO, PAGE.url, "page", title, uploader, at)


def test_a_title_is_right_whatever_its_quotation_marks_and_no_other_words() -> None:
    assert judged("title", said('How "it" was - made'), PAGE, VIDEO) == RIGHT
    assert judged("title", said("a"), PAGE, VIDEO) == RIGHT
    assert judged("title", said("How “it” was – made – Site"), PAGE, VIDEO) == SITE_NAME
    assert judged("title", said("Watch here"), PAGE, VIDEO) == WRONG
    assert judged("title", said(), PAGE, VIDEO) == MISSING


def test_another_author_or_moment_is_wrong_and_none_is_missing() -> None:
    assert judged("author", said(uploader="山田 花子"), PAGE, VIDEO) == RIGHT
    assert judged("author", said(uploader="Visitor 1"), PAGE, VIDEO) == WRONG
    assert judged("author", said(), PAGE, VIDEO) == MISSING
    assert judged("date", said(at=AT), PAGE, VIDEO) == RIGHT
    assert judged("date", said(at=AT.replace(hour=12)), PAGE, VIDEO) == WRONG
    assert judged("date", said(), PAGE, VIDEO) == MISSING


def test_a_number_that_a_player_adds_makes_no_other_file() -> None:
    assert one_address("http://127.0.0.1/a.mp4?_=12") == VIDEO
    assert one_address("http://127.0.0.1/a.mp4?v=12") != VIDEO


def test_truth_is_read_as_it_was_written(tmp_path: Path) -> None:
    video = TrueVideo(VIDEO, "a", "0" * 64, True)
    embed, change = Embed("http://127.0.0.9/x", "gif", (PAGE.url,)), Change("nothing", "unchanged", VIDEO)
    truth = Truth(2, "http://127.0.0.1", "f", "s", (video,), (PAGE,), (), (embed,), {"http://127.0.0.1/": [VIDEO]}, (change,))
    write_truth(truth, tmp_path / "truth.json")
    assert read_truth(tmp_path / "truth.json") == truth


def test_what_is_asked_of_the_database_fits_its_tables(tmp_path: Path) -> None:
    init_workspace(tmp_path / "work")
    recorded = Recorded(tmp_path / "work")
    asked = (recorded.media_urls, recorded.captured, recorded.statements, recorded.looks, recorded.matches, recorded.cases)
    assert not any(ask() for ask in asked)
    assert not list(recorded.told_of_sources())
    assert isinstance(recorded.everything(), str)
    recorded.close()
