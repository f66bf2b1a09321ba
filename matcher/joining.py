"""Many appearances of one subject in one file as one match: a slide show of a hundred pictures is one thing to decide on."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from matcher.types import Appearance, Match
from registry.presence import present

MOST_APART = 8
"""Matches of one subject, by one encoder in one track, up to which each appearance is a match of its own."""


def joined(matches: Iterable[Match]) -> list[Match]:
    """The matches, where more than MOST_APART of one subject, encoder and track are one: the strongest, with all their places."""
    together: dict[tuple[object, ...], list[Match]] = {}
    for match in matches:
        key = (match.subject_id, match.encoder, match.appearance.modality, match.appearance.track)
        together.setdefault(key, []).append(match)
    return [match for alike in together.values() for match in ([_one_of(alike)] if len(alike) > MOST_APART else alike)]


def _one_of(alike: Sequence[Match]) -> Match:
    best = max(alike, key=lambda match: match.score)
    words = present(best.appearance.modality)
    what = "score and picture are" if words.has_place else "the score is"
    strongest = f"{words.at} in {len(alike)} places; {what} of the strongest."
    return replace(
        best, appearance=_whole([match.appearance for match in alike], best.appearance), reasons=(*best.reasons, strongest)
    )


def _whole(parts: Sequence[Appearance], best: Appearance) -> Appearance:
    return replace(
        best,
        t_start=min(part.t_start for part in parts),
        t_end=max(part.t_end for part in parts),
        observations=tuple(sorted((seen for part in parts for seen in part.observations), key=lambda seen: seen.t)),
        spans=tuple(sorted((part.t_start, part.t_end) for part in parts)),
    )
