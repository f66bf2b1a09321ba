"""Emoji that no font shows are named, and nothing else is."""

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from hypothesis import given
from hypothesis import strategies as st

from reports.render.emoji import name_emoji
from reports.render.glyphs import Face, FontCoverage, ascii_only


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("so \U0001f602", "so [face with tears of joy]"),
        ("\U0001f525\U0001f525\U0001f525!", "[fire ×3]!"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "[man, woman, girl]"),
        ("\U0001f44d\U0001f3fd", "[thumbs up sign, medium skin tone]"),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", "[flag DE][flag FR]"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "[flag gbsct]"),
        ("1\ufe0f\u20e3", "[keycap 1]"),
        ("\u2764\ufe0f", "[heavy black heart]"),
        ("\U0001f3ff", "[dark skin tone]"),
        ("魔法 مرحبا abc 123 #tag*", "魔法 مرحبا abc 123 #tag*"),
    ],
)
def test_an_emoji_is_named(text: str, named: str) -> None:
    assert name_emoji(text, lambda _: False) == named


def test_what_a_font_shows_stays_without_the_mark_for_colours() -> None:
    assert name_emoji("a \u2764\ufe0f\u2764\ufe0f \U0001f602", lambda letter: letter == "\u2764") == (
        "a \u2764\u2764 [face with tears of joy]"
    )


def test_without_any_font_no_emoji_becomes_a_number() -> None:
    for shown in (FontCoverage([]).printable, ascii_only):
        assert shown("hi \U0001f602 \U0001f468\u200d\U0001f469") == "hi [face with tears of joy] [man, woman]"
        assert shown("x\u200d\U000e0067") == "x⟨U+200D⟩⟨U+E0067⟩"


@given(st.text(st.characters(max_codepoint=0x1FFF)))
def test_letters_stay_as_they_are(text: str) -> None:
    assert name_emoji(text, lambda _: True) == text


TAGS = "".join(map(chr, range(0xE0020, 0xE0080)))


def a_font(path: Path, letters: str) -> Path:
    """A font with an empty picture of each of the letters."""
    names = [".notdef", *(f"u{ord(letter):X}" for letter in letters)]
    font = FontBuilder(1000)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(letter): f"u{ord(letter):X}" for letter in letters})
    font.setupGlyf({name: Glyph() for name in names})
    font.setupHorizontalMetrics(dict.fromkeys(names, (500, 0)))
    font.setupHorizontalHeader()
    font.setupPost()
    font.save(path)
    return path


def test_an_emoji_font_draws_what_it_has_and_the_rest_is_named(tmp_path: Path) -> None:
    path = a_font(tmp_path / "emoji.ttf", "\U0001f525\U0001f468\U0001f467\u200d\U0001f3f4" + TAGS)
    coverage = FontCoverage([Face("Noto Color Emoji", str(path), 0, 400, "normal")])
    assert coverage.families == ("Libertinus Serif", "Noto Color Emoji")
    family, scotland, unknown = "\U0001f468\u200d\U0001f467", _flag("gbsct"), _flag("spam")
    for whole in ("\U0001f525", family, scotland):
        assert coverage.printable(f"a {whole}!") == f"a {whole}!"
    assert coverage.printable(f"{unknown} \U0001f602 x\u200dy") == "[flag spam] [face with tears of joy] x⟨U+200D⟩y"


def _flag(tags: str) -> str:
    return "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in tags) + "\U000e007f"
