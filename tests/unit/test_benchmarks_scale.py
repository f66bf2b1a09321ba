"""What docs/scale.md says is what its figures give."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale import Load, Prices, needed, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
PRICES = Prices(core_hour=0.04, terabyte_month=20.0)


def test_the_table_on_the_page_is_the_one_that_is_worked_out() -> None:
    shown = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    assert shown == table(PRICES)


@given(videos=st.integers(1, 10**8), days=st.floats(1, 365))
def test_twice_the_videos_take_twice_of_all_but_what_one_hour_costs(videos: int, days: float) -> None:
    one, two = (needed(Load(n * videos, 60, 0.01, 100, days), PRICES, "edge") for n in (1, 2))
    assert abs(two.cores - 2 * one.cores) <= 1e-9 * two.cores
    assert abs(two.terabytes - 2 * one.terabytes) <= 1e-9 * two.terabytes
    assert abs(two.video_hour - one.video_hour) <= 1e-9 * one.video_hour


def test_nothing_takes_nothing() -> None:
    need = needed(Load(0, 60, 0.01, 0, 90), PRICES, "open")
    assert (need.cores, need.terabytes, need.database_gigabytes, need.gallery_megabytes, need.video_hour) == (0, 0, 0, 0, 0)
