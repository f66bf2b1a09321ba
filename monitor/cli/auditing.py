"""audit: who wrote what, when and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import Search, show_listed
from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_json, shown, tell, utc
from registry.errors import ExitCode

if TYPE_CHECKING:
    from registry.audit import AuditEntry
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
    from dataclasses import asdict

    from crawler.custody import chain_verdict
    from registry.audit import verify_audit

    with session_of(context) as (workspace, session):
        own = workspace.caller is not None and workspace.caller.party_id is not None
        log, chain = verify_audit(session, head), chain_verdict(session, custody_head)
    whole = log.ok and chain.ok
    if json:
        show_json({"ok": whole, "audit": {**asdict(log), "ok": log.ok}, "custody": {**asdict(chain), "ok": chain.ok}})
    else:
        _tell_chain("The log of writes", log, own=own)
        _tell_chain("The chain of custody", chain, own=own)
        say("Note the digests somewhere else: they show later that no entry was cut off (--head, --custody-head).")
    if not whole:
        raise typer.Exit(ExitCode.DAMAGED)
    if log.set_back or chain.set_back:
        raise typer.Exit(ExitCode.FOUND)


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
    from registry.audit import listed_entries
    from registry.paging import Listed, Part

    with session_of(context) as (_, session):
        found = listed_entries(session, Part(search, limit or last, after), table=table, row=row)
        newest_first = list(found.rows)
        in_order = Listed(newest_first[::-1])
        show_listed(in_order, _fields if json else _words_of, json, "Nothing was written.", COLUMNS, limit=limit)
        if found.more:
            tell(f"{found.more} earlier ones: --after {newest_first[-1][1]}")


def _words_of(entry: "AuditEntry") -> dict[str, Any]:
    return _in_words(_fields(entry))


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "rows": _few(row["rows"]), "set": _words(row["set"])}


def _fields(entry: "AuditEntry") -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "who": entry.who,
        "party_id": entry.party_id,
        "concerns": entry.concerns,
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
