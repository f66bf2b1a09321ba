"""Rosters that a server holds for many: one account's never lock out another's, and none runs on for whoever may no more."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.sent_files import SentFile
from monitor.sent_roster_files import RosterNotSent
from monitor.sent_rosters import MOST, Reading, RosterDesk, SentRoster, Step
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.accounts import Caller, Role, add_account, disable_account, find_account
from registry.db import now
from registry.errors import NotFound
from registry.kinds import PartyKind
from registry.parties import Party, add_party

NO_ROSTER = [SentFile("roster.csv", b"what,ever\n1,2\n"), SentFile("ada.png", b"")]
LONG = [
    SentFile("roster.csv", b"number,name,photo\n" + b"".join(b"%d,Member M%d,no.png\n" % (n, n) for n in range(6000))),
    SentFile("ada.png", b""),
]


@pytest.fixture
def workspace(tmp_path: Path, open_pack: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        with workspace.session() as session:
            add_party(session, "Guild", PartyKind.UNION)
            session.commit()
        yield workspace


def registrar(workspace: Workspace, name: str) -> Caller:
    with workspace.session() as session:
        row = add_account(session, name, Role.REGISTRAR, "a long password of words", session.exec(select(Party)).one())
        session.commit()
        return Caller(row.id, row.name, row.role, row.party_id)


def send(desk: RosterDesk, caller: Caller, files: list[SentFile]) -> str:
    return desk.send(caller, caller.name, str(caller.party_id), files, Reading())


def settled(desk: RosterDesk, caller: Caller, roster_id: str) -> SentRoster:
    while (shown := desk.look(caller, roster_id)).runs:
        time.sleep(0.01)
    return shown


def begun(desk: RosterDesk, caller: Caller, roster_id: str) -> None:
    while (shown := desk.look(caller, roster_id)).runs and not shown.done:
        time.sleep(0.001)
    assert shown.runs


def test_each_account_has_one_and_the_oldest_idle_one_of_others_gives_way(workspace: Workspace) -> None:
    desk, callers = RosterDesk(workspace), [registrar(workspace, f"Registrar {number}") for number in range(MOST + 1)]
    sent = []
    for caller in callers[:MOST]:
        sent.append(send(desk, caller, NO_ROSTER))
        assert settled(desk, caller, sent[-1]).step is Step.FAILED
    with pytest.raises(RosterNotSent, match="A roster of yours is held here already"):
        send(desk, callers[0], NO_ROSTER)
    settled(desk, callers[MOST], send(desk, callers[MOST], NO_ROSTER))
    with pytest.raises(NotFound, match="not held here any more"):
        desk.look(callers[0], sent[0])
    assert desk.look(callers[1], sent[1]).step is Step.FAILED


def test_what_runs_can_be_discarded_and_ends(workspace: Workspace) -> None:
    desk, caller = RosterDesk(workspace), registrar(workspace, "R. Egistrar")
    running = send(desk, caller, LONG)
    begun(desk, caller, running)
    desk.discard(caller, running)
    assert desk.of(caller) == []
    while True:
        try:
            again = send(desk, caller, NO_ROSTER)
            break
        except RosterNotSent:
            time.sleep(0.05)
    assert settled(desk, caller, again).error


def test_a_roster_ends_with_the_right_of_whoever_sent_it(workspace: Workspace) -> None:
    desk, caller = RosterDesk(workspace), registrar(workspace, "R. Egistrar")
    running = send(desk, caller, LONG)
    begun(desk, caller, running)
    with workspace.session() as session:
        disable_account(session, find_account(session, caller.account_id), now())
        session.commit()
    stopped = settled(desk, caller, running)
    assert stopped.step is Step.FAILED
    assert "This account was closed" in str(stopped.error)
