"""audit: who wrote what, when and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_json, show_rows, shown
from registry.errors import ExitCode

if TYPE_CHECKING:
    from registry.audit import AuditEntry

audit = typer.Typer(no_args_is_help=True, help="The log of every write: who, what, when and why.")


def join(app: typer.Typer) -> None:
    app.add_typer(audit, name="audit")


@audit.command("verify")
def audit_verify(
    context: typer.Context,
    head: Annotated[str | None, typer.Option(help="A digest that this command printed earlier; it must still be there.")] = None,
    json: Json = False,
) -> None:
    """Check the whole log; exit code 4, naming the first broken entry, when anything in it was changed."""
    from dataclasses import asdict

    from registry.audit import verify_audit

    with session_of(context) as (_, session):
        verdict = verify_audit(session, head)
    if json:
        show_json({**asdict(verdict), "ok": verdict.ok})
    elif verdict.ok:
        say(f"Whole: {verdict.entries} entries. Note the digest of the last, which shows later that none was cut off:")
        say(f"  {verdict.head}")
    else:
        say(f"Broken: entry {verdict.broken}: {verdict.problem}. The {verdict.entries} entries before it are whole.")
    if not verdict.ok:
        raise typer.Exit(ExitCode.DAMAGED)


@audit.command("list")
def audit_list(
    context: typer.Context,
    table: Annotated[str | None, typer.Option(help="Only writes to this table, such as licence.")] = None,
    row: Annotated[str | None, typer.Option(help="Only writes of the row with this id.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many.")] = 50,
    json: Json = False,
) -> None:
    """List the last writes."""
    from registry.audit import list_entries

    with session_of(context) as (_, session):
        rows = [_fields(entry) for entry in list_entries(session, table=table, row=row, last=last)]
        if not json:
            rows = [{**row, "rows": _few(row["rows"]), "set": _words(row["set"])} for row in rows]
        show_rows(rows, json, "Nothing was written.", ("seq", "at", "who", "why", "action", "table", "rows", "set"))


def _fields(entry: "AuditEntry") -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "who": entry.who,
        "party_id": entry.party_id,
        "why": entry.why,
        "action": entry.action,
        "table": entry.table_name,
        "rows": entry.row_ids,
        "set": entry.detail,
        "digest": entry.digest,
    }


def _few(rows: list[str]) -> str:
    return f"{shown(rows[0])} and {len(rows) - 1} more" if len(rows) > 1 else shown("".join(rows))


def _words(detail: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in detail.items())
