"""Forms with files: bounded in size, number and time, whoever sends them, and told so in plain words."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from select import select as readable

import pytest
from sqlmodel import select

from monitor.web import upload_seats
from monitor.web.upload_seats import FOR_ONE, IN_ALL, OF_LINKS, SLOWEST, UploadTooSlow, in_time
from monitor.web.uploads import LARGEST
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.db import now
from registry.invitations import invite
from registry.kinds import PartyKind, SubjectKind
from registry.parties import add_party, find_party
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


@pytest.fixture(autouse=True)
def given_back(console: Console) -> Callable[[], None]:
    """Waits until no seat is held: whoever leaves gives it back as soon as the server notices, which is after its answer."""

    def wait() -> None:
        end = time.monotonic() + 60
        while console.app.state.upload_seats._taken and time.monotonic() < end:
            time.sleep(0.05)
        assert not console.app.state.upload_seats._taken

    wait()
    return wait


def party_of(console: Console) -> str:
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


def answered(line: socket.socket) -> str:
    """The page that comes back."""
    got = ""
    while "</html>" not in got and (more := line.recv(65536)):
        got += more.decode()
    return got


def send(console: Console, address: str, secret: str) -> Answer:
    return console.ask("POST", address, secret, multipart({}, [("f", "a.png", b"no picture")]), Content_Type=KIND)


def test_a_gigabyte_is_refused_before_any_of_it_is_read(console: Console, address: str) -> None:
    with begun(console, address, console.cookie(None), 1 << 30) as line:
        got = answered(line)
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


def test_a_form_that_trickles_is_too_slow_and_one_that_flows_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_seats, "SILENT", 0.5)

    async def arriving(part: bytes, parts: int) -> AsyncIterator[bytes]:
        for _ in range(parts):
            await asyncio.sleep(0.05)
            yield part

    async def took(part: bytes, parts: int) -> int:
        return sum([len(each) async for each in in_time(arriving(part, parts))])

    # Never silent for long, and over long before all of it came.
    with pytest.raises(UploadTooSlow):
        asyncio.run(took(b"-", 10_000))
    many = b"-" * (SLOWEST * 60)
    assert asyncio.run(took(many, 20)) == 20 * len(many)


def agreed_links(console: Console, number: int) -> list[str]:
    """Where the photos of so many members go, who have agreed."""
    with console.workspace.session() as session:
        party = find_party(session, "Studio")
        made = [invite(session, party, f"Member {n}", now() + timedelta(days=3), "R. Egistrar") for n in range(number)]
        for row, _ in made:
            row.consented_at = now()
            session.add(row)
        session.commit()
        return [f"/enrol/{secret}/photos/upload" for _, secret in made]


def begun_all(console: Console, held: ExitStack, address: str, secret: str = "") -> None:
    """As many forms as one account or link may have at once."""
    for _ in range(FOR_ONE):
        assert held.enter_context(begun(console, address, secret)).recv(1000).startswith(b"HTTP/1.1 100")


def test_slow_links_hold_no_seat_of_those_who_are_signed_in(console: Console, address: str) -> None:
    paths = agreed_links(console, IN_ALL)
    party = party_of(console)
    people = [console.cookie(console.account(f"Beside links {n}", Role.REGISTRAR, party)) for n in range(IN_ALL // FOR_ONE)]
    with ExitStack() as held:
        lines = [held.enter_context(begun(console, path, "")) for path in paths]
        said = [line.recv(1000)[:12] for line in lines]
        assert sorted(said) == [b"HTTP/1.1 100"] * OF_LINKS + [b"HTTP/1.1 503"] * (IN_ALL - OF_LINKS)
        # Every seat of theirs is still there to be had, at once.
        for secret in people:
            begun_all(console, held, address, secret)


def test_those_who_are_signed_in_hold_no_seat_of_links(console: Console, address: str) -> None:
    (path,) = agreed_links(console, 1)
    party = party_of(console)
    people = [console.cookie(console.account(f"Before links {n}", Role.REGISTRAR, party)) for n in range(IN_ALL // FOR_ONE)]
    with ExitStack() as held:
        for secret in people:
            begun_all(console, held, address, secret)
        assert send(console, address, console.cookie(None)).status == 503
        begun_all(console, held, path)
        assert held.enter_context(begun(console, path, "")).recv(1000).startswith(b"HTTP/1.1 503")


def test_nobody_who_has_not_agreed_holds_a_seat(console: Console) -> None:
    with console.workspace.session() as session:
        _, secret = invite(session, find_party(session, "Studio"), "Not yet", now() + timedelta(days=3), "R. Egistrar")
        session.commit()
    with ExitStack() as held:
        for _ in range(OF_LINKS + 1):
            got = answered(held.enter_context(begun(console, f"/enrol/{secret}/photos/upload", "")))
            assert "Nobody has agreed yet." in got
            assert not got.startswith("HTTP/1.1 100")
        (path,) = agreed_links(console, 1)
        begun_all(console, held, path)


def trickled(line: socket.socket) -> str:
    """What comes back of a form whose file is sent byte by byte until something does."""
    line.sendall(multipart({}, [("f", "a.png", b"")]).partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    while not readable([line], [], [], 0.05)[0]:
        line.sendall(b"-")
    return answered(line)


def test_a_link_whose_form_trickles_is_told_so_and_gives_its_seat_back(
    console: Console, given_back: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = agreed_links(console, 1)
    monkeypatch.setattr(upload_seats, "SILENT", 1.0)
    with begun(console, path, "", 1_000_000) as line:
        assert line.recv(1000).startswith(b"HTTP/1.1 100")
        got = trickled(line)
    assert "HTTP/1.1 408" in got
    assert "The files did not arrive in time." in got
    monkeypatch.setattr(upload_seats, "SILENT", 30.0)
    given_back()
    with ExitStack() as held:
        begun_all(console, held, path)


def test_a_form_that_stops_arriving_is_told_so_and_gives_its_seat_back(
    console: Console, address: str, given_back: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_seats, "SILENT", 0.2)
    with begun(console, address, console.cookie(None)) as line:
        got = answered(line)
    assert "HTTP/1.1 408" in got
    assert "The files did not arrive in time." in got
    given_back()
    with console.workspace.session() as session:
        assert session.exec(select(Reference)).all() == []
