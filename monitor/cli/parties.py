"""party, subject and erase: what is protected, and for whom."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, NotUnderstood, PartyOption, session_of, subject_called, verifier_named
from monitor.cli.output import fields, say, show_record, shown, tell
from registry.kinds import PartyKind, SubjectKind

if TYPE_CHECKING:
    from registry.parties import Party
    from registry.subjects import Subject

party = typer.Typer(no_args_is_help=True, help="Studios, unions, agencies, estates and performers.")
subject = typer.Typer(no_args_is_help=True, help="The people, characters and marks that are protected.")


def join(app: typer.Typer) -> None:
    app.add_typer(party, name="party")
    app.add_typer(subject, name="subject")
    app.command()(erase)


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
    from registry.parties import add_party, find_party

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
        record = _party_fields(added)
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
    json: Json = False,
) -> None:
    """Change a party's contact fields, what it says of data protection, and whether consent is needed."""
    from registry.parties import edit_party, find_party

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
        )
        record = _party_fields(found)
    show_record(record, json)


@party.command("list")
def party_list(context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False) -> None:
    """List all parties, each above those it acts for."""
    from registry.paging import listed_of
    from registry.parties import PlacedParty, list_parties

    def row(placed: PlacedParty) -> dict[str, Any]:
        about = {**_party_fields(placed.party), "depth": placed.depth}
        return about if json else {**about, "name": "  " * placed.depth + placed.party.name}

    with session_of(context) as (_, session):
        part = part_of(search, limit, after, json)
        found = listed_of(list_parties(session), lambda placed: placed.party.id, lambda placed: placed.party.name, part)
        nothing = "No party fits that." if search else "No parties yet. Add one with `semblance party add`."
        show_listed(found, row, json, nothing, ("name", "kind", "commercial", "id"), limit=limit)


@party.command("show")
def party_show(context: typer.Context, name: str, json: Json = False) -> None:
    """Show one party."""
    from registry.parties import find_party

    with session_of(context) as (_, session):
        show_record(_party_fields(find_party(session, name)), json)


def _party_fields(row: "Party") -> dict[str, Any]:
    about = ("id", "name", "kind", "parent_id", "commercial", "consent_needed")
    protection = ("officer", "purposes", "recipients", "transfers")
    return fields(row, *about, "postal_address", "email", "phone", "signatory", *protection, "created_at")


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
    from registry.db import now
    from registry.mandates import declare_own
    from registry.parties import find_party
    from registry.subjects import add_subject

    with session_of(context) as (workspace, session):
        holder = find_party(session, party)
        added = add_subject(session, holder, name, kind)
        if own_verified_by:
            reader = verifier_named(session, own_verified_by, "--own-verified-by")
            declare_own(session, workspace.vault, added, verified_by=reader, starts_at=now())
        record = _subject_fields(added, holder.name, 0)
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
        show_listed(found, lambda row: row._asdict(), json, nothing, columns, limit=limit)


@subject.command("show")
def subject_show(context: typer.Context, name: str, party: PartyOption = None, json: Json = False) -> None:
    """Show one subject."""
    from registry.parties import Party
    from registry.references import count_references

    with session_of(context) as (_, session):
        found = subject_called(session, name, party)
        references = count_references(session, found)
        show_record(_subject_fields(found, session.get_one(Party, found.party_id).name, references), json)


@subject.command("rename")
def subject_rename(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The subject, by name or id.")],
    new_name: Annotated[str, typer.Argument(help="What it is called from now on, as the next roster has it.")],
    party: PartyOption = None,
) -> None:
    """Give a subject another name: after a marriage, or as a new stage name. What was sent keeps the old one."""
    from monitor.roster.names import name_key
    from registry.members import note_name
    from registry.subjects import rename_subject

    with session_of(context) as (_, session):
        found = subject_called(session, name, party)
        before = found.name
        rename_subject(session, found, new_name)
        note_name(session, found.id, name_key(found.name))
        after = found.name
    say(f"{shown(before)} is called {shown(after)} now.")


def _subject_fields(row: "Subject", party: str, references: int) -> dict[str, Any]:
    about = {"party": party, "party_id": row.party_id, "references": references, "created_at": row.created_at}
    return {**fields(row, "id", "name", "kind"), **about}


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

    from monitor.wiring import ERASERS, KEEPERS, SEEKERS
    from registry.db import now
    from registry.erase import erase_subject

    with session_of(context) as (workspace, session):
        found = subject_called(session, subject, party)
        if not yes and not typer.confirm(f"Erase {shown(found.name)} for good?"):
            raise NotUnderstood("Nothing was erased.", "Answer y, or give --yes.")
        receipt = erase_subject(session, workspace.vault, found, now(), reason, also=ERASERS, keepers=KEEPERS, seekers=SEEKERS)
        show_record(asdict(receipt), json)
    if receipt.left:
        tell(f"{len(receipt.left)} documents may still show the subject:")
    for line in receipt.left:
        tell(f"  {shown(line)}")
    if not receipt.finished:
        tell("Not everything is gone yet: it is looked at again whenever the workspace is opened.")
