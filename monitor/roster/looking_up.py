"""What the registry has of a roster's members, found before anything is decided."""

from collections.abc import Iterable, Sequence, Set

from sqlmodel import Session, col, select

from monitor.roster.names import name_key
from monitor.roster.numbering import spellings
from monitor.roster.outcomes import Result
from monitor.roster.prepared import Held, Prepared
from registry.kinds import Numbers, SubjectKind
from registry.members import Member
from registry.subjects import Subject

BY_HAND = "if they ask to be, add them as a subject by hand"
ANEW = "with a new consent of theirs they are taken in again, if the import is told that there is one"


def look_up(
    session: Session,
    party_id: str,
    entries: Sequence[Prepared],
    numbers: Numbers | None,
    held: Sequence[Held],
    *,
    new_consent: bool = False,
) -> None:
    """Find each member in the registry, and decide those of whom nothing more is asked.

    held: the party's members. new_consent: whom the retention policy erased is taken in again.
    """
    known = [entry for entry in entries if entry.key and not entry.outcomes]
    loose = numbers is Numbers.LOOSELY
    tried = _tried(session, party_id, known, loose=loose)
    by_key = _by_key(held, set[str]().union(*tried.values()), loose=loose)
    for entry in known:
        found = {row.id: row for key in tried[entry.key] for row in by_key.get(key, ())}
        if len(found) > 1:
            entry.decide(Result.REFUSED, f"{len(found)} members have this number, when zeros, case and spaces tell nobody apart")
            continue
        for row in found.values():
            _hold(entry, row, new_consent=new_consent)
    _find_namesakes(session, party_id, [entry for entry in known if not entry.outcomes], held)


def _tried(session: Session, party_id: str, entries: Sequence[Prepared], *, loose: bool) -> dict[str, set[str]]:
    """For each row's key all those under which its member may be kept: it, and other spellings of the number."""
    by_number = spellings(session, party_id, (entry.number for entry in entries if entry.number)) if loose else {}
    return {entry.key: {entry.key, *by_number.get(entry.number, ())} for entry in entries}


def _by_key(rows: Iterable[Held], wanted: Set[str], *, loose: bool) -> dict[str, list[Held]]:
    """The members by all keys under which a roster's row may ask for them. wanted: what is asked for."""
    found: dict[str, list[Held]] = {}
    for row in rows:
        for key in {row.id, row.loose_id if loose else row.id} & wanted:
            found.setdefault(key, []).append(row)
    return found


def _hold(entry: Prepared, row: Held, *, new_consent: bool) -> None:
    entry.member = row
    if row.erased_at is not None and not row.lapsed:
        entry.decide(Result.ERASED, f"erased on {row.erased_at:%Y-%m-%d}; no roster enrols them again; {BY_HAND}")
    elif row.erased_at is not None and not new_consent:
        when = f"erased on {row.erased_at:%Y-%m-%d} by the retention policy, since no consent was valid"
        entry.decide(Result.ERASED, f"{when}; {ANEW}")
    elif row.erased_at is None and row.name_key != entry.name_key and not entry.barred:
        entry.renamed = row.name


def _find_namesakes(session: Session, party_id: str, entries: Sequence[Prepared], held: Iterable[Held]) -> None:
    """Tell those who bear a name that others of the registry have, and find whom somebody enrolled by hand."""
    bearers = _bearers(held)
    by_hand = _without_member(session, party_id)
    for entry in entries:
        mine = entry.member.id if entry.member else entry.id
        _compare_name(entry, bearers.get(entry.name_key, set()) - {mine}, by_hand.get(entry.name_key))


def _compare_name(entry: Prepared, others: Set[str], by_hand: str | None) -> None:
    """others: members besides this one who bear its name. by_hand: whom somebody enrolled by that name, without a roster."""
    entry.namesake = entry.namesake or bool(others)
    if entry.member is None and not entry.namesake:
        entry.adopted = by_hand
    entry.namesake = entry.namesake or (entry.adopted is None and by_hand is not None)
    if entry.namesake and not entry.number and entry.subject_id is None:
        entry.barred = entry.barred or "somebody else has that name: tell them apart by a column of member numbers"


def _bearers(held: Iterable[Held]) -> dict[str, set[str]]:
    """The members' ids by their names, as names are compared."""
    found: dict[str, set[str]] = {}
    for row in held:
        found.setdefault(row.name_key, set()).add(row.id)
    return found


def _without_member(session: Session, party_id: str) -> dict[str, str]:
    """People of the party whom no roster brought: ids by the name as it is compared."""
    members = select(Member.subject_id).where(col(Member.subject_id).is_not(None))
    query = select(Subject.id, Subject.name).where(
        Subject.party_id == party_id,
        Subject.kind == SubjectKind.PERSON,
        col(Subject.erased_at).is_(None),
        col(Subject.id).not_in(members),
    )
    return {name_key(name): key for key, name in session.exec(query)}
