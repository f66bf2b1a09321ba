"""Many appearances of one subject in one file as one match: a slide show of a hundred pictures is one thing to decide on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from matcher.types import Appearance, Match, ReferencePart
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
    placed = sorted(_placed(alike), key=lambda place: place[:2])
    return replace(
        best,
        appearance=_whole([match.appearance for match in alike], best.appearance, [place[:2] for place in placed]),
        reasons=(*best.reasons, strongest),
        # What one stretch shows is not what the others do: each keeps its own seconds, or none has any.
        parts=tuple(part for *_, part in placed if part) if all(part for *_, part in placed) else (),
    )


def _placed(alike: Iterable[Match]) -> Iterator[tuple[float, float, ReferencePart | None]]:
    """From when to when each of them is, and what it shows of its reference."""
    for match in alike:
        part = ReferencePart(match.reference_id, match.shows) if match.shows else None
        for start, end in match.appearance.spans or ((match.appearance.t_start, match.appearance.t_end),):
            yield start, end, part


def _whole(parts: Sequence[Appearance], best: Appearance, spans: Sequence[tuple[float, float]]) -> Appearance:
    return replace(
        best,
        t_start=min(part.t_start for part in parts),
        t_end=max(part.t_end for part in parts),
        observations=tuple(sorted((seen for part in parts for seen in part.observations), key=lambda seen: seen.t)),
        spans=tuple(spans),
    )
