"""Whether a roster is the party's at all."""

from collections.abc import Sequence

from sqlmodel import Session, func, select

from monitor.roster.prepared import Prepared
from registry.actions import Action
from registry.db import now
from registry.errors import RegistryError
from registry.members import Member
from registry.parties import Party

FEW = 10
"""Fewer rows, or fewer members, show nothing."""


class StrangeRoster(RegistryError):
    """A roster most of whose rows are of nobody whom the party has enrolled."""


def refuse_strange_roster(session: Session, party: Party, entries: Sequence[Prepared]) -> None:
    """Raise StrangeRoster where most rows have another name than the registry, or where few of those enrolled are among them.

    A roster that holds most of those enrolled is the party's, however many it has besides: an import that broke off is
    taken up again, and a union grows.
    """
    asked = [entry for entry in entries if entry.key]
    held = session.exec(select(func.count()).select_from(Member).where(Member.party_id == party.id)).one()
    if len(asked) < FEW or held < FEW:
        return
    known = [entry for entry in asked if entry.member is not None]
    otherwise = sum(bool(entry.renamed) for entry in known)
    if 2 * otherwise > max(len(known), FEW):
        what = f"{otherwise} of the {len(known)} members whose numbers {party.name} has enrolled have other names there"
    elif 2 * len(known) < min(len(asked), held):
        what = f"{len(asked) - len(known)} of its {len(asked)} members are not among the {held} whom {party.name} has enrolled"
    else:
        return
    raise StrangeRoster(
        f"This may be another union's roster: {what}. Nothing was taken in.",
        Action.COMPARE_ROSTER,
        Action.BE_SURE,
    )


def clock_set_back(session: Session, party: Party) -> str:
    """What to say where the party's last import lies in what is the future now; "" otherwise."""
    last = session.exec(select(func.max(Member.imported_at)).where(Member.party_id == party.id)).one()
    if last is None or last <= now():
        return ""
    said, before = f"{now():%Y-%m-%d %H:%M}", f"{last:%Y-%m-%d %H:%M}"
    return f"The clock says {said}, and the last import is dated {before}: it was set back, or was wrong before."
