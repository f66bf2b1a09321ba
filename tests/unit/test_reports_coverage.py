"""The words in which a report says what it looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.health import SourceCoverage
from crawler.types import Missing, Reach, Share, SourceKind, SourceReport, Trouble
from reports.render.coverage import missing_words, reach_lines, source_words, summary, warnings

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
REACH = Reach(10, oldest=datetime(2026, 11, 3, tzinfo=UTC))


def look(pages: int, missed: dict[str, int] | None = None, **more: object) -> SourceReport:
    missed = missed or {}
    due = pages + sum(missed.values())
    report = SourceReport("s", NOW, NOW, pages, 5, complete=not missed, due=due, missed=missed)
    return replace(report, **more)  # type: ignore[arg-type]


def source(last: SourceReport | None, kind: SourceKind = SourceKind.FEED, **more: object) -> SourceCoverage:
    known = SourceCoverage("s", "Wall", kind, "https://x.example/feed", int(last is not None), False, None, 0, 0, (), last=last)
    return replace(known, **more)  # type: ignore[arg-type]


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_promise_6_a_share_is_100_only_where_nothing_is_missing(read: int, missing: int) -> None:
    percent = Share(read, read + missing).percent
    assert percent is not None
    assert 0 <= percent <= 100
    assert (percent == 100) == (missing == 0)


def test_one_protected_page_is_one_page() -> None:
    url = "https://x.example/p"
    protected = {Trouble.PROTECTED.value: 1}
    last = look(211, protected, missing=(Missing(url, Trouble.PROTECTED.value, "is protected by a password"),))
    said = source_words(source(last, SourceKind.SITEMAP))
    assert said.said == "Partly read: 211 of 212 pages (99.5%), 5 videos"
    assert "Not read: 1 protected by a password." in said.lines
    assert not any("Stale" in line for line in said.lines)
    (kind,) = missing_words([last])
    assert (kind.heading, kind.listed, kind.more) == ("1 page protected by a password", ((url, ""),), 0)
    others = [source(last), source(look(216)), source(look(0))]
    assert summary(others) == "3 of 3 sources read, 1 of them in part; 427 of 428 pages (99.7%)."


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        (REACH, "The newest 10 entries, back to 3 November 2026; what is older was not looked at through it."),
        (
            replace(REACH, more=True),
            "The newest 10 entries, back to 3 November 2026; it has older ones, which were not looked at",
        ),
        (replace(REACH, more=True, total=60), "The newest 10 of 60 entries, back to 3 November 2026; it has older ones"),
        (replace(REACH, more=False, whole=True), "All 10 entries that it holds, back to 3 November 2026."),
        (
            replace(REACH, joined=True, since=datetime(2020, 1, 1, tzinfo=UTC)),
            "The newest 10 entries, back to 3 November 2026; older ones, back to 1 January 2020, were listed at earlier looks; "
            "what is older still was not looked at through it.",
        ),
        (
            replace(REACH, joined=True, whole=True, since=datetime(2020, 1, 1, tzinfo=UTC)),
            "older ones, back to 1 January 2020, were listed at earlier looks, to the end of what it held.",
        ),
        (Reach(3, undated=3), "The newest 3 entries; what is older was not looked at through it."),
        (Reach(0), "It listed nothing at this look."),
    ],
)
def test_promise_6_a_feed_says_how_far_it_reaches(reach: Reach, said: str) -> None:
    assert said in " ".join(reach_lines(reach))


def test_a_sitemap_of_the_same_host_is_named_beside_a_feed_that_does_not_reach_far() -> None:
    feed = source(look(11, reach=REACH))
    beside = source(look(69), SourceKind.SITEMAP, name="Map", url="https://www.x.example/map")
    elsewhere = replace(beside, name="Other", url="https://y.example/map")
    lines = source_words(feed, [feed, beside, elsewhere]).lines
    assert [line for line in lines if "sitemap" in line] == [
        "The sitemap of the same host was looked at, too (Map): 69 of 69 pages read."
    ]
    assert any("Only the newest entries" in line for line in warnings([feed]))


def test_a_gap_is_named_with_both_moments() -> None:
    gap = (NOW - timedelta(days=7), NOW)
    lines = source_words(source(look(11), gaps=(gap,))).lines
    assert any("17 November 2026, 17:00 UTC" in line and "24 November 2026, 17:00 UTC" in line for line in lines)


def test_a_page_that_two_sources_lead_to_is_listed_and_counted_once_and_long_lists_are_cut_with_a_count() -> None:
    gone = Trouble.GONE.value
    named = tuple(Missing(f"https://x.example/{number}", gone, "answered 404: it is gone") for number in range(20))
    kinds = missing_words([look(1, {gone: 50}, missing=named), look(1, {gone: 1}, missing=named[:1])])
    assert [(kind.heading, len(kind.listed), kind.more) for kind in kinds] == [("50 pages gone", 10, 40)]


def test_a_look_from_before_pages_were_counted_says_that_it_is_not_known_how_many_there_were() -> None:
    old = SourceReport("s", NOW, NOW, 4, 3, complete=False, errors=("https://x.example/2 answered 503.",))
    said = source_words(source(old))
    assert said.said == "Partly read: 4 pages, 3 videos; how much there was to read is not known"
    assert "https://x.example/2 answered 503." in said.lines


def test_a_source_whose_own_address_fails_is_not_read() -> None:
    last = look(0, {Trouble.GONE.value: 1}, missing=(Missing("https://x.example/feed", "gone", "answered 404: it is gone"),))
    said = source_words(source(last, unread=1))
    assert (said.said, said.lines[-1]) == ("Not read", "It answered 404: it is gone.")
    assert summary([source(last, unread=1)]) == "0 of 1 source read; 0 of 1 page (0%)."
