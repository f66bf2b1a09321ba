"""account: second factors, browsers that are signed in, and who must have a second factor; for whoever runs this machine."""

from typing import Annotated

import typer

from monitor.cli.opening import Json, session_of
from monitor.cli.output import say, show_record, shown


def join(account: typer.Typer) -> None:
    account.command("factors")(account_factors)
    account.command("reset-factors")(account_reset_factors)
    account.command("sign-out")(account_sign_out)
    account.command("require-factor")(account_require_factor)


def account_factors(context: typer.Context, name: str, json: Json = False) -> None:
    """What an account has beside its password, and where it is signed in."""
    from registry.account_resets import held_by
    from registry.accounts import find_account

    with session_of(context) as (_, session):
        held = held_by(session, find_account(session, name))
    show_record(held, json)


def account_reset_factors(context: typer.Context, name: str) -> None:
    """Take an account's second factors away, and sign it out: it signs in by its password until it has new ones."""
    from monitor.settings import os_user
    from registry.account_resets import reset
    from registry.accounts import find_account
    from registry.db import now

    with session_of(context) as (_, session):
        reset(session, find_account(session, name), f"{os_user()}, who runs the machine", now())
    say(f"{shown(name)} has no second factor any more, and is signed out everywhere. It is told at its next sign-in.")


def account_sign_out(context: typer.Context, name: str) -> None:
    """Sign all browsers of an account out."""
    from monitor.settings import os_user
    from registry.account_resets import end
    from registry.accounts import find_account
    from registry.db import now

    with session_of(context) as (_, session):
        end(session, find_account(session, name), f"{os_user()}, who runs the machine", now())
    say(f"{shown(name)} is signed out everywhere. It is told at its next sign-in.")


def account_require_factor(
    context: typer.Context,
    party: Annotated[str, typer.Argument(help="The party, by name or id; what is under it is meant, too.")],
    off: Annotated[bool, typer.Option("--off", help="Nobody has to any more.")] = False,
) -> None:
    """Have everybody of a party need a second factor: who has none sets one up at the next sign-in."""
    from registry.parties import find_party
    from registry.second_factors import set_rule

    with session_of(context) as (_, session):
        found = find_party(session, party)
        set_rule(session, found.id, needed=not off)
        said = found.name
    say(f"Nobody of {shown(said)} has to have a second factor." if off else f"Everybody of {shown(said)} needs a second factor.")
