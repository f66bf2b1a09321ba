"""reference: the pictures that a subject is recognised by, and what they are worth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.identities import tell_held
from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import Json, NotUnderstood, PartyOption, session_of, subject_called, years
from monitor.cli.output import fields, say, show_json, show_record, show_rows, shown, tell, tell_if_any
from registry.errors import ExitCode, SemblanceError
from registry.kinds import LikenessGround, SubjectKind

if TYPE_CHECKING:
    from registry.references import Reference

reference = typer.Typer(no_args_is_help=True, help="The pictures that a subject is recognised by.")


def join(app: typer.Typer) -> None:
    app.add_typer(reference, name="reference")


@reference.command("add")
def reference_add(
    context: typer.Context,
    subject: str,
    files: Annotated[list[Path], typer.Argument(help="Pictures of this subject alone.")],
    era: Annotated[str | None, typer.Option(help="The years they depict: 1998 or 1995-1999.")] = None,
    party: PartyOption = None,
    despite_likeness: Annotated[
        LikenessGround | None,
        typer.Option(
            "--despite-likeness", help="A person has looked: it shows this subject, whomever it resembles; and why it may."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Enrol pictures of a subject. A picture that cannot serve is refused with the reason; the others are enrolled."""
    from matcher.decoding import decoder
    from monitor.appraisal import worth_here
    from monitor.confinement import weaker_in
    from monitor.enrolment import enrol_picture
    from monitor.likeness import Comparison, face_recogniser
    from monitor.wiring import build_recognisers, prepare_packs, recogniser_spec
    from registry.references import list_references

    depicted, rows, refused, count = years(era), [], 0, ""
    with session_of(context) as (workspace, session):
        of_whom = subject_called(session, subject, party)
        decoder().start_soon()
        prepare_packs(workspace.settings, tell)
        recognisers = build_recognisers(recogniser_spec(workspace.settings))
        face = face_recogniser(recognisers)
        compare = Comparison(session, face, of_whom.party_id) if face else None
        for file in files:
            try:
                enrolled = enrol_picture(
                    workspace, session, recognisers, of_whom, file, era=depicted, compare=compare, despite=despite_likeness
                )
            except SemblanceError as error:
                session.commit()  # that it was refused stays on record
                refused += 1
                tell(f"{shown(file)}: refused. {shown(error)}")
                continue
            session.commit()
            rows.append({**_reference_fields(enrolled.reference), "encoders": list(enrolled.encoders)})
            for warning in enrolled.warnings:
                tell(f"{shown(file)}: {shown(warning)}")
        tell_if_any(weaker_in(decoder()))
        if of_whom.kind is SubjectKind.PERSON:
            tell_held(workspace, session, recognisers, of_whom.party_id, of_whom.id)
        if of_whom.kind is SubjectKind.PERSON and face is not None:
            count = worth_here(session, of_whom, len(list_references(session, of_whom)), face)
    if count:
        tell(count)
    show_rows(rows, json, "Nothing was enrolled.", ("file_name", "encoders", "id"))
    if refused:
        raise typer.Exit(ExitCode.FOUND)


@reference.command("list")
def reference_list(
    context: typer.Context,
    subject: Annotated[str | None, typer.Argument()] = None,
    party: PartyOption = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List all references, or those of a subject."""
    from registry.references import ReferenceLine, listed_references

    def row(line: ReferenceLine) -> dict[str, Any]:
        return {**_reference_fields(line.reference), "subject": line.subject}

    with session_of(context) as (_, session):
        whose = subject_called(session, subject, party) if subject else None
        found = listed_references(session, part_of(search, limit, after, json), whose)
        nothing = "No reference fits that." if search else "No references yet. Add one with `semblance reference add`."
        show_listed(found, row, json, nothing, ("subject", "file_name", "media_type", "size", "id"), limit=limit)


@reference.command("show")
def reference_show(context: typer.Context, reference_id: str, json: Json = False) -> None:
    """Show one reference."""
    from registry.references import find_reference

    with session_of(context) as (_, session):
        show_record(_reference_fields(find_reference(session, reference_id)), json)


@reference.command("revoke")
def reference_revoke(context: typer.Context, reference_id: str) -> None:
    """Remove one reference, with what was made of it."""
    from monitor.identities import compare_subjects
    from monitor.wiring import build_recognisers, recogniser_spec
    from registry.erase import remove_reference
    from registry.identities import held_elsewhere
    from registry.references import find_reference

    with session_of(context) as (workspace, session):
        found = find_reference(session, reference_id)
        is_held = any(held.subject_id == found.subject_id for held in held_elsewhere(session))
        remove_reference(session, workspace.vault, found)
        if is_held:
            compare_subjects(workspace, build_recognisers(recogniser_spec(workspace.settings)))
    say(f"Removed the reference {shown(reference_id)}.")


def _reference_fields(row: "Reference") -> dict[str, Any]:
    return fields(row, "id", "subject_id", "file_name", "media_type", "size", "sha256", "era_from", "era_to", "created_at")


@reference.command("check")
def reference_check(
    context: typer.Context,
    subject: str,
    party: PartyOption = None,
    json: Json = False,
) -> None:
    """Say how good a person's photos are, whether they agree, and which photos would help."""
    from monitor.appraisal import appraise
    from monitor.likeness import face_recogniser
    from monitor.wiring import build_recognisers, prepare_packs, recogniser_spec

    with session_of(context) as (workspace, session):
        found = subject_called(session, subject, party)
        prepare_packs(workspace.settings, tell)
        recogniser = face_recogniser(build_recognisers(recogniser_spec(workspace.settings)))
        if recogniser is None:
            raise NotUnderstood("No pack for faces is in use.", "Choose one: semblance models use open")
        appraisal = appraise(session, found, recogniser)
        rows = [
            {
                "file_name": row.reference.file_name,
                "width": row.width,
                "sharp": row.sharp,
                "frontal": row.frontal,
                "agreement": None if row.agreement is None else round(row.agreement, 3),
                "era": "-".join(dict.fromkeys(str(year) for year in (row.reference.era_from, row.reference.era_to) if year)),
                "says": list(row.says),
                "id": row.reference.id,
            }
            for row in appraisal.references
        ]
    if json:
        show_json({"references": rows, "says": list(appraisal.says)})
        return
    show_rows(rows, False, "No photo of this subject is enrolled with the pack in use.")
    for line in appraisal.says:
        say(line)
