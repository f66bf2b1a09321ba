"""identity: subjects of one likeness, and what a person decides about them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.opening import Json, NotUnderstood, PartyOption, session_of
from monitor.cli.output import show_record, show_rows, shown, tell, utc

if TYPE_CHECKING:
    from sqlmodel import Session

    from matcher.types import Recogniser
    from monitor.workspace import Workspace
    from registry.identities import Held, SharedIdentity

identity = typer.Typer(no_args_is_help=True, help="People who are enrolled twice: by several parties, or under two names.")

ANOTHER = "another party"
MOST_NAMED = 5


def join(app: typer.Typer) -> None:
    app.add_typer(identity, name="identity")


@identity.command("list")
def identity_list(context: typer.Context, party: PartyOption = None, json: Json = False) -> None:
    """List the subjects whose likeness is held a second time. Whoever runs this machine sees both sides, a party its own."""
    with session_of(context) as (workspace, session):
        rows = _both_sides(session) if party is None and _sees_both(workspace) else _own_side(session, party)
    show_rows(rows, json, "Nobody's likeness is held a second time.")


@identity.command("show")
def identity_show(context: typer.Context, identity: str, json: Json = False) -> None:
    """Show one shared identity with every decision about it."""
    from registry.identities import decisions_on, find_identity

    with session_of(context) as (_, session):
        found = find_identity(session, identity)
        made = [
            {"decision": row.decision.value, "by": row.decided_by, "at": row.at, "reason": row.reason}
            for row in decisions_on(session, found)
        ]
        record = {**_fields(session, found), "decisions": made if json else [_in_words(row) for row in made]}
    show_record(record, json)


@identity.command("decide")
def identity_decide(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(help="The shared identity, by its id.")],
    decision: Annotated[str, typer.Argument(help="one-person, two-people, or undecided to take an earlier decision back.")],
    by: Annotated[str, typer.Option(help="The name of the person who decides.")],
    reason: Annotated[str, typer.Option(help="What the decision rests on.")],
    json: Json = False,
) -> None:
    """Decide whether two subjects are one person. Two people are not told as a conflict any more, until it is decided anew."""
    from registry.db import now
    from registry.identities import Sameness, decide, find_identity
    from registry.storage.lock import hold

    spoken = {made.value.replace(" ", "-"): made for made in Sameness}
    if decision not in spoken:
        raise NotUnderstood(f"There is no decision {decision!r}.", f"Give one of: {', '.join(spoken)}.")
    with session_of(context) as (_, session):
        hold(session)
        found = find_identity(session, identity)
        decide(session, found, spoken[decision], by, reason, now())
        record = _fields(session, found)
    show_record(record, json)


def tell_held(
    workspace: "Workspace",
    session: "Session",
    recognisers: "Sequence[Recogniser]",
    party_id: str,
    subject_id: str | None = None,
) -> None:
    """Compare whoever is new with everybody, and tell which of the party's subjects are held twice. subject_id: of one alone."""
    from monitor.identities import compare_subjects
    from registry.identities import held_of

    compare_subjects(workspace, recognisers)
    held = [row for row in held_of(session, party_id) if subject_id in (None, row.subject_id)]
    names = sorted({_name(session, row.subject_id) for row in held})
    for line in sorted({_told(session, row) for row in held})[:MOST_NAMED]:
        tell(f"Note: {line}")
    if len(names) > MOST_NAMED:
        tell(f"Note: the likenesses of {len(names)} are held a second time: semblance identity list")


def _told(session: "Session", held: "Held") -> str:
    name = shown(_name(session, held.subject_id))
    if held.own_id is not None:
        return f"the likeness of {name!r} is also that of {shown(_name(session, held.own_id))!r}, of the same party."
    return f"the likeness of {name!r} is held by another party as well. Both are told, and neither whose it is."


def _sees_both(workspace: "Workspace") -> bool:
    return workspace.caller is None or workspace.caller.party_id is None


def _own_side(session: "Session", party: str | None) -> list[dict[str, Any]]:
    from registry.identities import held_elsewhere, held_of
    from registry.parties import find_party

    rows = []
    for held in held_of(session, find_party(session, party).id) if party else held_elsewhere(session):
        by = ANOTHER if held.own_id is None else f"the same party, as {_name(session, held.own_id)}"
        subject = _name(session, held.subject_id)
        rows.append({"subject": subject, "since": held.since, "held_by": by, "subject_id": held.subject_id})
    return sorted(rows, key=lambda row: (row["subject"], row["subject_id"], row["held_by"]))


def _both_sides(session: "Session") -> list[dict[str, Any]]:
    from registry.identities import list_identities

    return [_fields(session, row) for row in list_identities(session)]


def _fields(session: "Session", row: "SharedIdentity") -> dict[str, Any]:
    from registry.identities import sameness_of
    from registry.parties import Party
    from registry.subjects import Subject

    one, other = session.get_one(Subject, row.one_id), session.get_one(Subject, row.other_id)
    return {
        "id": row.id,
        "one": one.name,
        "one_party": session.get_one(Party, one.party_id).name,
        "other": other.name,
        "other_party": session.get_one(Party, other.party_id).name,
        "likeness": row.likeness,
        "decision": sameness_of(session, row).value,
        "since": row.standing_from,
        "closed_at": row.closed_at,
    }


def _in_words(made: dict[str, Any]) -> str:
    return f"{made['decision']}, by {made['by']} at {utc(made['at'])}: {made['reason']}"


def _name(session: "Session", subject_id: str) -> str:
    from registry.subjects import Subject

    return session.get_one(Subject, subject_id).name
