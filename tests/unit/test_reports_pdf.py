"""The PDF survives any text, shows what it can, and takes no orders from data."""

import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.errors import RenderFailed
from reports.render.glyphs import EMBEDDED
from reports.render.pdf import coverage, render_pdf
from tests.support.pdf_text import text_of

AT = datetime(2026, 11, 20, tzinfo=UTC)
SCRATCH = Path(tempfile.gettempdir())
ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=60)


def specimen(*lines: str) -> bytes:
    return render_pdf("specimen", {"title": "A specimen", "lines": lines}, {}, AT, SCRATCH)


@settings(max_examples=20, deadline=None)
@given(st.lists(ANYTHING, max_size=20))
def test_any_text_makes_a_pdf(lines: list[str]) -> None:
    assert specimen(*lines).startswith(b"%PDF-1.7")


AWKWARD = ["\u0301", "\u0600", "ก", "ำ", "क्ष", "\u200d", "👩", "\ufe0f", "中", "ש", "ﷺ", "한", "\u1160", "\u3164", "a", " "]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from(AWKWARD), max_size=8), max_size=20))
def test_marks_joiners_and_fillers_in_any_order_make_a_pdf(lines: list[list[str]]) -> None:
    assert specimen(*("".join(line) for line in lines)).startswith(b"%PDF-1.7")


def test_the_embedded_serif_shows_all_that_is_claimed_of_it() -> None:
    every = "".join(chr(point) for point in sorted(EMBEDDED))
    content = render_pdf("specimen", {"title": "A specimen", "lines": [every], "fonts": ["Libertinus Serif"]}, {}, AT, SCRATCH)
    # The first and best attempt: had one character had no glyph, a plainer one would have been made.
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content


def test_data_is_printed_and_never_obeyed(tmp_path: Path) -> None:
    text = '#panic("no") #sys.inputs *b* _i_ $x^2$ `raw` <label> @ref https://a.example // c \\ #read("/etc/passwd")'
    words = text_of(specimen(text), tmp_path)
    assert re.sub(r"\s+", "", text) in re.sub(r"\s+", "", words)


def test_the_unseen_and_the_uncovered_are_written_out(tmp_path: Path) -> None:
    words = text_of(specimen("a\u202eb \U000130b8 \ue000"), tmp_path)
    for point in ("⟨U+202E⟩", "⟨U+130B8⟩", "⟨U+E000⟩"):
        assert point in words


def test_chinese_is_shown_where_a_font_has_it_and_written_out_otherwise(tmp_path: Path) -> None:
    covered = any("CJK" in family or "Han" in family or "WenQuanYi" in family for family in coverage().families)
    assert ("中" if covered else "⟨U+4E2D⟩") in text_of(specimen("中"), tmp_path)


def test_a_template_that_fails_is_our_error() -> None:
    with pytest.raises(RenderFailed, match="specimen"):
        render_pdf("specimen", {}, {}, AT, SCRATCH)


def test_the_same_data_gives_the_same_bytes() -> None:
    assert specimen("same") == specimen("same")
