"""One thing is told as one."""

import pytest

from registry.counting import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (1, ("recording is", "recordings are"), "1 recording is"),
        (2, ("recording is", "recordings are"), "2 recordings are"),
        (0, ("page",), "0 pages"),
        (1, ("page",), "1 page"),
    ],
)
def test_one_is_told_as_one(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said
