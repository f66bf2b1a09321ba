"""Who speaks when, within one sound: windows of speech, put together by how alike their vectors are.

A change of speakers is looked for at pauses and between windows alone: a window of 2 s in which one takes over from another has a
vector between theirs, and may link the two to one. Each group is therefore tried as two, and stays divided where these differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

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

TWO_SPEAKERS = 0.45
"""Cosine of the means of two halves of a group below which they are of two speakers."""

ROUNDS = 10
"""Times that windows are given to the nearer of two means."""

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
    lengths = np.array([window.seconds for window in windows])
    groups = _divided(vectors, lengths, _groups(vectors, lengths))
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


def _divided(vectors: Floats, lengths: NDArray[np.float64], groups: NDArray[np.int_]) -> NDArray[np.int_]:
    """The groups (n,), where each whose windows fall into two that are less alike than TWO_SPEAKERS is two, and so on."""
    groups, open_ = groups.copy(), list(np.unique(groups))
    while open_:
        rows = np.flatnonzero(groups == open_.pop())
        second = rows[_second_of_two(vectors[rows], lengths[rows])]
        if len(second):
            open_ += [int(groups[rows[0]]), new := int(groups.max()) + 1]
            groups[second] = new
    return groups


def _second_of_two(vectors: Floats, lengths: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of a group's windows (n,) are of a second speaker: by the two means nearest to all, begun with the window least like
    the group and the one least like that; none where the two are alike, or one of them has a single window."""
    nobody = np.zeros(len(vectors), bool)
    if len(vectors) < 4:
        return nobody
    least = vectors[int((vectors @ _mean(vectors, lengths[:, None])).argmin())]
    means = np.stack([vectors[int((vectors @ least).argmin())], least])
    for _ in range(ROUNDS):
        second = np.asarray((vectors @ means.T).argmax(axis=1) == 1)
        if min(second.sum(), (~second).sum()) < 2:
            return nobody
        means = np.stack([_mean(vectors[own], lengths[own, None]) for own in (~second, second)])
    return second if float(means[0] @ means[1]) < TWO_SPEAKERS else nobody


def _linked(vectors: Floats) -> NDArray[np.int_]:
    if len(vectors) < 2:
        return np.zeros(len(vectors), int)
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

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
