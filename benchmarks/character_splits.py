"""Splits of characters' pictures: what is enrolled, what sets head and threshold, and what is asked of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.evaluate import threshold_at
from matcher.figure.head import Background, Head, fitted, in_shares

Floats = NDArray[np.float32]
SPLITS, REFERENCES = 4, 6
RIDGES = (0.1, 0.3, 1.0)
FALSE = 0.01


@dataclass(frozen=True)
class Pictures:
    """Vectors (n, d) of the parts of each picture. shows: of those of characters, whom. others: pictures of none of them, groups:
    what those come from, a clip or a file, which is never in both halves."""

    shows: tuple[str, ...]
    own: tuple[Floats, ...]
    others: tuple[Floats, ...]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, shows: Sequence[str], names: Sequence[str], vectors: Sequence[Floats]) -> "Pictures":
        """Of all pictures in one row; shows is empty for one of none of the characters."""
        rows = list(zip(shows, names, vectors, strict=True))
        return cls(
            tuple(shown for shown, _, _ in rows if shown),
            tuple(each for shown, _, each in rows if shown),
            tuple(each for shown, _, each in rows if not shown),
            tuple(name for shown, name, _ in rows if not shown),
        )


@dataclass(frozen=True)
class Asked:
    """Of one split, on the half that set nothing. rank1: of characters' pictures, those that score highest with their own. found:
    those that do so above the threshold of 1% false of the other half; false: what that half's other pictures give there.
    found_here: found at the threshold of 1% false of this half. at_pack, false_at_pack: at the pack's own threshold. same_style:
    pictures of a character that is not enrolled that are matched with the others. strangers: best scores (n,) of all others."""

    ridge: float
    rank1: float
    found: float
    false: float
    found_here: float
    at_pack: float
    false_at_pack: float
    same_style: float
    enrolled: int
    strangers: Floats

    def figures(self) -> Mapping[str, float]:
        """What is printed of it."""
        return {name: round(float(number), 4) for name, number in vars(self).items() if name != "strangers"}


def asked(pictures: Pictures, known: Background, seed: int, threshold: float, *, shares: bool = False) -> Asked:
    """Six pictures of each character are enrolled, by lot, and the others asked. The ridge and the threshold are set on some
    characters and half of the other pictures, and asked of the other characters and the other half."""
    random = np.random.default_rng(seed)
    names, shows = sorted(set(pictures.shows)), np.array(pictures.shows)
    order = {name: random.permutation(np.flatnonzero(shows == name)) for name in names}
    enrolled = [[pictures.own[i] for i in order[name][:REFERENCES]] for name in names]
    probes = [pictures.own[i] for name in names for i in order[name][REFERENCES:]]
    whose = np.repeat(np.arange(len(names)), [len(order[name]) - REFERENCES for name in names])
    setting = random.permutation(len(names))[: len(names) // 2]
    sets, first = np.isin(whose, setting), _half(pictures.groups, random)
    tried = {ridge: _scored(fitted(enrolled, known, ridge), probes, pictures.others) for ridge in RIDGES}
    ridge = max(RIDGES, key=lambda each: _goodness(*tried[each], whose, sets, first))
    scores, strangers = tried[ridge]
    at, right = threshold_at(strangers[first], FALSE), _rightly(scores[~sets], whose[~sets])
    there, strangers_there = scores[~sets], strangers
    if shares:
        head = in_shares(fitted(enrolled, known, ridge), enrolled, known)
        there, strangers_there = _scored(head, [each for each, out in zip(probes, sets, strict=True) if not out], pictures.others)
    alike = []
    for absent in np.setdiff1d(np.arange(len(names)), setting).tolist():
        head = fitted([own for place, own in enumerate(enrolled) if place != absent], known, ridge)
        asked_of = [probe for probe, shown in zip(probes, whose, strict=True) if shown == absent]
        alike.append(_scored(head, asked_of, ())[0].max(axis=1) > at)
    return Asked(
        ridge=ridge,
        rank1=float((right >= 0).mean()),
        found=float((right > at).mean()),
        false=float((strangers[~first] > at).mean()),
        found_here=float((right > threshold_at(strangers[~first], FALSE)).mean()),
        at_pack=float((_rightly(there, whose[~sets]) >= threshold).mean()),
        false_at_pack=float((strangers_there >= threshold).mean()),
        same_style=float(np.concatenate(alike).mean()),
        enrolled=len(names),
        strangers=strangers,
    )


def _half(groups: Sequence[str], random: np.random.Generator) -> NDArray[np.bool_]:
    """Which of the other pictures are in the first half; what comes from one clip is in one."""
    names = sorted(set(groups))
    half = dict(zip(names, random.random(len(names)) < 0.5, strict=True))
    return np.array([half[group] for group in groups])


def _scored(head: Head, probes: Sequence[Floats], others: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Scores (n, s) of the probes, and the best (m,) of the others."""
    best = [float(head.scores(each).max()) for each in others]
    return np.stack([head.scores(each) for each in probes]), np.array(best, np.float32)


def _goodness(
    scores: Floats, strangers: Floats, whose: NDArray[np.int_], sets: NDArray[np.bool_], first: NDArray[np.bool_]
) -> float:
    right, at = _rightly(scores[sets], whose[sets]), threshold_at(strangers[first], FALSE)
    return float((right >= 0).mean() + (right > at).mean())


def _rightly(scores: Floats, whose: NDArray[np.int_]) -> Floats:
    """Of pictures' scores (n, s) that with whom each shows (n,), where it is the highest; else -1."""
    own = scores[np.arange(len(whose)), whose]
    return np.where(own >= scores.max(axis=1), own, -1.0).astype(np.float32)


def in_words(results: Sequence[Asked]) -> str:
    """Means over the splits, and from the least to the most."""
    lines = ["| what, on the half that set nothing | mean | deviation | least | most |", "|---|---|---|---|---|"]
    for name, words in _WORDS.items():
        of = np.array([getattr(result, name) for result in results])
        lines.append(f"| {words} | {of.mean():.3f} | {of.std():.3f} | {of.min():.3f} | {of.max():.3f} |")
    return "\n".join(lines)


_WORDS: Mapping[str, str] = {
    "rank1": "rank-1",
    "found": "found at the threshold of 1% false of the other half",
    "false": "false there",
    "found_here": "found at the threshold of 1% false of this half",
    "at_pack": "found at the pack's own threshold",
    "false_at_pack": "false there, of all other pictures",
    "same_style": "pictures of a character that is not enrolled, of the same series, matched",
    "ridge": "the ridge chosen",
}
