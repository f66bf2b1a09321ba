"""webhook: where programs are told what happened."""

from typing import Annotated

import typer

from monitor.cli.opening import Json, session_of, workspace_of
from monitor.cli.output import say, show_record, show_rows, shown, tell

webhook = typer.Typer(no_args_is_help=True, help="Addresses to which it is sent what happens, signed as Standard Webhooks are.")

Endpoint = Annotated[str, typer.Argument(help="The webhook, by its id.")]
COLUMNS = ("party", "url", "waiting", "failing_since", "disabled_at", "disabled_why", "id")


def join(app: typer.Typer) -> None:
    app.add_typer(webhook, name="webhook")


@webhook.command("add")
def webhook_add(
    context: typer.Context,
    party: Annotated[str, typer.Argument(help="Whose things it is told of, and those of the parties under it.")],
    url: Annotated[str, typer.Argument(help="The address.")],
    json: Json = False,
) -> None:
    """Have it sent to an address when matches are found and decided, cases opened, and letters sent and heeded."""
    from monitor.webhooks import add_endpoint

    with session_of(context) as (workspace, session):
        added = add_endpoint(session, workspace.settings, party, url)
    if not json:
        tell("Its messages are signed with the secret: give it to whoever reads them.")
    show_record(added, json)


@webhook.command("list")
def webhook_list(context: typer.Context, json: Json = False) -> None:
    """List the webhooks, with what waits for each and why."""
    from monitor.webhooks import endpoint_lines

    with session_of(context) as (_, session):
        show_rows(endpoint_lines(session), json, "No webhooks yet. Add one with `semblance webhook add`.", COLUMNS)


@webhook.command("remove")
def webhook_remove(context: typer.Context, endpoint: Endpoint) -> None:
    """Send nothing there any more; what waits for it goes."""
    from monitor.webhooks import remove_endpoint

    with session_of(context) as (_, session):
        remove_endpoint(session, endpoint)
    say(f"Removed the webhook {shown(endpoint)}.")


@webhook.command("rotate")
def webhook_rotate(context: typer.Context, endpoint: Endpoint, json: Json = False) -> None:
    """Give it another secret. For a day its messages are signed with the one before as well."""
    from monitor.webhooks import rotate_secret
    from registry.db import now

    with session_of(context) as (_, session):
        given = rotate_secret(session, endpoint, now())
    if not json:
        tell("Its messages are signed with the new secret; for a day with the one before, too.")
    show_record(given, json)


@webhook.command("test")
def webhook_test(context: typer.Context, endpoint: Endpoint, json: Json = False) -> None:
    """Send a message of the kind test, now. A webhook that was disabled and takes it is sent to again."""
    from monitor.webhooks import try_endpoint

    with session_of(context) as (workspace, session):
        show_record(try_endpoint(session, workspace.settings, endpoint), json)


@webhook.command("deliver")
def webhook_deliver(context: typer.Context, json: Json = False) -> None:
    """Send what is due, where no server runs that does it by itself."""
    from monitor.webhooks import deliver

    with workspace_of(context) as workspace:
        show_record(deliver(workspace), json)
