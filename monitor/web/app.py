"""The application that a server runs: console and API over one open workspace."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from monitor.self_enrolment import PhotoDesk
from monitor.sent_rosters import RosterDesk
from monitor.single_sign_on import SignOn
from monitor.taking_in_at_once import TakingIn
from monitor.web.api.joined import join_api
from monitor.web.console import (
    accounts,
    bulk,
    confirming,
    doors,
    drafting,
    enrolling,
    erasing,
    home,
    invitations,
    letter_life,
    letters,
    passkeys,
    passwords,
    pictures,
    queue,
    reading,
    references,
    registry,
    rosters,
    second,
    second_factor,
    settings,
    sign_on,
    sources,
    statics,
    tokens,
    webhooks,
    weekly,
)
from monitor.web.console.link_tries import LinkTries
from monitor.web.console.opening import Opening
from monitor.web.console.seen import Screens
from monitor.web.errors import failed, misunderstood, not_there, refused
from monitor.web.guards import Guards
from monitor.web.health import join_health
from monitor.web.upload_seats import IN_ALL, OF_LINKS, UploadSeats
from monitor.workspace import Workspace
from registry.errors import SemblanceError

CONSOLE = (
    *(statics, doors, second_factor, passkeys, sign_on, confirming, home, bulk, second, queue, pictures, letters, letter_life),
    *(drafting, weekly, registry, references, sources, reading, settings, passwords, accounts),
    *(enrolling, invitations, rosters),
    *(tokens, webhooks, erasing),
)


def make_app(workspace: Workspace, hosts: Iterable[str], opening: Opening | None = None) -> FastAPI:
    """workspace: open, as the machine's owner has it. hosts: as Guards has them. opening: by which the owner signs in."""
    app = FastAPI(title="Semblance", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.workspace, app.state.opening = workspace, opening or Opening(lambda _: None)
    app.state.sign_on = SignOn(workspace.settings, workspace.root)
    app.state.upload_seats, app.state.link_seats = UploadSeats(IN_ALL), UploadSeats(OF_LINKS)
    app.state.photo_desk, app.state.link_tries = PhotoDesk(), LinkTries()
    app.state.roster_desk, app.state.taking_in = RosterDesk(workspace), TakingIn(workspace)
    app.state.screens = Screens()
    join_api(app, workspace)
    app.add_middleware(Guards, hosts=tuple(hosts), media=_played_from(workspace))
    app.add_exception_handler(SemblanceError, refused)
    app.add_exception_handler(HTTPException, not_there)
    app.add_exception_handler(RequestValidationError, misunderstood)
    app.add_exception_handler(Exception, failed)
    join_health(app, workspace)
    for part in CONSOLE:
        app.include_router(part.routes, include_in_schema=False)
    return app


def _played_from(workspace: Workspace) -> str:
    """The store's origin, where the player reads captured videos from it; "" where it does not."""
    address = workspace.vault.address("0" * 64, "video/mp4") if workspace.settings.vault.direct_reading else None
    return "" if address is None else "{0.scheme}://{0.netloc}".format(urlsplit(address))
