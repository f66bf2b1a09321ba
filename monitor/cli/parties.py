"""party, subject and erase: what is protected, and for whom."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, NotUnderstood, PartyOption, moment, session_of, verifier_named
from monitor.cli.output import named, say, show_record, shown, tell
from registry.counting import counted
from registry.kinds import Life, PartyKind, SubjectKind

party = typer.Typer(no_args_is_help=True, help="Studios, unions, agencies, estates and performers.")
subject = typer.Typer(no_args_is_help=True, help="The people, characters and marks that are protected.")


def join(app: typer.Typer) -> None:
    app.add_typer(party, name="party")
    app.add_typer(subject, name="subject")
    app.command()(erase)


Checkable = Annotated[
    bool | None, typer.Option(help="Whether those under contract may ask about its subjects before they publish.")
]
AcceptAtOnce = Annotated[
    bool | None, typer.Option(help="Whether who enrols by a link is taken in without a registrar looking first.")
]
SecondShare = Annotated[
    float | None,
    typer.Option("--second-reviews", help="Share of the decisions, 0 to 1, that somebody else makes again, blind."),
]


@party.command("add")
def party_add(
    context: typer.Context,
    name: str,
    kind: Annotated[PartyKind, typer.Option(help="What sort of party it is.")],
    parent: Annotated[str | None, typer.Option(help="The party that acts for it.")] = None,
    commercial: Annotated[bool, typer.Option(help="Whether models for research only are refused.")] = True,
    consent_needed: Annotated[
        bool | None, typer.Option(help="Whether a person's own consent is needed beside a mandate; of a union's members it is.")
    ] = None,
    address: Annotated[str, typer.Option(help="Postal address for notices.")] = "",
    email: Annotated[str, typer.Option(help="E-mail address for notices.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone number for notices.")] = "",
    signatory: Annotated[str, typer.Option(help="Who signs its notices.")] = "",
    json: Json = False,
) -> None:
    """Add a party."""
    from registry.parties import add_party, find_party, party_view

    with session_of(context) as (_, session):
        above = find_party(session, parent) if parent else None
        added = add_party(
            session,
            name,
            kind,
            parent=above,
            commercial=commercial,
            consent_needed=kind is PartyKind.UNION if consent_needed is None else consent_needed,
            postal_address=address,
            email=email,
            phone=phone,
            signatory=signatory,
        )
        record = party_view(added)
    show_record(record, json)


@party.command("edit")
def party_edit(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The party, by name or id.")],
    consent_needed: Annotated[bool | None, typer.Option(help="Whether a person's own consent is needed, too.")] = None,
    address: Annotated[str | None, typer.Option(help="Postal address for notices.")] = None,
    email: Annotated[str | None, typer.Option(help="E-mail address for notices.")] = None,
    phone: Annotated[str | None, typer.Option(help="Telephone number for notices.")] = None,
    signatory: Annotated[str | None, typer.Option(help="Who signs its notices.")] = None,
    officer: Annotated[str | None, typer.Option(help="Its data protection officer, and how to reach them.")] = None,
    purposes: Annotated[str | None, typer.Option(help="What people's data are held for.")] = None,
    recipients: Annotated[str | None, typer.Option(help="Who gets people's data.")] = None,
    transfers: Annotated[str | None, typer.Option(help="To which other countries they go, and on what ground.")] = None,
    checkable: Checkable = None,
    accept_at_once: AcceptAtOnce = None,
    second_share: SecondShare = None,
    json: Json = False,
) -> None:
    """Change a party's contact fields, what it says of data protection, and whether consent is needed."""
    from registry.parties import edit_party, find_party, party_view

    with session_of(context) as (_, session):
        found = find_party(session, name)
        edit_party(
            session,
            found,
            consent_needed=consent_needed,
            postal_address=address,
            email=email,
            phone=phone,
            signatory=signatory,
            officer=officer,
            purposes=purposes,
            recipients=recipients,
            transfers=transfers,
            checkable=checkable,
            accept_at_once=accept_at_once,
            second_share=second_share,
        )
        record = party_view(found)
    show_record(record, json)


@party.command("list")
def party_list(context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False) -> None:
    """List all parties, each above those it acts for."""
    from registry.parties import PlacedView, party_views

    def row(placed: PlacedView) -> Mapping[str, Any]:
        about = named(placed)
        return about if json else {**about, "name": "  " * placed.depth + placed.name}

    with session_of(context) as (_, session):
        found = party_views(session, part_of(search, limit, after, json))
        nothing = "No party fits that." if search else "No parties yet. Add one with `semblance party add`."
        show_listed(found, row, json, nothing, ("name", "kind", "commercial", "id"), limit=limit)


@party.command("show")
def party_show(context: typer.Context, name: str, json: Json = False) -> None:
    """Show one party."""
    from registry.parties import find_party, party_view

    with session_of(context) as (_, session):
        show_record(party_view(find_party(session, name)), json)


@subject.command("add")
def subject_add(
    context: typer.Context,
    name: str,
    kind: Annotated[SubjectKind, typer.Option(help="What sort of subject it is.")],
    party: Annotated[str, typer.Option(help="The party that holds it, by name or id.")],
    own_verified_by: Annotated[
        str | None, typer.Option(help="It is the party's own work, as the person named here verified: no mandate is needed then.")
    ] = None,
    json: Json = False,
) -> None:
    """Add a subject. It is looked for once it has a reference and a mandate."""
    from registry.mandate_lines import Reading, declare
    from registry.parties import find_party
    from registry.references import subject_line
    from registry.subjects import add_subject

    with session_of(context) as (workspace, session):
        added = add_subject(session, find_party(session, party), name, kind)
        if own_verified_by:
            reader = verifier_named(session, own_verified_by, "--own-verified-by")
            declare(session, workspace.vault, added.id, Reading(reader, None, None))
        record = subject_line(session, added)
    show_record(record, json)


@subject.command("list")
def subject_list(
    context: typer.Context,
    party: PartyOption = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List all subjects, or those of a party."""
    from registry.parties import find_party
    from registry.references import listed_subjects

    with session_of(context) as (_, session):
        whose = find_party(session, party) if party else None
        found = listed_subjects(session, part_of(search, limit, after, json), party=whose)
        nothing = "No subject fits that." if search else "No subjects yet. Add one with `semblance subject add`."
        columns = ("name", "kind", "party", "references", "id")
        show_listed(found, named, json, nothing, columns, limit=limit)


@subject.command("show")
def subject_show(context: typer.Context, name: str, party: PartyOption = None, json: Json = False) -> None:
    """Show one subject."""
    from registry.references import subject_line
    from registry.subjects import subject_called

    with session_of(context) as (_, session):
        show_record(subject_line(session, subject_called(session, name, party)), json)


@subject.command("rename")
def subject_rename(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The subject, by name or id.")],
    new_name: Annotated[str, typer.Argument(help="What it is called from now on, as the next roster has it.")],
    party: PartyOption = None,
) -> None:
    """Give a subject another name: after a marriage, or as a new stage name. What was sent keeps the old one."""
    from monitor.renaming import rename

    with session_of(context) as (_, session):
        before, called = rename(session, name, party, new_name)
    say(f"{shown(before)} is called {shown(called)} now.")


@subject.command("alias")
def subject_alias(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The subject, by name or id.")],
    alias: Annotated[str, typer.Argument(help="What else it is called, in any script.")],
    party: PartyOption = None,
    remove: Annotated[bool, typer.Option("--remove", help="It is not called so any more.")] = False,
) -> None:
    """Say what else a subject is called: `source add-searches` looks for it, and a match says where it stands on the screen."""
    from registry.aliases import add_alias, remove_alias
    from registry.subjects import subject_called

    with session_of(context) as (_, session):
        found = subject_called(session, name, party)
        (remove_alias if remove else add_alias)(session, found, alias)
        called, aliases = found.name, ", ".join(found.aliases)
    say(f"{shown(called)} is also called {shown(aliases)}." if aliases else f"{shown(called)} has no alias.")


@subject.command("life")
def subject_life(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The person, by name or id.")],
    life: Annotated[Life, typer.Argument(help="Whether they live: laws protect the living and the dead otherwise.")],
    died_on: Annotated[str | None, typer.Option(help="The day of death, where it is known.")] = None,
    domicile: Annotated[str, typer.Option(help="Where they live, or lived at death, as a code such as US-NY.")] = "",
    party: PartyOption = None,
) -> None:
    """Say whether a person lives, and where: letters cite the laws that fit. It replaces what was said before."""
    from registry.db import now
    from registry.lives import life_in_words, note_life
    from registry.subjects import subject_called

    with session_of(context) as (_, session):
        found = subject_called(session, name, party)
        note_life(session, found, life, moment(died_on).date() if died_on else None, domicile, now().date())
        called, said = found.name, life_in_words(found)
    say(f"On record of {shown(called)}: {said}.")


def erase(
    context: typer.Context,
    subject: str,
    reason: Annotated[str, typer.Option(help="Why, without naming whom; it stays on the receipt.")],
    party: PartyOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase a subject: its pictures, templates, mandates and name. This cannot be undone."""
    from dataclasses import asdict

    from registry.subjects import subject_called

    with session_of(context) as (workspace, session):
        found = subject_called(session, subject, party)
        if not yes and not typer.confirm(f"Erase {shown(found.name)} for good?"):
            raise NotUnderstood("Nothing was erased.", "Answer y, or give --yes.")
        if not json:
            say(f"Erasing {shown(found.name)}: the whole database is searched and written anew, which takes a while.")
        # Every room has a part in it: it is said before they are loaded that they are at it.
        from monitor.erasing import erase as erase_whole
        from registry.db import now

        receipt = erase_whole(session, workspace.vault, found, reason, now())
        show_record(asdict(receipt), json)
    if receipt.left:
        tell(f"{counted(len(receipt.left), 'document')} may still show the subject:")
    for line in receipt.left:
        tell(f"  {shown(line)}")
    if not receipt.finished:
        tell("Not everything is gone yet: it is looked at again whenever the workspace is opened.")
