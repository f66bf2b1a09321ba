"""Forms with files: bounded in size, number and time, whoever sends them, and told so in plain words."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from monitor.web import upload_seats
from monitor.web.upload_seats import FOR_ONE, IN_ALL
from monitor.web.uploads import LARGEST
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.kinds import PartyKind, SubjectKind
from registry.parties import add_party
from registry.references import Reference
from registry.subjects import add_subject
from tests.support.console import COOKIE, Answer, Console, served
from tests.support.sent_forms import KIND, multipart


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, open_pack: Path) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("uploads") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            add_subject(session, add_party(session, "Studio", PartyKind.STUDIO), "Mascot", SubjectKind.CHARACTER)
            session.commit()
        with served(workspace) as console:
            yield console


@pytest.fixture(scope="module")
def address(console: Console) -> str:
    from registry.subjects import find_subject

    with console.workspace.session() as session:
        return f"/registry/subjects/{find_subject(session, 'Mascot').id}/references/upload"


def party_of(console: Console) -> str:
    from registry.parties import find_party

    with console.workspace.session() as session:
        return find_party(session, "Studio").id


def begun(console: Console, address: str, secret: str, size: int = 1000) -> socket.socket:
    """A form of which nothing but the head has come; the server has said that it goes on."""
    host, _, port = console.host.partition(":")
    line = socket.create_connection((host, int(port)), timeout=60)
    head = f"POST {address} HTTP/1.1\r\nHost: {console.host}\r\nCookie: {COOKIE}{port}={secret}\r\nAccept: text/html\r\n"
    head += f"Sec-Fetch-Site: same-origin\r\nContent-Type: {KIND}\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n"
    line.sendall(head.encode())
    return line


def send(console: Console, address: str, secret: str) -> Answer:
    return console.ask("POST", address, secret, multipart({}, [("f", "a.png", b"no picture")]), Content_Type=KIND)


def test_a_gigabyte_is_refused_before_any_of_it_is_read(console: Console, address: str) -> None:
    with begun(console, address, console.cookie(None), 1 << 30) as line:
        got = line.recv(65536).decode()
        while "</html>" not in got and (more := line.recv(65536)):
            got += more.decode()
    assert got.startswith("HTTP/1.1 413")
    assert f"That is more than {LARGEST >> 20} MB at once." in got


def test_so_many_are_held_of_one_account_and_of_all_and_others_wait_for_none(console: Console, address: str) -> None:
    party = party_of(console)
    people = [console.cookie(console.account(f"Registrar {n}", Role.REGISTRAR, party)) for n in range(IN_ALL // FOR_ONE + 1)]
    with ExitStack() as held:
        for secret in people[:-1]:
            for _ in range(FOR_ONE):
                line = held.enter_context(begun(console, address, secret))
                assert line.recv(1000).startswith(b"HTTP/1.1 100")
            late = send(console, address, secret)
            assert (late.status, "Too many files are being sent at once." in late.text) == (503, True)
        assert send(console, address, people[-1]).status == 503
        assert console.ask("GET", "/registry", people[-1]).status == 200
    # Whoever left has given the seats back, as soon as the server noticed.
    assert any(send(console, address, secret).status == 200 for secret in people for _ in range(200))


def test_a_form_that_stops_arriving_is_told_so_and_gives_its_seat_back(
    console: Console, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_seats, "SILENT", 0.2)
    with begun(console, address, console.cookie(None)) as line:
        got = line.recv(1000).decode()
        while "</html>" not in got and (more := line.recv(65536)):
            got += more.decode()
    assert "HTTP/1.1 408" in got
    assert "The files did not arrive in time." in got
    assert not console.app.state.upload_seats._taken
    with console.workspace.session() as session:
        from sqlmodel import select

        assert session.exec(select(Reference)).all() == []
