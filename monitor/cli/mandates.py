"""mandate: who may act for a subject."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.forms import with_form
from monitor.cli.listing import After, Limit, Search, part_of, show_listed
from monitor.cli.opening import End, Json, NotUnderstood, Start, moment, optional_moment, session_of, verifier_named
from monitor.cli.output import end_progress, named, progress_line, say, show_record, shown, tell_if_any
from registry.errors import ExitCode
from registry.kinds import Modality

if TYPE_CHECKING:
    from registry.mandates import Basis, Terms

mandate = typer.Typer(no_args_is_help=True, help="Proofs that a party may act for a subject.")

TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".xlsb", ".ods", ".numbers")
"""Endings of files that are no proof but name proofs; which of them are read, their reader says."""
COLUMNS = ("about", "basis", "scope", "territory", "verified_by", "status", "starts_at", "ends_at", "id")


def join(app: typer.Typer) -> None:
    app.add_typer(mandate, name="mandate")


VerifiedBy = Annotated[str | None, typer.Option(help="Who read and verified it; the account, if nobody else is named.")]
How = Annotated[str, typer.Option(help="How it was verified, such as: called the office that issued it.")]
Scope = Annotated[
    list[Modality] | None, typer.Option(help="Only this modality; may be repeated. All but the voice if not given.")
]
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
    from registry.mandate_lines import Reading, ShownText, prove, why_not_looked_for
    from registry.mandates import Terms

    begins, ends = moment(start), optional_moment(end)
    terms = Terms(_basis(consent), scope or (), territory or (), compensation, how, guardian)
    text = ShownText(release, optional_moment(shown_on)) if release else None
    with session_of(context) as (workspace, session):
        read = Reading(verifier_named(session, verified_by, "--verified-by"), begins, ends)
        added = prove(session, workspace.vault, subject, document, read, terms, text)
        lacking = why_not_looked_for(session, added.subject_id, now()) if added.subject_id else ""
    show_record(added, json)
    tell_if_any(shown(lacking))


def _basis(consent: bool) -> "Basis":
    from registry.mandates import Basis

    return Basis.CONSENT if consent else Basis.AUTHORITY


@dataclass(frozen=True)
class ForAll:
    """How a proof for all was read, and where it is a table that names a document for each, how that is read."""

    verified_by: VerifiedBy = None
    start: Annotated[str | None, typer.Option("--from", help="First day or moment; of a table, where a row names none.")] = None
    end: End = None
    how: How = "read the document"
    consent: Annotated[bool, typer.Option("--consent", help="Of a table: each is the person's consent.")] = False
    documents: Annotated[Path | None, typer.Option(help="Of a table: the documents' folder; otherwise its own.")] = None
    outcome: Annotated[Path | None, typer.Option(help="Of a table: where each row's outcome goes; otherwise beside it.")] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Of a table: say what would be, and change nothing.")] = False
    encoding: Annotated[str | None, typer.Option(help="Of a CSV, such as cp1252; found out when not given.")] = None
    sheet: Annotated[str | None, typer.Option(help="Of an XLSX: the sheet, where several have such a table.")] = None
    scope: Scope = None
    territory: Territory = None
    compensation: Compensation = ""

    def terms(self) -> "Terms":
        from registry.mandates import Terms

        return Terms(_basis(self.consent), self.scope or (), self.territory or (), self.compensation, self.how)

    @property
    def is_of_a_table(self) -> bool:
        """Whether something was said that only a table's reader can follow."""
        return bool(self.consent or self.documents or self.outcome or self.dry_run or self.encoding or self.sheet)


@mandate.command("add-for-all")
@with_form
def mandate_add_for_all(
    context: typer.Context,
    party: str,
    document: Annotated[
        Path,
        typer.Argument(
            help="The signed authorisation of all; or a table (CSV, XLSX) that names a document for each: member, document ..."
        ),
    ],
    form: ForAll,
    json: Json = False,
) -> None:
    """Record a proof of authority for all subjects of a party, also future ones: what members authorised by joining.

    With a table as CSV or XLSX (member, document, from, until, scope), a proof for each subject that it names, or with --consent
    the consent of each; what is on record already is not added again. Exit code 1 when a row was refused.
    """
    if document.suffix.lower() in TABLES:
        _add_each(context, party, document, form, json=json)
    elif form.is_of_a_table:
        raise NotUnderstood(
            "That is said of a table alone, which names a document for each.", "Give a file that ends in .csv or .xlsx."
        )
    else:
        _add_one_for_all(context, party, document, form, json=json)


def _add_one_for_all(context: typer.Context, party: str, document: Path, form: ForAll, *, json: bool) -> None:
    from registry.mandate_lines import Reading, prove_for_all

    terms, begins, ends = form.terms(), optional_moment(form.start), optional_moment(form.end)
    if begins is None:
        raise NotUnderstood("It is not said from when on it holds.", "Give --from.")
    with session_of(context) as (workspace, session):
        read = Reading(verifier_named(session, form.verified_by, "--verified-by"), begins, ends)
        added = prove_for_all(session, workspace.vault, party, document, read, terms)
    show_record(added, json)


def _add_each(context: typer.Context, party: str, table: Path, form: ForAll, *, json: bool) -> None:
    from monitor.consent_tables import record_table
    from monitor.consents import Given

    terms, begins, ends = form.terms(), optional_moment(form.start), optional_moment(form.end)
    with session_of(context) as (workspace, session):
        by = verifier_named(session, form.verified_by, "--verified-by")
        given = Given(terms, by, form.documents or table.parent, begins, ends, form.encoding, form.sheet)
        made = record_table(workspace, session, party, table, given, form.outcome, dry_run=form.dry_run, say=progress_line())
        end_progress()
    show_record(made, json)
    if made.refused:
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
    from registry.mandate_lines import Reading, declare

    begins, ends = optional_moment(start), optional_moment(end)
    with session_of(context) as (workspace, session):
        read = Reading(verifier_named(session, verified_by, "--verified-by"), begins, ends)
        added = declare(session, workspace.vault, subject, read)
    show_record(added, json)


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
    from registry.mandate_lines import mandate_views

    with session_of(context) as (_, session):
        found = mandate_views(session, part_of(search, limit, after, json), subject)
        nothing = "No mandate fits that." if search else "No mandates. Add one with `semblance mandate add`."
        show_listed(found, named, json, nothing, COLUMNS, limit=limit)


@mandate.command("show")
def mandate_show(context: typer.Context, mandate_id: str, json: Json = False) -> None:
    """Show one mandate."""
    from registry.mandate_lines import mandate_view

    with session_of(context) as (_, session):
        show_record(mandate_view(session, mandate_id), json)


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
    from registry.mandate_lines import end_mandate

    with session_of(context) as (_, session):
        ended = end_mandate(session, mandate_id)
    show_record(ended, json)
