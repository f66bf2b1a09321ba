"""How a command gets at its workspace, and reads what was typed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.access import ROLES, WITHOUT_WORKSPACE
from monitor.cli.output import tell
from registry.errors import SemblanceError

if TYPE_CHECKING:
    from sqlmodel import Session

    from monitor.settings import Settings
    from monitor.workspace import Workspace
    from registry.accounts import Caller

AcceptLicence = Annotated[bool, typer.Option("--accept-licence", help="Declare that you hold a licence for the packs used.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Start = Annotated[str, typer.Option("--from", help="First day or moment, such as 2026-01-31.")]
End = Annotated[str | None, typer.Option("--until", help="The first day or moment at which it is over; open if not given.")]
PartyOption = Annotated[str | None, typer.Option("--party", help="The party that holds it, by name or id.")]


class NotUnderstood(SemblanceError):
    """Something typed that has no meaning here."""


def folder_of(context: typer.Context) -> Path:
    """The workspace's folder, whether or not there is one in it."""
    from monitor.settings import workspace_folder

    given: Path | None = context.find_root().params.get("workspace")
    return workspace_folder(given)


@contextmanager
def workspace_of(context: typer.Context) -> "Iterator[Workspace]":
    from monitor.logs import remember, set_up
    from monitor.settings import load_settings
    from monitor.workspace import open_workspace, owner
    from registry.audit import acting

    command = _command(context)
    if command not in ROLES:
        owner_alone(context)
    identify = _identify(context)
    # What was typed after the command may name people, and stays out of the audit log.
    why = f"semblance {command}"
    folder = folder_of(context)
    set_up(load_settings(folder).log)
    remember(command=command)
    with acting(owner(why)), open_workspace(folder, tell, private=identify is None) as opened:
        caller = opened.identified(identify, why) if identify is not None else None
        with opened.acting_for(caller, why) as workspace:
            if caller is not None:
                _check_role(command, caller)
            yield workspace


def owner_alone(context: typer.Context) -> None:
    """Raise AccessRefused when the command is to act for an account: it is for whoever runs this machine."""
    from registry.accounts import AccessRefused

    if any(_credentials(context)):
        raise AccessRefused(
            f"`semblance {_command(context)}` is for whoever runs this machine, and for no account.",
            "Leave --as out and unset SEMBLANCE_TOKEN, if that is you.",
        )


def _check_role(command: str, caller: "Caller") -> None:
    from registry.accounts import AccessRefused
    from registry.kinds import Scope

    if not caller.may(Scope.COMMANDS):
        raise AccessRefused("This token is not for the command line.", "Issue one with --scope commands, or without --scope.")
    if caller.role not in ROLES[command]:
        raise AccessRefused(
            f"{caller.name} is {caller.role.value}; `semblance {command}` is for {' or '.join(sorted(ROLES[command]))}.",
            "Ask somebody whose role allows it.",
        )


def _identify(context: typer.Context) -> "Callable[[Session], Caller] | None":
    """How the account is found out that --as or the token names; None where neither is given."""
    name, token = _credentials(context)
    if not (name or token):
        return None
    from registry.db import now
    from registry.sign_in import SecondFactorWanted, authenticate, by_code, caller_of_token

    if name:
        password = typer.prompt("Password", hide_input=True, err=True)

        def identify(session: "Session") -> "Caller":
            try:
                return authenticate(session, name, password, now(), enrols=False)
            except SecondFactorWanted as wanted:
                if not wanted.factors.totp:
                    raise NotUnderstood("This account signs in by its passkey, in a browser.", "Issue it a token.") from wanted
                code = typer.prompt("Code of your authenticator, or a recovery code", hide_input=True, err=True)
                return by_code(session, wanted.account_id, code, now())

        return identify
    return lambda session: caller_of_token(session, str(token), now())


def _credentials(context: typer.Context) -> tuple[str | None, str | None]:
    """The account's name that --as gives, and the token; either may be None, neither is empty. Raises NotUnderstood, and
    SettingsRefused."""
    from monitor.settings import access_token

    name: str | None = context.find_root().params.get("account")
    if name is not None and not name.strip():
        raise NotUnderstood("--as names no account.", "Give its name, or leave --as out to act as whoever runs this machine.")
    return name, access_token()


def _command(context: typer.Context) -> str:
    """The names of the groups it is in and of the command, without the program's own."""
    words: list[str] = []
    current: Any = context
    while current.parent is not None:
        words.append(current.info_name)
        current = current.parent
    return " ".join(words[::-1])


@contextmanager
def session_of(context: typer.Context) -> "Iterator[tuple[Workspace, Session]]":
    """A session that is committed at the end, and rolled back after an error."""
    with workspace_of(context) as workspace, workspace.session() as session:
        yield workspace, session
        session.commit()


def settings_of(context: typer.Context) -> "Settings":
    """The settings of the workspace, or those of the environment where there is no workspace."""
    from monitor.settings import load_settings

    if any(_credentials(context)) and _command(context) not in WITHOUT_WORKSPACE:
        owner_alone(context)
    return load_settings(folder_of(context))


def moment(text: str) -> datetime:
    """A date, meaning its first instant, or a time, as typed; UTC where no zone is given. Raises NotUnderstood."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise NotUnderstood(f"{text!r} is no date.", "Write it as 2026-11-22 or 2026-11-22T18:00:00Z.") from error


def optional_moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def person_named(session: "Session", typed: str | None, option: str) -> str:
    """Who decides: the account that is signed in, whose name need not be typed; at the machine itself whoever is named.
    Raises AccessRefused for another name than the account's, and NotUnderstood for none."""
    from registry.accounts import AccessRefused
    from registry.tenancy import caller_of

    caller, name = caller_of(session), " ".join((typed or "").split())
    if caller is None and not name:
        raise NotUnderstood("It is not said who decides.", f"Give the person's name with {option}.")
    if caller is not None and name not in ("", caller.name):
        raise AccessRefused(f"{caller.name} is signed in, and decides in no other name.", f"Leave {option} out.")
    return name if caller is None else caller.name


def verifier_named(session: "Session", typed: str | None, option: str) -> str:
    """Who looked at something: whoever is named, where an account enters that with its own name, and else the account.
    Raises NotUnderstood for no name at all."""
    from registry.tenancy import by_way_of, caller_of

    caller, name = caller_of(session), " ".join((typed or "").split())
    if caller is None or not name:
        return person_named(session, name, option)
    return by_way_of(name, caller)


def years(text: str | None) -> tuple[int, int] | None:
    """An era as typed: 1998 or 1995-1999. Raises NotUnderstood."""
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not (first.strip().isdecimal() and (last or first).strip().isdecimal()):
        raise NotUnderstood(f"{text!r} is no era.", "Write it as 1998 or 1995-1999.")
    return int(first), int(last or first)


def duration(text: str) -> float:
    """Seconds, as typed: 45s, 30m, 6h or 1d. Raises NotUnderstood."""
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in seconds or int(number) == 0:
        raise NotUnderstood(f"{text!r} is no span of time.", "Write it as 30m, 6h or 1d.")
    return float(int(number) * seconds[unit])
