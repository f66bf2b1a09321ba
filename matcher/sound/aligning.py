"""Where one recording runs along with another: landmarks of both that are the same, at the same distance in time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.sound.landmarks import FRAMES, TIMES, Landmarks

Longs = NDArray[np.int64]

SLACK = 1
"""Spectra by which two landmarks' distance may differ from that of the others."""

GAP = 3.0
"""Seconds without a landmark in common that end a stretch."""

WITHIN = 10.0
"""Seconds of which a stretch's votes are those of its clearest: so that a long one gets no more by chance."""

LEAST = 5
"""Votes below which nothing is said of a stretch."""

SAME_IN_ONE, SAME_IN_ALL = 16, 1000
"""How often a word of landmarks is kept of one recording; one that is in more places than that of all tells nothing."""

CHUNK_SECONDS = 60
IN_CHUNK = 3
"""Landmarks at one distance in a chunk without which none of them is kept: a day of sound has few by chance."""

MOST_LINES = 300
"""Distances in time of one file that are looked at closely, those with the most landmarks first."""

_HALF = 1 << 31


@dataclass(frozen=True)
class SoundStretch:
    """recording: its number in the index. t_start, t_end: seconds of the file; of_start, of_end: of the recording. votes: how
    many different pairs of bands agree within WITHIN seconds, at most."""

    recording: int
    t_start: float
    t_end: float
    of_start: float
    of_end: float
    votes: int


class SoundIndex:
    """The landmarks of recordings, by word."""

    def __init__(self, recordings: Sequence[Landmarks]) -> None:
        words = np.concatenate([np.empty(0, np.int32), *(each.words for each in recordings)])
        times = np.concatenate([np.empty(0, np.int32), *(each.times for each in recordings)])
        numbers = np.repeat(np.arange(len(recordings), dtype=np.int32), [len(each.words) for each in recordings])
        order = np.lexsort((times, numbers, words))
        kept = order[_place_in_run(words[order], numbers[order]) < SAME_IN_ONE]
        self._words, self._numbers, self._times = words[kept], numbers[kept], times[kept]

    def __len__(self) -> int:
        return len(self._words)

    def hits(self, landmarks: Landmarks) -> "_Hits":
        """Every landmark of a file with every one of a recording that is the same."""
        first = np.searchsorted(self._words, landmarks.words)
        count = np.searchsorted(self._words, landmarks.words, side="right") - first
        count[count > SAME_IN_ALL] = 0
        asked = np.repeat(np.arange(len(count)), count)
        held = np.repeat(first - np.cumsum(count) + count, count) + np.arange(len(asked))
        apart = landmarks.times[asked].astype(np.int64) - self._times[held]
        return _Hits(
            self._numbers[held].astype(np.int64) * (2 * _HALF) + apart + _HALF,
            landmarks.times[asked],
            landmarks.words[asked] // TIMES,
        )


@dataclass(frozen=True)
class _Hits:
    """lines (n,): of which recording, and at what distance in time; times (n,): of the file; bands (n,): which two."""

    lines: Longs
    times: NDArray[np.int32]
    bands: NDArray[np.int32]

    def at(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> "_Hits":
        return _Hits(self.lines[which], self.times[which], self.bands[which])


def stretches_in(landmarks: Landmarks, index: SoundIndex) -> list[SoundStretch]:
    """Where a file runs along with a recording, what has the most landmarks first; see clearest."""
    hits = _in_company(landmarks, index)
    order = np.argsort(hits.lines, kind="stable")
    hits = hits.at(order)
    lines, count = np.unique(hits.lines, return_counts=True)
    around = _around(lines, count)
    free = np.ones(len(hits.lines), bool)
    found: list[SoundStretch] = []
    for place in np.argsort(-around, kind="stable")[:MOST_LINES].tolist():
        if around[place] < LEAST:
            break
        start = int(np.searchsorted(hits.lines, lines[place] - SLACK))
        end = int(np.searchsorted(hits.lines, lines[place] + SLACK, side="right"))
        own = start + np.flatnonzero(free[start:end])
        free[own] = False
        found += _runs(hits.at(own), int(lines[place]))
    return found


def _in_company(landmarks: Landmarks, index: SoundIndex) -> _Hits:
    """The hits of a file, chunk by chunk, without those that have none beside them. Chunks without a landmark are passed over:
    a file's time stamps may leap."""
    kept = [_Hits(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))]
    cuts = np.flatnonzero(np.diff(landmarks.times // (CHUNK_SECONDS * FRAMES))) + 1
    for start, end in zip([0, *cuts], [*cuts, len(landmarks.times)], strict=True):
        hits = index.hits(Landmarks(landmarks.words[start:end], landmarks.times[start:end]))
        lines, inverse, count = np.unique(hits.lines, return_inverse=True, return_counts=True)
        kept.append(hits.at(_around(lines, count)[inverse] >= IN_CHUNK))
    parts = [(each.lines, each.times, each.bands) for each in kept]
    lines, times, bands = (np.concatenate(each) for each in zip(*parts, strict=True))
    return _Hits(lines, times, bands)


def _around(lines: Longs, count: NDArray[np.intp]) -> Longs:
    """How many hits there are on each line and on those within SLACK of it."""
    summed = np.concatenate([[0], np.cumsum(count)])
    first, last = np.searchsorted(lines, lines - SLACK), np.searchsorted(lines, lines + SLACK, side="right")
    return np.asarray(summed[last] - summed[first], np.int64)


def _runs(hits: _Hits, line: int) -> Iterator[SoundStretch]:
    """What lies on one line, in stretches without a gap."""
    hits = hits.at(np.argsort(hits.times, kind="stable"))
    recording, apart = line // (2 * _HALF), line % (2 * _HALF) - _HALF
    cuts = np.flatnonzero(np.diff(hits.times) > GAP * FRAMES) + 1
    for start, end in zip([0, *cuts], [*cuts, len(hits.times)], strict=True):
        run = hits.at(np.arange(start, end))
        if end - start < LEAST or (votes := _votes(run)) < LEAST:
            continue
        first, last = int(run.times[0]), int(run.times[-1])
        yield SoundStretch(
            recording, first / FRAMES, last / FRAMES, max(0, first - apart) / FRAMES, max(0, last - apart) / FRAMES, votes
        )


def _votes(run: _Hits) -> int:
    """How many different pairs of bands there are within WITHIN seconds, where there are most; a second's steps."""
    most = 0
    for start in range(int(run.times[0]), int(run.times[-1]) + 1, FRAMES):
        low, high = np.searchsorted(run.times, (start, start + WITHIN * FRAMES))
        if high - low > most:
            most = max(most, len(np.unique(run.bands[low:high])))
    return most


def clearest(found: Sequence[SoundStretch], whose: Sequence[str]) -> list[SoundStretch]:
    """Without those that share more than half of their seconds with a clearer one of the same owner: music repeats itself.

    whose: each recording's owner. In order of time."""
    kept: list[SoundStretch] = []
    for each in sorted(found, key=lambda one: (-one.votes, one.t_start, one.recording)):
        shared = (
            min(each.t_end, one.t_end) - max(each.t_start, one.t_start)
            for one in kept
            if whose[one.recording] == whose[each.recording]
        )
        if all(seconds <= (each.t_end - each.t_start) / 2 for seconds in shared):
            kept.append(each)
    return sorted(kept, key=lambda one: (one.t_start, -one.votes, one.recording))


def _place_in_run(words: NDArray[np.int32], numbers: NDArray[np.int32]) -> Longs:
    """Of sorted pairs, how many equal ones stand before each."""
    new = np.ones(len(words), bool)
    new[1:] = (np.diff(words) != 0) | (np.diff(numbers) != 0)
    starts = np.flatnonzero(new)
    return np.asarray(np.arange(len(words)) - starts[np.cumsum(new) - 1] if len(words) else np.empty(0), np.int64)
