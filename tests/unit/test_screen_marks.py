"""Which words on screen are a generator's mark or an AI label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.text.marks import GENERATORS, LONGEST, MarkKind, marks_in


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_is_known_by_its_mark(name: str) -> None:
    assert [(mark.kind, mark.name) for mark in marks_in(f" {name} ")][:1] == [(MarkKind.GENERATOR, name)]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Kling Al 1.6", "Kling"),
        ("Veo 3.1", "Veo"),
        ("Wan2.1", "Wan"),
        ("made with SORA", "Sora"),
        ("可灵A1", "可灵AI"),
        ("由 即梦 AI 提供", "即梦AI"),
    ],
)
def test_a_mark_with_its_version_and_with_what_looks_like_its_letters_is_known(line: str, name: str) -> None:
    assert [mark.name for mark in marks_in(line)] == [name]


@pytest.mark.parametrize(
    "line", ["AI生成", "内容由Al生成", "人工智能合成", "AI 辅助创作", "Made with AI", "AI-generated", "Al generated"]
)
def test_a_label_is_known(line: str) -> None:
    assert [mark.kind for mark in marks_in(line)] == [MarkKind.LABEL]


@pytest.mark.parametrize(
    "line",
    ["Wan Li", "Sora and I", "on the runway", "Pikachu", "video", "Al", "AI", "生成", "智能", "I made it with a friend", "", " "],
)
def test_ordinary_words_are_neither(line: str) -> None:
    assert marks_in(line) == ()


@given(st.text(max_size=200))
def test_whatever_is_read_is_answered_and_a_long_line_is_no_mark(line: str) -> None:
    assert all(mark.name for mark in marks_in(line))
    assert marks_in("AI生成" + "x" * LONGEST) == ()
