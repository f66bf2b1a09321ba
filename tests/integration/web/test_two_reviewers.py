"""Two reviewers who go through one queue at once: no match is decided on by both without one being told."""

from pathlib import Path

from benchmarks.console_keys import all_waiting
from benchmarks.two_reviewers import together
from tests.support.console import busy_console


def test_of_two_who_decide_at_once_nobody_decides_over_the_other_unseen(tmp_path: Path) -> None:
    with busy_console(tmp_path / "work", 4, 60) as console:
        waiting = all_waiting(console, 40)
        found = together(console, 2 * waiting)
    assert waiting >= 30
    assert found.matches > waiting // 2
    assert (found.doubled, found.lost, found.untold) == (0, 0, ())
