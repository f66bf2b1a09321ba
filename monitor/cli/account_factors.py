"""account: second factors, browsers that are signed in, and who must have a second factor; for whoever runs this machine."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import Json, NotUnderstood, session_of
from monitor.cli.output import say, show_record, shown

if TYPE_CHECKING:
    from monitor.workspace import Workspace


def join(account: typer.Typer) -> None:
    account.command("factors")(account_factors)
    account.command("reset-factors")(account_reset_factors)
    account.command("sign-out")(account_sign_out)
    account.command("require-factor")(account_require_factor)
    account.command("link")(account_link)
    account.command("unlink")(account_unlink)


def account_factors(context: typer.Context, name: str, json: Json = False) -> None:
    """What an account has beside its password, and where it is signed in."""
    from registry.account_resets import held_by
    from registry.accounts import find_account

    with session_of(context) as (_, session):
        held = held_by(session, find_account(session, name))
    show_record(held, json)


def account_reset_factors(context: typer.Context, name: str) -> None:
    """Take an account's second factors away, and sign it out: it signs in by its password until it has new ones."""
    from registry.account_resets import reset
    from registry.accounts import find_account
    from registry.db import now

    with session_of(context) as (_, session):
        reset(session, find_account(session, name), _by(), now())
    say(f"{shown(name)} has no second factor any more, and is signed out everywhere. It is told at its next sign-in.")


def account_sign_out(context: typer.Context, name: str) -> None:
    """Sign all browsers of an account out."""
    from registry.account_resets import end
    from registry.accounts import find_account
    from registry.db import now

    with session_of(context) as (_, session):
        end(session, find_account(session, name), _by(), now())
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


def account_link(
    context: typer.Context,
    name: str,
    subject: Annotated[str, typer.Argument(help="Who the account is for the server under [sign_on], as that names them.")],
) -> None:
    """Let another server sign somebody in as this account: whoever is that subject there."""
    from registry.accounts import find_account
    from registry.db import now
    from registry.linked_subjects import link

    with session_of(context) as (workspace, session):
        link(session, find_account(session, name), _issuer(workspace), subject, _by(), now())
    say(f"{shown(name)} is signed in by whoever is {shown(subject)} there. It is told at its next sign-in.")


def account_unlink(context: typer.Context, name: str) -> None:
    """Let the server under [sign_on] sign nobody in as this account any more."""
    from registry.accounts import find_account
    from registry.db import now
    from registry.linked_subjects import unlink

    with session_of(context) as (workspace, session):
        unlink(session, find_account(session, name), _issuer(workspace), _by(), now())
    say(f"{shown(name)} is signed in by no other server any more.")


def _issuer(workspace: "Workspace") -> str:
    if not workspace.settings.sign_on.issuer:
        raise NotUnderstood("No other server signs anybody in here.", "Name one in semblance.toml, under [sign_on].")
    return workspace.settings.sign_on.issuer


def _by() -> str:
    from monitor.settings import os_user

    return f"{os_user()}, who runs the machine"
