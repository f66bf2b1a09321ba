"""account: who may look into the registry, for which party, and in what role."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.listing import After, Limit, Search, part_of, show_part
from monitor.cli.opening import Json, NotUnderstood, optional_moment, session_of
from monitor.cli.output import fields, say, show_json, show_record, shown, tell, utc
from registry.kinds import Role

if TYPE_CHECKING:
    from datetime import datetime

    from registry.accounts import Account, ApiToken

account = typer.Typer(no_args_is_help=True, help="Who may look into the registry: for a party, in a role.")
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given.")]


def join(app: typer.Typer) -> None:
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
    from registry.accounts import add_account
    from registry.parties import find_party

    with session_of(context) as (_, session):
        added = add_account(session, name, role, password, find_party(session, party) if party else None)
        record = _account_fields(added)
    show_record(record, json)


@account.command("list")
def account_list(
    context: typer.Context, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List all accounts."""
    from registry.accounts import list_accounts
    from registry.parties import Party
    from registry.sign_in import locks

    with session_of(context) as (_, session):
        held = locks(session)
        rows = [
            {
                **_account_fields(row),
                "party": session.get_one(Party, row.party_id).name if row.party_id else None,
                "wrong_passwords": held[row.id].failures if row.id in held else 0,
                "shut_until": held[row.id].until if row.id in held else None,
            }
            for row in list_accounts(session)
        ]
        nothing = "No account fits that." if search else "No accounts yet. Add one with `semblance account add`."
        part = part_of(search, limit, after, json)
        columns = ("name", "role", "party", "wrong_passwords", "shut_until", "disabled_at", "id")
        show_part(rows, part, json, nothing, columns, searched=("name", "role", "party"), limit=limit)


@account.command("password")
def account_password(context: typer.Context, name: str, password: Password) -> None:
    """Set an account's password. Its tokens end with the one before."""
    from registry.accounts import find_account, set_password

    with session_of(context) as (_, session):
        revoked = set_password(session, find_account(session, name), password)
    say(f"The password of {shown(name)} is set." + (f" {revoked} tokens ended with the one before." if revoked else ""))


@account.command("disable")
def account_disable(context: typer.Context, name: str, json: Json = False) -> None:
    """Close an account: neither its password nor its tokens open anything from now on."""
    from registry.accounts import disable_account, find_account
    from registry.db import now

    with session_of(context) as (_, session):
        found = find_account(session, name)
        disable_account(session, found, now())
        record = _account_fields(found)
    show_record(record, json)


@account.command("token")
def account_token(
    context: typer.Context,
    name: str,
    label: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[int | None, typer.Option(min=1, help="For how many days; 90 if nothing is said, 366 at most.")] = None,
    until: Annotated[str | None, typer.Option(help="The first day or moment at which it is over, instead of --days.")] = None,
    json: Json = False,
) -> None:
    """Issue a token for programs, to be set as SEMBLANCE_TOKEN. It is shown this once; only its hash is kept."""
    from registry.accounts import find_account, issue_token

    ends = _end(days, until)
    with session_of(context) as (_, session):
        issued, secret = issue_token(session, find_account(session, name), label, ends)
        record = _token_fields(issued)
    if json:
        show_json({**record, "token": secret})
        return
    tell(f"It is over on {utc(record['ends_at'])}. Keep it now; it cannot be shown again.")
    say(secret)


@account.command("tokens")
def account_tokens(
    context: typer.Context, name: str, search: Search = "", limit: Limit = None, after: After = None, json: Json = False
) -> None:
    """List an account's tokens."""
    from registry.accounts import find_account, tokens_of

    with session_of(context) as (_, session):
        rows = [_token_fields(row) for row in tokens_of(session, find_account(session, name))]
        nothing = "No token fits that." if search else "No tokens. Issue one with `semblance account token`."
        part = part_of(search, limit, after, json)
        show_part(rows, part, json, nothing, searched=("id", "label"), limit=limit)


@account.command("revoke-token")
def account_revoke_token(context: typer.Context, token_id: str, json: Json = False) -> None:
    """End a token now."""
    from registry.accounts import revoke_token
    from registry.db import now

    with session_of(context) as (_, session):
        record = _token_fields(revoke_token(session, token_id, now()))
    show_record(record, json)


def _end(days: int | None, until: str | None) -> "datetime | None":
    from datetime import timedelta

    from registry.db import now

    if days is not None and until is not None:
        raise NotUnderstood("A token ends once.", "Give --days or --until.")
    # More days than a calendar has are refused as too many, too.
    return optional_moment(until) if days is None else now() + timedelta(days=min(days, 10_000))


@account.command("unlock")
def account_unlock(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The account whose password may be tried again at once.")] = None,
    clock: Annotated[
        bool, typer.Option("--clock", help="Forget the latest time that this machine's clock had: it was wrong.")
    ] = False,
) -> None:
    """Take passwords again after too many wrong ones. For whoever runs this machine; the log of writes has it."""
    from registry.accounts import find_account
    from registry.sign_in import forget_clock, unlock

    if clock == (name is not None):
        raise NotUnderstood("It is not said what to unlock.", "Give the name of an account, or --clock.")
    with session_of(context) as (_, session):
        if clock:
            forget_clock(session)
        stood = name is not None and unlock(session, find_account(session, name))
    if clock:
        say("The time that the clock had before is forgotten: tokens are judged by the time that it has now.")
    else:
        say(f"Passwords of {shown(name)} are taken again." if stood else f"Nothing stood against passwords of {shown(name)}.")


def _account_fields(row: "Account") -> dict[str, Any]:
    return fields(row, "id", "name", "role", "party_id", "created_at", "disabled_at")


def _token_fields(row: "ApiToken") -> dict[str, Any]:
    return fields(row, "id", "account_id", "label", "created_at", "ends_at", "revoked_at", "last_used_at")
