"""Strangers' text made fit to print."""

import tempfile
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.render.glyphs import EMBEDDED, Face, FontCoverage, ascii_only, clusters
from reports.render.plain import (
    JOINERS,
    PLAYED,
    UNSEEN,
    clock,
    day,
    false_matches,
    moment,
    shorten,
    show_unseen,
    size,
    span,
    weight,
)

ANYTHING = st.text(st.characters(exclude_categories=[]))


@given(ANYTHING)
def test_nothing_unseen_is_left_and_nothing_seen_is_lost(text: str) -> None:
    shown = show_unseen(text)
    assert not [c for c in shown if unicodedata.category(c) in UNSEEN]
    seen = [c for c in text if unicodedata.category(c) not in UNSEEN]
    kept = iter(shown)
    assert all(c in kept for c in seen)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\x00", "⟨U+0000⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("a\nb\tc", "a b c"),
        ("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"),
        ("中文 😀", "中文 😀"),
        ("", ""),
    ],
)
def test_the_unseen_is_written_out(text: str, shown: str) -> None:
    assert show_unseen(text) == shown


def test_joiners_may_stay_where_a_program_shapes_the_text() -> None:
    family = "👩\u200d👩\u200d👧"
    assert show_unseen(family, keep=JOINERS) == family
    assert show_unseen(family).count("⟨U+200D⟩") == 2


@given(ANYTHING, st.lists(st.text(max_size=3), max_size=3))
def test_clusters_are_the_text_again(text: str, more: list[str]) -> None:
    assert "".join(clusters(text)) == text
    assert all(not unicodedata.category(part[0]).startswith("M") for part in list(clusters(text))[1:])


@given(ANYTHING)
def test_without_any_font_the_embedded_serif_has_all_that_is_printed(text: str) -> None:
    bare = FontCoverage([])
    assert {ord(c) for c in bare.printable(text)} <= EMBEDDED
    assert {ord(c) for c in ascii_only(text)} <= EMBEDDED
    assert bare.families == ("Libertinus Serif",)


def test_fonts_that_are_broken_or_unwanted_cover_nothing(tmp_path: object) -> None:
    faces = [
        Face("Noto Sans", "/nowhere/at/all.ttf", 0, 400, "normal"),
        Face("Noto Color Emoji", "/nowhere/emoji.ttf", 0, 400, "normal"),
        Face("Some Display Font", "/nowhere/display.ttf", 0, 400, "normal"),
    ]
    coverage = FontCoverage(faces)
    assert coverage.printable("中") == "⟨U+4E2D⟩"
    assert coverage.families == ("Libertinus Serif", "Noto Sans")


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0x4E00, 0x9FFF) | st.integers(0x20000, 0x2A6DF), min_size=1), st.booleans())
def test_a_font_shows_what_its_table_maps_and_nothing_else(drawn: set[int], beyond: bool) -> None:
    drawn = drawn if beyond else {point for point in drawn if point < 0x10000} | {0x4E2D}
    names = {point: f"drawn{point:X}" for point in drawn}
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", *names.values()])
    made.setupCharacterMap(names)
    made.setupGlyf({name: Glyph() for name in (".notdef", *names.values())})
    made.setupHorizontalMetrics(dict.fromkeys((".notdef", *names.values()), (500, 0)))
    made.setupHorizontalHeader()
    with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
        made.save(file.name)
        coverage = FontCoverage([Face("Noto Sans", file.name, 0, 400, "normal")])
        for point in {near for one in drawn for near in (one - 1, one, one + 1)}:
            assert coverage.printable(chr(point)) == (chr(point) if point in drawn else f"⟨U+{point:04X}⟩")


def test_one_cut_of_a_cjk_font_is_enough() -> None:
    faces = [Face(f"Noto Sans CJK {cut}", "/nowhere.ttc", 0, 400, "normal") for cut in ("HK", "JP", "KR", "SC", "TC")]
    assert FontCoverage(faces).families == ("Libertinus Serif", "Noto Sans CJK SC")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00.0"), (5.24, "0:05.2"), (59.96, "1:00.0"), (3723.4, "1:02:03.4"), (-1, "0:00.0")]
)
def test_a_time_in_a_video(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_a_span_names_both_ends() -> None:
    assert span(2.9, 66.9) == "0:02.9 – 1:06.9"


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (0, "fewer than 0.01 in 1,000 videos"),
        (0.004, "fewer than 0.01 in 1,000 videos"),
        (0.05, "about 0.05 in 1,000 videos"),
        (0.31, "about 0.3 in 1,000 videos"),
        (12.4, "about 12 in 1,000 videos"),
    ],
)
def test_expected_false_matches_in_words(expected: float, words: str) -> None:
    assert false_matches(expected) == words


def test_times_are_said_in_utc() -> None:
    at = datetime(2026, 11, 20, 1, 30, tzinfo=timezone(timedelta(hours=3)))
    assert moment(at) == "19 November 2026, 22:30 UTC"
    assert day(at.astimezone(UTC)) == "19 November 2026"


def test_short_texts_stay_and_long_ones_say_that_they_were_cut() -> None:
    assert shorten("abc", 3) == "abc"
    assert shorten("abcd", 3) == "ab…"


@pytest.mark.parametrize(("count", "words"), [(12, "12 bytes"), (1500, "1.5 kB"), (2_000_000, "2.0 MB"), (3 * 10**9, "3.0 GB")])
def test_sizes_for_people(count: int, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (
            1234.5,
            "Likelihood ratio 1,200: such a score is about 1,200 times as likely if the appearance shows the subject as if it",
        ),
        (3.49, "Likelihood ratio 3.4: such a score is about 3.4 times as likely if the appearance shows the subject"),
        (
            0.05,
            "Likelihood ratio 0.05: such a score speaks against the subject; it is about 20 times as likely if it shows somebody",
        ),
    ],
)
def test_a_likelihood_ratio_names_both_propositions_and_the_bound(ratio: float, said: str) -> None:
    words = weight(ratio, 5_099.0, ())
    assert words.startswith(said)
    assert "shows somebody else" in words
    assert words.endswith("Bounded by the data: no more than 5,000 is ever said.")


def test_where_no_ratio_was_fitted_it_is_said_why_there_is_none() -> None:
    assert "none was fitted and tested for this pack and modality" in weight(None, None, ("alike",))
    assert "the person who plays the character" in weight(None, None, (PLAYED,))
