"""mandate: who may act for a subject."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import End, Json, NotUnderstood, Start, moment, optional_moment, session_of, verifier_named
from monitor.cli.output import end_progress, fields, progress_line, say, show_record, shown
from registry.errors import ExitCode
from registry.kinds import Modality

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from monitor.consents import Given, Outcome
    from registry.mandates import Mandate

mandate = typer.Typer(no_args_is_help=True, help="Proofs that a party may act for a subject.")


def join(app: typer.Typer) -> None:
    app.add_typer(mandate, name="mandate")


VerifiedBy = Annotated[str | None, typer.Option(help="Who read and verified it; the account, if nobody else is named.")]
How = Annotated[str, typer.Option(help="How it was verified, such as: called the office that issued it.")]
Scope = Annotated[list[Modality] | None, typer.Option(help="Only this modality; may be repeated. All if not given.")]
Territory = Annotated[list[str] | None, typer.Option(help="Only there, such as US or US-CA; may be repeated.")]
Compensation = Annotated[str, typer.Option(help="The terms of compensation, as text.")]
Guardian = Annotated[str, typer.Option(help="Who gives the consent for a person under age, by name.")]
Release = Annotated[
    str | None,
    typer.Option(help="The version, or its first digits, of the text that was shown before: privacy release."),
]
Shown = Annotated[str | None, typer.Option(help="When that text was shown; when the consent begins if not given.")]
Document = Annotated[Path, typer.Argument(help="The signed authorisation.")]


@mandate.command("add")
def mandate_add(
    context: typer.Context,
    subject: str,
    document: Document,
    start: Start,
    verified_by: VerifiedBy = None,
    end: End = None,
    how: How = "read the document",
    consent: Annotated[bool, typer.Option("--consent", help="It is the person's consent, beside the party's mandate.")] = False,
    scope: Scope = None,
    territory: Territory = None,
    compensation: Compensation = "",
    guardian: Guardian = "",
    release: Release = None,
    shown_on: Shown = None,
    json: Json = False,
) -> None:
    """Record a proof of authority, or of consent: a subject is looked for only while a mandate is valid."""
    from registry.db import now
    from registry.legal import find_release, note_release
    from registry.mandates import Basis, Terms, add_mandate
    from registry.proofs import read_proof
    from registry.subjects import find_subject

    begins, ends = moment(start), optional_moment(end)
    basis = Basis.CONSENT if consent else Basis.AUTHORITY
    terms = Terms(basis, scope or (), territory or (), compensation, how, guardian)
    with session_of(context) as (workspace, session):
        proof, found = read_proof(document), find_subject(session, subject)
        reader = verifier_named(session, verified_by, "--verified-by")
        added = add_mandate(
            session, workspace.vault, found, proof, verified_by=reader, starts_at=begins, ends_at=ends, terms=terms
        )
        if release:
            note_release(session, added, find_release(session, found.party_id, release), moment(shown_on) if shown_on else begins)
        record = _mandate_fields(session, added, now())
    show_record(record, json)


@mandate.command("add-for-all")
def mandate_add_for_all(
    context: typer.Context,
    party: str,
    document: Annotated[
        Path,
        typer.Argument(help="The signed authorisation of all; or a CSV that names a document for each: member, document ..."),
    ],
    verified_by: VerifiedBy = None,
    start: Annotated[str | None, typer.Option("--from", help="First day or moment; of a CSV, where a row names none.")] = None,
    end: End = None,
    how: How = "read the document",
    consent: Annotated[bool, typer.Option("--consent", help="Of a CSV: each is the person's consent.")] = False,
    documents: Annotated[Path | None, typer.Option(help="Of a CSV: the documents' folder; otherwise its own.")] = None,
    outcome: Annotated[Path | None, typer.Option(help="Of a CSV: where each row's outcome goes; otherwise beside it.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Of a CSV: say what would be, and change nothing.")] = False,
    scope: Scope = None,
    territory: Territory = None,
    compensation: Compensation = "",
    json: Json = False,
) -> None:
    """Record a proof of authority for all subjects of a party, also future ones: what members authorised by joining.

    With a CSV (member, document, from, until, scope), a proof for each subject that it names, or with --consent the consent of
    each; what is on record already is not added again. Exit code 1 when a row was refused.
    """
    from registry.db import now
    from registry.mandates import Basis, Terms, add_party_mandate
    from registry.parties import find_party
    from registry.proofs import read_proof

    basis = Basis.CONSENT if consent else Basis.AUTHORITY
    terms = Terms(basis, scope or (), territory or (), compensation, how)
    begins, ends = optional_moment(start), optional_moment(end)
    if document.suffix.lower() == ".csv":
        from monitor.consents import Given

        given = Given(terms, verified_by or "", documents or document.parent, begins, ends)
        _add_each(context, party, document, given, outcome, dry_run=dry_run, json=json)
        return
    if consent or documents or outcome or dry_run:
        raise NotUnderstood("That is said of a CSV alone, which names a document for each.", "Give a file that ends in .csv.")
    if begins is None:
        raise NotUnderstood("It is not said from when on it holds.", "Give --from.")
    with session_of(context) as (workspace, session):
        proof, found = read_proof(document), find_party(session, party)
        reader = verifier_named(session, verified_by, "--verified-by")
        added = add_party_mandate(
            session, workspace.vault, found, proof, verified_by=reader, starts_at=begins, ends_at=ends, terms=terms
        )
        record = _mandate_fields(session, added, now())
    show_record(record, json)


def _add_each(
    context: typer.Context, party: str, table: Path, given: "Given", outcome: Path | None, *, dry_run: bool, json: bool
) -> None:
    from collections import Counter
    from dataclasses import replace

    from monitor.consents import Result, add_each, read_table, write_outcomes
    from registry.listings import note_listing
    from registry.parties import find_party

    rows, place = read_table(table), outcome or table.with_name(f"{table.stem}.outcome.csv")
    made: list[Outcome] = []
    show = progress_line()
    with session_of(context) as (workspace, session):
        whose = find_party(session, party)
        given = replace(given, verified_by=verifier_named(session, given.verified_by or None, "--verified-by"))
        note_listing(session, whose.id, place)
        write_outcomes(place, made)
        for some in add_each(session, workspace.vault, whose, rows, given, dry_run=dry_run):
            made += some
            show(f"{len(made)} of {len(rows)} rows")
        end_progress()
    write_outcomes(place, made)
    counts = Counter(each.result for each in made)
    summary = {result.value: counts[result] for result in Result}
    show_record({**summary, "outcome": str(place), "dry_run": dry_run}, json)
    if counts[Result.REFUSED]:
        raise typer.Exit(ExitCode.FOUND)


@mandate.command("declare")
def mandate_declare(
    context: typer.Context,
    subject: str,
    verified_by: VerifiedBy = None,
    start: Annotated[str | None, typer.Option("--from", help="First day or moment; now if not given.")] = None,
    end: End = None,
    json: Json = False,
) -> None:
    """Record a party's own declaration that a character or mark is its work; a performer may declare their own likeness."""
    from registry.db import now
    from registry.mandates import declare_own
    from registry.subjects import find_subject

    begins, ends = moment(start) if start else now(), optional_moment(end)
    with session_of(context) as (workspace, session):
        found, reader = find_subject(session, subject), verifier_named(session, verified_by, "--verified-by")
        added = declare_own(session, workspace.vault, found, verified_by=reader, starts_at=begins, ends_at=ends)
        record = _mandate_fields(session, added, now())
    show_record(record, json)


@mandate.command("list")
def mandate_list(
    context: typer.Context,
    subject: Annotated[str | None, typer.Argument()] = None,
    search: Search = "",
    limit: Limit = None,
    after: After = None,
    json: Json = False,
) -> None:
    """List all mandates, or those of a subject."""
    from registry.db import now
    from registry.mandates import MandateLine, listed_mandates
    from registry.subjects import find_subject

    def row(line: MandateLine) -> dict[str, Any]:
        return _fields_about(line.subject or f"all of {line.party}", line.mandate, at)

    columns, at = ("about", "basis", "scope", "territory", "verified_by", "status", "starts_at", "ends_at", "id"), now()
    with session_of(context) as (_, session):
        whose = find_subject(session, subject) if subject else None
        found = listed_mandates(session, part_of(search, limit, after, json), whose)
        nothing = "No mandate fits that." if search else "No mandates. Add one with `semblance mandate add`."
        show_listed(found, row, json, nothing, columns, limit=limit)


@mandate.command("show")
def mandate_show(context: typer.Context, mandate_id: str, json: Json = False) -> None:
    """Show one mandate."""
    from registry.db import now
    from registry.mandates import find_mandate

    with session_of(context) as (_, session):
        show_record(_mandate_fields(session, find_mandate(session, mandate_id), now()), json)


@mandate.command("document")
def mandate_document(
    context: typer.Context,
    mandate_id: str,
    out: Annotated[Path | None, typer.Option(help="Where it is written; otherwise here, under the mandate's id.")] = None,
) -> None:
    """Take a mandate's document out again, to show it to whom it is about. The copy is on record, and goes with the subject."""
    from monitor.proof_copies import take_out
    from registry.mandates import find_mandate

    with session_of(context) as (workspace, session):
        place, kind = take_out(workspace, session, find_mandate(session, mandate_id), out)
    say(f"It is {kind}, in {shown(place)}.")


@mandate.command("revoke")
def mandate_revoke(context: typer.Context, mandate_id: str, json: Json = False) -> None:
    """End a mandate now; the subject is not looked for any more unless another is valid."""
    from registry.db import now
    from registry.mandates import revoke_mandate

    with session_of(context) as (_, session):
        record = _mandate_fields(session, revoke_mandate(session, mandate_id, now()), now())
    show_record(record, json)


def _mandate_fields(session: "Session", row: "Mandate", at: "datetime") -> dict[str, Any]:
    """about: the subject by its name, or the party whose subjects it covers all."""
    from registry.parties import Party
    from registry.subjects import Subject

    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    return _fields_about(subject.name if subject else f"all of {session.get_one(Party, row.party_id).name}", row, at)


def _fields_about(about: str, row: "Mandate", at: "datetime") -> dict[str, Any]:
    from registry.validity import status_at

    proof = ("party_id", "subject_id", "basis", "document_sha256", "scope", "territory", "compensation", "verified_by", "how")
    more = fields(row, "guardian", "release_version", "release_shown_at")
    dates = fields(row, "starts_at", "ends_at", "revoked_at")
    return {"id": row.id, "about": about, **fields(row, *proof), "status": status_at(row, at), **dates, **more}
