"""What became of confirmed uses, by platform and by generator: every outcome with its number, and how long it took."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.availability import State
from reports.weekly_addresses import ConfirmedUse

FEWEST = 5
"""Of fewer addresses than these only the counts are told: a share of them, or a median of their times, says nothing."""
_DAY = 86400


@dataclass(frozen=True)
class Score:
    """n addresses: gone since they were confirmed, gone before that, replaced, seen, not reachable, not looked at since.

    removal: from 0 to 1, of n without gone_before, None where these are fewer than FEWEST. median_days: see
    `weekly_figures.DEFINITIONS`; None where fewer than FEWEST are gone, and where it is not reached.
    """

    name: str
    n: int
    gone: int
    gone_before: int
    replaced: int
    seen: int
    unreachable: int
    not_looked: int
    removal: float | None
    median_days: float | None

    @property
    def counted(self) -> int:
        """The denominator of removal."""
        return self.n - self.gone_before


def scores(uses: Sequence[ConfirmedUse], name: Callable[[ConfirmedUse], str]) -> tuple[Score, ...]:
    """One for each name, those with the most addresses first."""
    by_name: dict[str, list[ConfirmedUse]] = {}
    for use in uses:
        by_name.setdefault(name(use), []).append(use)
    made = [_score(key, own) for key, own in by_name.items()]
    return tuple(sorted(made, key=lambda score: (-score.n, score.name)))


def _score(name: str, uses: Sequence[ConfirmedUse]) -> Score:
    states = Counter(use.state for use in uses)
    before = [use for use in uses if _is_gone_before(use)]
    counted = [use for use in uses if use not in before]
    gone, enough = states[State.GONE] - len(before), len(counted) >= FEWEST
    return Score(
        name=name,
        n=len(uses),
        gone=gone,
        gone_before=len(before),
        replaced=states[State.REPLACED],
        seen=states[State.SEEN],
        unreachable=states[State.UNREACHABLE],
        not_looked=states[State.NOT_LOOKED],
        removal=round(gone / len(counted), 4) if enough else None,
        median_days=median_days(map(_lasted, counted)) if gone >= FEWEST else None,
    )


def _is_gone_before(use: ConfirmedUse) -> bool:
    return use.state is State.GONE and use.since < use.confirmed_at


def _lasted(use: ConfirmedUse) -> tuple[float, bool]:
    if use.state is State.GONE:
        return _days(use.confirmed_at, use.since), True
    # Other bytes stand there since: what would have become of these is not seen any more.
    end = use.since if use.state is State.REPLACED else use.known_at
    return _days(use.confirmed_at, end), False


def _days(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds() / _DAY)


def median_days(lasted: Iterable[tuple[float, bool]]) -> float | None:
    """By Kaplan and Meier: the first time by which half are gone; None where that is not reached.

    lasted: for each address how many days it is known to have stood, and whether it was then gone.
    """
    ordered = sorted(lasted)
    standing = 1.0
    for days in sorted({days for days, gone in ordered if gone}):
        at_risk = sum(known >= days for known, _ in ordered)
        standing *= 1 - sum(gone and known == days for known, gone in ordered) / at_risk
        # A half is a half, whatever the last digit of the product says.
        if standing <= 0.5 + 1e-9:
            return round(days, 2)
    return None
