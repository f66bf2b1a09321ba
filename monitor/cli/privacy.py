"""privacy: what is held of people, and when it goes."""

from typing import Annotated

import typer

from monitor.cli.opening import Json, owner_alone, session_of
from monitor.cli.output import say, show_json, show_rows, shown, tell

privacy = typer.Typer(no_args_is_help=True, help="What is held of people, on what basis, and until when.")


def join(app: typer.Typer) -> None:
    app.add_typer(privacy, name="privacy")


@privacy.command("report")
def privacy_report(context: typer.Context, json: Json = False) -> None:
    """Say what is held, on what basis, for how long, and how it lies there."""
    from dataclasses import asdict

    from monitor.misses import rates_in_words
    from monitor.privacy import holdings
    from registry.db import now

    with session_of(context) as (workspace, session):
        policy = workspace.settings.retention
        rows = [asdict(holding) for holding in holdings(session, policy, now())]
        rates = rates_in_words(session, workspace.settings, now())
    if json:
        show_json({"at": now(), "policy": policy.model_dump(), "holdings": rows, "rates": list(rates)})
        return
    show_rows(rows, False, "")
    say("Of people in videos whom nobody enrolled, no vector is held: none is ever written.")
    for line in rates:
        say(shown(line))


@privacy.command("retention")
def privacy_retention(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Remove what is due by now. This cannot be undone.")] = False,
    json: Json = False,
) -> None:
    """List what the retention policy will remove, and when; with --apply, remove what is due."""
    from dataclasses import asdict

    from sqlmodel import select

    from monitor.retention import apply_policy, schedule, still_dropped
    from monitor.workspace import alone
    from registry.db import now
    from registry.erase import Erasure
    from registry.subjects import Subject

    if apply:
        owner_alone(context)
    at = now()
    with session_of(context) as (workspace, session):
        if apply:
            with alone(workspace):
                found = apply_policy(workspace, session, at)
        else:
            found = schedule(session, workspace.settings.retention, at)
        left = [line for row in session.exec(select(Erasure).where(Erasure.at == at)) for line in row.left]
        left += [f"{path}: was dropped there; remove it yourself" for path in still_dropped(session, found)] if apply else []
        names = {due.id: subject.name for due in found if (subject := session.get(Subject, due.id))}
        rows = [{**asdict(due), "name": names.get(due.id), "due": due.due_at <= at} for due in found]
    show_rows(rows, json, "Nothing has a date on which it goes.", ("what", "name", "due_at", "due", "why", "id"))
    if left:
        tell(f"{len(left)} files may still show what went:")
    for line in left:
        tell(f"  {shown(line)}")
