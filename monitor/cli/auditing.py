"""audit: who wrote what, when and why."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import Search, show_listed
from monitor.cli.opening import Json, session_of
from monitor.cli.output import named, say, show_json, shown, tell, utc
from registry.errors import ExitCode

if TYPE_CHECKING:
    from registry.audit_lines import AuditLine
    from registry.chain import ChainVerdict

COLUMNS = ("seq", "at", "who", "why", "action", "table", "rows", "set")

audit = typer.Typer(no_args_is_help=True, help="The log of every write: who, what, when and why.")


def join(app: typer.Typer) -> None:
    app.add_typer(audit, name="audit")


@audit.command("verify")
def audit_verify(
    context: typer.Context,
    head: Annotated[str | None, typer.Option(help="The log's digest that this printed earlier; it must still be there.")] = None,
    custody_head: Annotated[str | None, typer.Option(help="The same of the chain of custody.")] = None,
    json: Json = False,
) -> None:
    """Check the log of writes and the chain of custody; exit code 4, naming the first broken entry, and 1 where both are whole
    and the clock was set back between two entries."""
    from monitor.chains import verify_chains

    with session_of(context) as (_, session):
        found = verify_chains(session, head, custody_head)
    if json:
        show_json({"ok": found.whole, "audit": _verdict(found.audit), "custody": _verdict(found.custody)})
    else:
        _tell_chain("The log of writes", found.audit, own=found.own)
        _tell_chain("The chain of custody", found.custody, own=found.own)
        say("Note the digests somewhere else: they show later that no entry was cut off (--head, --custody-head).")
    if not found.whole:
        raise typer.Exit(ExitCode.DAMAGED)
    if found.set_back:
        raise typer.Exit(ExitCode.FOUND)


def _verdict(verdict: "ChainVerdict") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(verdict), "ok": verdict.ok}


def _tell_chain(name: str, verdict: "ChainVerdict", *, own: bool) -> None:
    """own: whether it is told to an account, which is told of its own entries alone."""
    if verdict.ok:
        entries = f"{verdict.entries} of its entries are yours" if own else f"{verdict.entries} entries"
        say(f"{name} is whole: {entries}, the last with the digest")
        say(f"  {verdict.head}")
    elif own:
        say(f"{name} is broken: {verdict.problem}.")
    else:
        say(f"{name} is broken: entry {verdict.broken}: {verdict.problem}. The {verdict.entries} entries before it are whole.")
    for found in verdict.set_back:
        dates = f"entry {found.entry} is dated {utc(found.at)}, and the entry before it {utc(found.before)}"
        say(f"  The clock was set back, or was wrong before: {dates}.")


@audit.command("list")
def audit_list(
    context: typer.Context,
    table: Annotated[str | None, typer.Option(help="Only writes to this table, such as licence.")] = None,
    row: Annotated[str | None, typer.Option(help="Only writes of the row with this id.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many.")] = 50,
    search: Search = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="The same as --last, and in JSON with cursors.")] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Those before the entry of this cursor.")] = None,
    json: Json = False,
) -> None:
    """List the last writes, the last one at the end; --after goes further back."""
    from registry.audit_lines import audit_lines
    from registry.paging import Listed, Part

    with session_of(context) as (_, session):
        found = audit_lines(session, Part(search, limit or last, after), table=table, row=row)
        rows = list(found.rows)
        show_listed(Listed(rows), named if json else _in_words, json, "Nothing was written.", COLUMNS, limit=limit)
        if found.more:
            tell(f"{found.more} earlier ones: --after {rows[0][1]}")


def _in_words(line: "AuditLine") -> dict[str, Any]:
    return {**named(line), "rows": _few(line.rows), "set": _words(line.set)}


def _few(rows: list[str]) -> str:
    return f"{shown(rows[0])} and {len(rows) - 1} more" if len(rows) > 1 else shown("".join(rows))


def _words(detail: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in detail.items())
