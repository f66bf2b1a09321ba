"""A roster in the browser: looked at first, taken in when somebody says so, once, and whether or not anybody looks on."""

import io
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from sqlmodel import select

from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.intakes import Intake
from registry.kinds import PartyKind
from registry.members import Member
from registry.parties import add_party, find_party
from registry.references import Reference
from registry.subjects import Subject
from tests.support.console import Answer, Console, served
from tests.support.sent_forms import KIND, multipart

FACE = np.ascontiguousarray(astronaut()[:, :, ::-1])
ROSTER = b"number,name,photo\n7,Ada Marsh,ada.png\n8,Bea Marsh,bea.png\n9,Cy Marsh,none.png\n"


def png(picture: np.ndarray) -> bytes:
    made, content = cv2.imencode(".png", np.ascontiguousarray(picture))
    assert made
    return content.tobytes()


PHOTOS = [("ada.png", png(FACE)), ("bea.png", png(np.full((300, 300, 3), 90, np.uint8)))]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, open_pack: Path) -> Iterator[Console]:
    root = tmp_path_factory.mktemp("rosters") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Guild", "Other"):
                add_party(session, name, PartyKind.UNION)
            session.commit()
        with served(workspace) as console:
            yield console


def party_of(console: Console, name: str) -> str:
    with console.workspace.session() as session:
        return find_party(session, name).id


@pytest.fixture(scope="module")
def registrar(console: Console) -> str:
    return console.cookie(console.account("R. Egistrar", Role.REGISTRAR, party_of(console, "Guild")))


def send(console: Console, secret: str, files: list[tuple[str, bytes]], **fields: str) -> Answer:
    body = multipart({"party": party_of(console, "Guild")} | fields, [("files", name, content) for name, content in files])
    return console.ask("POST", "/registry/rosters/upload", secret, body, Content_Type=KIND)


def settled(console: Console, secret: str, path: str) -> str:
    """The page, once nothing is being done any more."""
    while 'hx-trigger="every 1s"' in (text := console.ask("GET", path, secret).text):
        time.sleep(0.1)
    return text


def counted(text: str) -> dict[str, str]:
    return {what.removeprefix("would be "): count for what, count in re.findall(r"<dt>([^<]*)</dt><dd>(\d+)</dd>", text)}


def people(console: Console) -> list[str]:
    with console.workspace.session() as session:
        return sorted(session.exec(select(Subject.name)))


def test_a_roster_is_looked_at_first_and_taken_in_once(console: Console, registrar: str) -> None:
    sent = send(console, registrar, [("C:\\lists\\roster.csv", ROSTER), *PHOTOS])
    assert sent.status == 303, sent.text
    path = sent.headers["location"]
    tried = settled(console, registrar, path)
    assert "Nothing is taken in yet." in tried
    assert (counted(tried)["enrolled"], counted(tried)["refused"]) == ("1", "2"), tried
    assert "no photo was found" in tried
    assert people(console) == []
    # Pressed twice, and from a second window, it is done once.
    for _ in range(3):
        assert console.ask("POST", f"{path}/import", registrar, "").status == 303
    done = settled(console, registrar, path)
    assert (counted(done)["enrolled"], counted(done)["refused"]) == ("1", "2")
    assert people(console) == ["Ada Marsh"]
    table = console.ask("GET", f"{path}/outcomes.csv", registrar)
    assert table.text.lstrip("\ufeff").splitlines()[0] == "row,member,name,result,photos,says"
    assert len(table.text.splitlines()) == 4
    assert "roster.csv" in console.ask("GET", "/registry/rosters/upload", registrar).text
    with console.workspace.session() as session:
        assert (len(session.exec(select(Intake)).all()), len(session.exec(select(Reference)).all())) == (1, 1)
    assert console.ask("POST", f"{path}/discard", registrar, "").status == 303
    gone = console.ask("GET", path, registrar)
    assert (gone.status, "what was taken in stays" in gone.text) == (404, True)


def test_the_same_again_as_a_zip_changes_nothing_and_lies_nowhere_in_the_clear(console: Console, registrar: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in PHOTOS:
            archive.writestr(name, content)
    path = send(console, registrar, [("roster.csv", ROSTER), ("photos.zip", packed.getvalue())]).headers["location"]
    tried = settled(console, registrar, path)
    assert (counted(tried)["enrolled"], counted(tried)["unchanged"]) == ("0", "1")
    console.ask("POST", f"{path}/import", registrar, "")
    assert counted(settled(console, registrar, path))["unchanged"] == "1"
    with console.workspace.session() as session:
        assert len(session.exec(select(Member)).all()) == 1
    for file in (each for each in console.workspace.root.rglob("*") if each.is_file()):
        assert PHOTOS[0][1] not in file.read_bytes(), file
        assert file.suffix != ".csv"
    console.ask("POST", f"{path}/discard", registrar, "")


def test_what_is_no_roster_is_said_with_what_to_do(console: Console, registrar: str) -> None:
    wrong = (
        ([], "No file was chosen."),
        ([("roster.csv", ROSTER)], "The photos are missing"),
        (PHOTOS, "The table of members is missing."),
        ([("a.csv", ROSTER), ("b.csv", ROSTER), *PHOTOS], "Exactly one table of members is needed."),
        ([("a.csv", ROSTER), ("x.exe", b"MZ")], "cannot be told"),
    )
    for files, said in wrong:
        got = send(console, registrar, files, sheet="Members")
        assert (got.status, said in got.text, 'value="Members"' in got.text) == (422, True, True), said
    path = send(console, registrar, [("roster.csv", b"what,ever\n1,2\n"), *PHOTOS]).headers["location"]
    stopped = settled(console, registrar, path)
    assert ">stopped<" in stopped
    assert 'role="alert"' in stopped
    console.ask("POST", f"{path}/discard", registrar, "")


def test_nobody_else_sees_a_roster_or_sends_one_for_another_party(console: Console, registrar: str) -> None:
    path = send(console, registrar, [("roster.csv", ROSTER), *PHOTOS]).headers["location"]
    settled(console, registrar, path)
    strangers = [console.cookie(None)]
    for name, party in (("Second registrar", "Guild"), ("O. Ther", "Other")):
        strangers.append(console.cookie(console.account(name, Role.REGISTRAR, party_of(console, party))))
    for secret in strangers:
        assert console.ask("GET", path, secret).status == 404
        assert console.ask("GET", f"{path}/outcomes.csv", secret).status == 404
        for end in ("import", "again", "discard"):
            assert console.ask("POST", f"{path}/{end}", secret, urlencode({})).status == 404
    got = send(console, strangers[-1], [("roster.csv", ROSTER), *PHOTOS])
    assert (got.status, "There is no party" in got.text) == (404, True)
    console.ask("POST", f"{path}/discard", registrar, "")
