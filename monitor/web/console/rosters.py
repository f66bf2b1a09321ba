"""Rosters, for registrars: sent, tried first, and taken in with what becomes of each row to be seen while it does."""

import csv
import io
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Protocol

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from monitor.roster.outcomes import COLUMNS, Result, inert
from monitor.sent_roster_files import RosterNotSent
from monitor.sent_rosters import Reading, RosterDesk
from monitor.web.asked import Asked, Asking
from monitor.web.console.fields import maybe_one_of
from monitor.web.console.pages import page
from monitor.web.problems import status_of
from monitor.web.uploads import LARGEST, MOST_FILES, Uploading
from registry.accounts import Caller
from registry.errors import Conflict, SemblanceError
from registry.kinds import Numbers
from registry.members import decide_numbering
from registry.parties import find_party, list_parties

routes = APIRouter()

FIELDS = ("party", "numbers", "encoding", "sheet", "number_column")
NOTHING_TYPED: Mapping[str, str] = dict.fromkeys(FIELDS, "")
SHOWN = 500
"""Rows whose outcome a page shows; the others are in the table that it offers."""

Typed = Annotated[str, Form()]


def _desk(asked: Asked) -> RosterDesk:
    desk: RosterDesk = asked.request.app.state.roster_desk
    return desk


@routes.get("/registry/rosters/upload", name="rosters")
def rosters(asked: Asking) -> Response:
    """The form for a roster, and those that one has sent."""
    return _form(asked, NOTHING_TYPED)


def _form(asked: Asked, typed: Mapping[str, str], error: SemblanceError | None = None) -> Response:
    caller = asked.admitted()
    with asked.acting() as workspace, workspace.session() as session:
        parties = [(each.party.id, each.party.name) for each in list_parties(session)]
    return page(
        "rosters.html",
        asked.who,
        here="registry",
        title="Import a roster",
        status=HTTPStatus.OK if error is None else status_of(error),
        parties=parties,
        sent=_desk(asked).of(caller),
        typed=typed,
        error=error,
        most=MOST_FILES,
        largest=LARGEST,
    )


@routes.post("/registry/rosters/upload", name="roster.send")
def send(sent: Uploading) -> Response:
    """Have a roster looked at; nothing is taken in by that."""
    asked, typed = sent.asked, {name: sent.field(name) for name in FIELDS}
    caller = asked.admitted()
    try:
        if sent.refused is not None:
            raise sent.refused
        if not sent.files:
            raise RosterNotSent("No file was chosen.", "Choose the table of members, and the photos or one zip of them.")
        with asked.acting() as workspace, workspace.session() as session:
            party = find_party(session, typed["party"])
            key, numbers = party.id, maybe_one_of(Numbers, typed["numbers"])
            if numbers is not None:
                decide_numbering(session, key, numbers)
            session.commit()
        reading = Reading(typed["encoding"], typed["sheet"], typed["number_column"])
        made = _desk(asked).send(caller, asked.who.name, key, sent.files, reading)
    except SemblanceError as error:
        return _form(asked, typed, error)
    return RedirectResponse(f"/registry/rosters/{made}", HTTPStatus.SEE_OTHER)


@routes.get("/registry/rosters/{roster_id}", name="roster")
def roster(asked: Asking, roster_id: str) -> Response:
    """How far one is, and what becomes of each row."""
    return _roster(asked, asked.admitted(), roster_id)


def _roster(asked: Asked, caller: Caller | None, roster_id: str, error: SemblanceError | None = None) -> Response:
    shown = _desk(asked).look(caller, roster_id)
    rows = sorted(shown.outcomes, key=lambda row: (row.result is not Result.REFUSED, not row.says, row.row))
    return page(
        "roster.html",
        asked.who,
        here="registry",
        title=shown.file_name,
        status=HTTPStatus.OK if error is None else status_of(error),
        roster=shown,
        rows=rows[:SHOWN],
        left_out=len(rows[SHOWN:]),
        error=error,
    )


@routes.post("/registry/rosters/{roster_id}/import", name="roster.import")
def take_in(asked: Asking, roster_id: str, new_consent: Typed = "", sure: Typed = "") -> Response:
    """Take in what was looked at; sent twice, it is done once."""
    return _done(asked, roster_id, _desk(asked).take_in, bool(new_consent), bool(sure))


@routes.post("/registry/rosters/{roster_id}/again", name="roster.again")
def again(asked: Asking, roster_id: str, new_consent: Typed = "", sure: Typed = "") -> Response:
    """Look at it again, as things stand now."""
    return _done(asked, roster_id, _desk(asked).try_again, bool(new_consent), bool(sure))


class _Doing(Protocol):
    def __call__(self, caller: Caller | None, roster_id: str, *, new_consent: bool, sure: bool) -> None: ...


def _done(asked: Asked, roster_id: str, do: _Doing, new_consent: bool, sure: bool) -> Response:
    caller = asked.admitted()
    try:
        do(caller, roster_id, new_consent=new_consent, sure=sure)
    except Conflict as error:
        return _roster(asked, caller, roster_id, error)
    return RedirectResponse(f"/registry/rosters/{roster_id}", HTTPStatus.SEE_OTHER)


@routes.post("/registry/rosters/{roster_id}/discard", name="roster.discard")
def discard(asked: Asking, roster_id: str) -> Response:
    """Hold a roster no more; what was taken in stays."""
    caller = asked.admitted()
    try:
        _desk(asked).discard(caller, roster_id)
    except SemblanceError as error:
        return _roster(asked, caller, roster_id, error)
    return RedirectResponse("/registry/rosters/upload", HTTPStatus.SEE_OTHER)


@routes.get("/registry/rosters/{roster_id}/outcomes.csv", name="roster.outcomes")
def outcomes(asked: Asking, roster_id: str) -> Response:
    """What became of each row, in the roster's order, as a table that every spreadsheet reads."""
    shown = _desk(asked).look(asked.admitted(), roster_id)
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(COLUMNS)
    for row in sorted(shown.outcomes, key=lambda each: each.row):
        cells = (row.row, row.member, row.name, row.result.value, row.photos, " | ".join(row.says))
        writer.writerow([inert(str(cell)) for cell in cells])
    headers = {"Content-Disposition": 'attachment; filename="outcomes.csv"'}
    return Response(made.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)
