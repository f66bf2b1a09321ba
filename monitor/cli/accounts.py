"""account: who may look into the registry, for which party, and in what role."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import account_factors
from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import Json, NotUnderstood, optional_moment, session_of
from monitor.cli.output import say, show_json, show_record, shown, tell, utc
from registry.kinds import Role, Scope

if TYPE_CHECKING:
    from datetime import datetime


account = typer.Typer(no_args_is_help=True, help="Who may look into the registry: for a party, in a role.")
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given.")]


def join(app: typer.Typer) -> None:
    account_factors.join(account)
    app.add_typer(account, name="account")


@account.command("add")
def account_add(
    context: typer.Context,
    name: str,
    role: Annotated[Role, typer.Option(help="What it may do.")],
    password: Password,
    party: Annotated[
        str | None, typer.Option(help="Whose it is; it sees that party and all under it. Every party's if none.")
    ] = None,
    json: Json = False,
) -> None:
    """Add an account. Whoever runs this machine needs none; with accounts, others act through `--as` or a token."""
    from registry.account_lines import new_account

    with session_of(context) as (_, session):
        added = new_account(session, name, role, password, party)
    show_record(added, json)


@account.command("list")
def account_list(
    context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List all accounts."""
    from registry.account_lines import account_lines

    with session_of(context) as (_, session):
        nothing = "No account fits that." if search else "No accounts yet. Add one with `semblance account add`."
        part = part_of(search, limit, after, json)
        columns = ("name", "role", "party", "wrong_passwords", "shut_until", "disabled_at", "id")
        show_part(account_lines(session), part, json, nothing, columns, searched=("name", "role", "party"), limit=limit)


@account.command("password")
def account_password(context: typer.Context, name: str, password: Password) -> None:
    """Set an account's password. Its tokens end with the one before."""
    from registry.account_lines import set_password

    with session_of(context) as (_, session):
        revoked = set_password(session, name, password)
    say(f"The password of {shown(name)} is set." + (f" {revoked} tokens ended with the one before." if revoked else ""))


@account.command("disable")
def account_disable(context: typer.Context, name: str, json: Json = False) -> None:
    """Close an account: neither its password nor its tokens open anything from now on."""
    from registry.account_lines import disable

    with session_of(context) as (_, session):
        closed = disable(session, name)
    show_record(closed, json)


@account.command("token")
def account_token(
    context: typer.Context,
    name: str,
    label: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[int | None, typer.Option(min=1, help="For how many days; 90 if nothing is said, 366 at most.")] = None,
    until: Annotated[str | None, typer.Option(help="The first day or moment at which it is over, instead of --days.")] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="Only for this; may be repeated. Without it: for all but check.")
    ] = None,
    json: Json = False,
) -> None:
    """Issue a token for programs, to be set as SEMBLANCE_TOKEN. It is shown this once; only its hash is kept."""
    from registry.account_lines import new_token
    from registry.accounts import USUAL

    ends = _end(days, until)
    with session_of(context) as (_, session):
        issued = new_token(session, name, label, ends, scope or USUAL)
    if json:
        show_json(issued)
        return
    tell(f"It is over on {utc(issued.ends_at)}. Keep it now; it cannot be shown again.")
    say(issued.token)


@account.command("tokens")
def account_tokens(
    context: typer.Context, name: str, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List an account's tokens."""
    from registry.account_lines import token_views

    with session_of(context) as (_, session):
        nothing = "No token fits that." if search else "No tokens. Issue one with `semblance account token`."
        part = part_of(search, limit, after, json)
        show_part(token_views(session, name), part, json, nothing, searched=("id", "label"), limit=limit)


@account.command("revoke-token")
def account_revoke_token(context: typer.Context, token_id: str, json: Json = False) -> None:
    """End a token now."""
    from registry.account_lines import end_token

    with session_of(context) as (_, session):
        ended = end_token(session, token_id)
    show_record(ended, json)


def _end(days: int | None, until: str | None) -> "datetime | None":
    from registry.account_lines import in_days

    if days is not None and until is not None:
        raise NotUnderstood("A token ends once.", "Give --days or --until.")
    return optional_moment(until) if days is None else in_days(days)


@account.command("unlock")
def account_unlock(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The account whose password may be tried again at once.")] = None,
    clock: Annotated[
        bool, typer.Option("--clock", help="Forget the latest time that this machine's clock had: it was wrong.")
    ] = False,
) -> None:
    """Take passwords again after too many wrong ones. For whoever runs this machine; the log of writes has it."""
    from registry.account_lines import open_again

    if clock == (name is not None):
        raise NotUnderstood("It is not said what to unlock.", "Give the name of an account, or --clock.")
    with session_of(context) as (_, session):
        stood = open_again(session, name)
    if clock:
        say("The time that the clock had before is forgotten: tokens are judged by the time that it has now.")
    else:
        say(f"Passwords of {shown(name)} are taken again." if stood else f"Nothing stood against passwords of {shown(name)}.")
