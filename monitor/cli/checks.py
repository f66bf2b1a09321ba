"""check: who may ask before they publish."""

from typing import Annotated

import typer

from monitor.cli.opening import Json, optional_moment, session_of
from monitor.cli.output import show_record, show_rows

check = typer.Typer(no_args_is_help=True, help="Accounts under contract that may ask: may I publish this?")

COLUMNS = ("account", "reference", "licensee", "daily", "asked", "status", "alerted_at", "id")


def join(app: typer.Typer) -> None:
    app.add_typer(check, name="check")


@check.command("allow")
def check_allow(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="The account, by name or id; of a party of its own.")],
    contract: Annotated[str, typer.Option(help="By which the contract is known.")],
    licensee: Annotated[str, typer.Option(help="What licences call whoever asks: theirs alone permit anything.")],
    daily: Annotated[int, typer.Option(min=1, help="Questions a day.")] = 1000,
    until: Annotated[str | None, typer.Option(help="The first day or moment at which it is over.")] = None,
    json: Json = False,
) -> None:
    """Put a contract on record: its account may ask, with a token of the scope check."""
    from registry.contracts import add_contract

    ends = optional_moment(until)
    with session_of(context) as (_, session):
        added = add_contract(session, account, contract, licensee, daily, ends)
    show_record(added, json)


@check.command("contracts")
def check_contracts(context: typer.Context, json: Json = False) -> None:
    """List the contracts, how much was asked, and who seemed to probe."""
    from registry.contracts import contract_lines

    with session_of(context) as (_, session):
        show_rows(contract_lines(session), json, "No contracts yet. Add one with `semblance check allow`.", COLUMNS)


@check.command("end")
def check_end(
    context: typer.Context, contract: Annotated[str, typer.Argument(help="The contract, by its id.")], json: Json = False
) -> None:
    """End a contract now: its account may not ask any more."""
    from registry.contracts import end_contract

    with session_of(context) as (_, session):
        show_record(end_contract(session, contract), json)
