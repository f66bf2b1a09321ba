"""identity: subjects of one likeness, and what a person decides about them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, NotUnderstood, PartyOption, session_of
from monitor.cli.output import named, show_record, shown, tell, utc

if TYPE_CHECKING:
    from monitor.workspace import Workspace
    from registry.identity_lines import DecidedView, HeldTwice
    from registry.paging import Listed

identity = typer.Typer(no_args_is_help=True, help="People who are enrolled twice: by several parties, or under two names.")

MOST_NAMED = 5


def join(app: typer.Typer) -> None:
    app.add_typer(identity, name="identity")


@identity.command("list")
def identity_list(
    context: typer.Context,
    party: PartyOption = None,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Only those that stand and that no person decided on; both sides of them.")
    ] = False,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List the subjects whose likeness is held a second time. Whoever runs this machine sees both sides, a party its own."""
    from registry.identity_lines import both_sides, own_side

    part = part_of(search, limit, after, json)
    with session_of(context) as (workspace, session):
        both = party is None and _sees_both(workspace)
        if undecided and not both:
            raise NotUnderstood("A party is told its own side, which nobody decides on.", "Leave --undecided out.")
        found: Listed[Any] = both_sides(session, part, waiting=undecided) if both else own_side(session, party, part)
        nothing = "Nobody who is held a second time fits that." if search else "Nobody's likeness is held a second time."
        show_listed(found, named, json, nothing, limit=limit)


@identity.command("show")
def identity_show(context: typer.Context, identity: str, json: Json = False) -> None:
    """Show one shared identity with every decision about it."""
    from registry.identity_lines import shown_identity

    with session_of(context) as (_, session):
        found = shown_identity(session, identity)
    decisions = found.decisions if json else [_in_words(made) for made in found.decisions]
    show_record({**named(found.identity), "decisions": decisions}, json)


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
    from registry.identities import Sameness
    from registry.identity_lines import decide_on

    spoken = {made.value.replace(" ", "-"): made for made in Sameness}
    if decision not in spoken:
        raise NotUnderstood(f"There is no decision {decision!r}.", f"Give one of: {', '.join(spoken)}.")
    with session_of(context) as (_, session):
        decided = decide_on(session, identity, spoken[decision], by, reason)
    show_record(decided, json)


def tell_held(held: "Sequence[HeldTwice]") -> None:
    """Tell which of a party's subjects are held twice: some by name, and how many there are."""
    for each in held[:MOST_NAMED]:
        tell(f"Note: {_told(each)}")
    names = {each.name for each in held}
    if len(names) > MOST_NAMED:
        tell(f"Note: the likenesses of {len(names)} are held a second time: semblance identity list")


def _told(held: "HeldTwice") -> str:
    name = shown(held.name)
    if held.own is not None:
        return f"the likeness of {name!r} is also that of {shown(held.own)!r}, of the same party."
    return f"the likeness of {name!r} is held by another party as well. Both are told, and neither whose it is."


def _sees_both(workspace: "Workspace") -> bool:
    return workspace.caller is None or workspace.caller.party_id is None


def _in_words(made: "DecidedView") -> str:
    return f"{made.decision}, by {made.by} at {utc(made.at)}: {made.reason}"
