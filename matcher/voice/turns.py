"""Who speaks when, within one sound: windows of speech, put together by how alike their vectors are.

A change of speakers is looked for at pauses and between windows alone: people who take turns without a pause may come out as
one, with a vector between theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

from matcher.sound_bounds import SOUND_RATE
from matcher.voice.speech import Span

Floats = NDArray[np.float32]

WINDOW = 2.0
"""Seconds of speech that are encoded together, about."""

SHORTEST = 0.5
"""Seconds of a stretch of speech below which it does not say whose it is."""

JOINED = 0.4
"""Seconds of a pause within which somebody takes breath."""

SAME_SPEAKER = 0.25
"""Mean cosine of two groups of windows from which on they are of one speaker."""

AT_ONCE = 1500
"""Windows that are compared each with each; the groups of longer sounds are compared by their means."""


@dataclass(frozen=True)
class Speaker:
    """spans: of speech, in order. vector: of length 1, the mean of theirs by their length."""

    spans: tuple[Span, ...]
    vector: Floats

    @property
    def seconds(self) -> float:
        """Of speech."""
        return sum(span.seconds for span in self.spans)


def windows_of(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Windows of about WINDOW seconds, each within a stretch of speech that no long pause breaks."""
    stretches: list[Span] = []
    for span in spans:
        if stretches and span.start - stretches[-1].end <= JOINED * SOUND_RATE:
            stretches[-1] = Span(stretches[-1].start, span.end)
        else:
            stretches.append(span)
    made: list[Span] = []
    for stretch in stretches:
        if stretch.seconds >= SHORTEST:
            edges = np.linspace(stretch.start, stretch.end, max(1, round(stretch.seconds / WINDOW)) + 1).astype(int)
            made += [Span(int(a), int(b)) for a, b in pairwise(edges)]
    return tuple(made)


def speakers_of(windows: Sequence[Span], vectors: Floats) -> tuple[Speaker, ...]:
    """The speakers of a sound, who speaks longest first. vectors (n, d): of its windows, of length 1."""
    groups = _groups(vectors, np.array([window.seconds for window in windows]))
    found = []
    for group in np.unique(groups):
        own = [window for window, of in zip(windows, groups, strict=True) if of == group]
        lengths = np.array([[window.seconds] for window in own], np.float32)
        found.append(Speaker(_run_together(own), _mean(vectors[groups == group], lengths)))
    return tuple(sorted(found, key=lambda speaker: -speaker.seconds))


def _groups(vectors: Floats, lengths: NDArray[np.float64]) -> NDArray[np.int_]:
    """The group (n,) of each window: average linkage up to SAME_SPEAKER, in blocks whose groups are then put together."""
    if len(vectors) <= AT_ONCE:
        return _linked(vectors)
    groups, means = np.zeros(len(vectors), int), list[Floats]()
    for start in range(0, len(vectors), AT_ONCE):
        block = slice(start, start + AT_ONCE)
        own = _linked(vectors[block])
        groups[block] = own + len(means)
        means += [_mean(vectors[block][own == group], lengths[block][own == group, None]) for group in range(own.max() + 1)]
    return _groups(np.stack(means), np.ones(len(means)))[groups] if len(means) < len(vectors) else groups


def _linked(vectors: Floats) -> NDArray[np.int_]:
    if len(vectors) < 2:
        return np.zeros(len(vectors), int)
    apart = np.maximum(pdist(vectors.astype(np.float64), "cosine"), 0.0)
    return np.asarray(fcluster(linkage(apart, "average"), 1 - SAME_SPEAKER, "distance") - 1, int)


def _mean(vectors: Floats, lengths: NDArray[np.floating]) -> Floats:
    whole = (vectors * lengths).sum(axis=0)
    return np.asarray(whole / max(float(np.linalg.norm(whole)), 1e-12), np.float32)


def _run_together(windows: Sequence[Span]) -> tuple[Span, ...]:
    """Windows that touch as one span."""
    spans: list[Span] = []
    for window in windows:
        if spans and window.start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, window.end)
        else:
            spans.append(window)
    return tuple(spans)
