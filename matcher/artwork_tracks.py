"""From sights of artwork in single frames to appearances."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from matcher.types import Appearance, Box, Candidate, Finding, Observation
from registry.types import Modality

LONGEST_GAP = 2.6
"""Seconds for which artwork may be out of sight (a hand before it, a blurred frame) within one appearance."""

SAME_THING = 0.5
"""Overlap (intersection over union) above which two subjects explain one and the same artwork in a frame."""


@dataclass(frozen=True)
class Hit:
    """A subject's artwork in one frame; box in pixels of the frame at full size."""

    t: float
    shot: int
    box: Box
    subject_id: str
    reference_id: str
    score: float
    evidence: tuple[str, ...]

    def again(self, t: float) -> Self:
        """The same, in a later frame that shows the same."""
        return replace(self, t=t)


Track = list[Hit]


def findings(
    hits: Iterable[Hit],
    longest_gap: float = LONGEST_GAP,
    false_of_kind: float = 0.0,
    *,
    modality: Modality = Modality.ARTWORK,
) -> list[Finding]:
    """Hits of a subject within a shot become one appearance; subjects that explain the same spot become its candidates.

    longest_gap: in seconds, between two hits of one appearance. false_of_kind: see Candidate. modality: in which they were found.
    """
    by_place: dict[tuple[str, int], Track] = defaultdict(list)
    for hit in hits:
        by_place[hit.subject_id, hit.shot].append(hit)
    tracks = [track for together in by_place.values() for track in _split(together, longest_gap)]
    groups: list[list[Track]] = []
    for track in sorted(tracks, key=lambda track: -_best(track).score):
        rivals = next((group for group in groups if _same_thing(group[0], track)), None)
        if rivals is None:
            groups.append([track])
        else:
            rivals.append(track)
    return [_finding(group, false_of_kind, modality) for group in sorted(groups, key=lambda group: group[0][0].t)]


def _split(track: Track, longest_gap: float) -> list[Track]:
    parts: list[Track] = []
    for hit in sorted(track, key=lambda hit: hit.t):
        if parts and hit.t - parts[-1][-1].t <= longest_gap:
            parts[-1].append(hit)
        else:
            parts.append([hit])
    return parts


def _best(track: Track) -> Hit:
    return max(track, key=lambda hit: hit.score)


def _same_thing(a: Track, b: Track) -> bool:
    if a[0].shot != b[0].shot or a[0].subject_id == b[0].subject_id:
        return False
    boxes = {hit.t: hit.box for hit in a}
    overlaps = [overlap(boxes[hit.t], hit.box) for hit in b if hit.t in boxes]
    return bool(overlaps) and max(overlaps) > SAME_THING


def overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    width, height = min(a.x2, b.x2) - max(a.x1, b.x1), min(a.y2, b.y2) - max(a.y1, b.y1)
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - both)


def _finding(group: Sequence[Track], false_of_kind: float, modality: Modality) -> Finding:
    best = _best(group[0])
    appearance = Appearance(
        modality=modality,
        t_start=group[0][0].t,
        t_end=group[0][-1].t,
        best=Observation(best.t, best.box),
        observations=tuple(Observation(hit.t, hit.box) for hit in group[0]),
    )
    candidates: dict[str, Candidate] = {}
    for track in group:
        hit = _best(track)
        told = Candidate(hit.subject_id, hit.reference_id, hit.score, hit.evidence, false_of_kind)
        candidates.setdefault(hit.subject_id, told)
    return Finding(appearance, tuple(candidates.values()))
