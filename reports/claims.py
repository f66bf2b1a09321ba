"""Split rights: an actor who plays a character gives two claimants, each judged apart."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from matcher.types import Match
from registry.portrayals import Role

PLAYED = "the character is played by the person matched here"


def claims(matches: Iterable[Match], roles: Mapping[str, tuple[Role, ...]]) -> tuple[Match, ...]:
    """The matches, and for each of a person who plays a character, the same appearance as a match of that character.

    Where a role has a picture of its own, the person must have been recognised by that one. roles: by person's id.
    """
    found: list[Match] = []
    for match in matches:
        found.append(match)
        found += [
            replace(match, subject_id=role.character_id, reasons=(PLAYED,))
            for role in roles.get(match.subject_id, ())
            if role.reference_id in (None, match.reference_id)
        ]
    return tuple(found)
