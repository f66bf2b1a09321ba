"""Enrolling oneself by a link: what a member and a registrar send."""

import re
import threading
from datetime import timedelta
from urllib.parse import urlencode

import cv2
import numpy as np
from skimage.data import astronaut
from sqlmodel import select

from registry.db import now
from registry.invitations import Invitation
from registry.parties import find_party
from tests.support.console import Answer, Console
from tests.support.sent_forms import KIND, multipart

FACE = np.ascontiguousarray(astronaut()[:, :, ::-1])


def png(picture: np.ndarray) -> bytes:
    made, content = cv2.imencode(".png", np.ascontiguousarray(picture))
    assert made
    return content.tobytes()


PORTRAIT, BRIGHTER = png(FACE), png(cv2.convertScaleAbs(FACE, alpha=1.15, beta=4))


def make(console: Console, secret: str, name: str, number: str = "", days: int = 9) -> str:
    """The path of a new link."""
    with console.workspace.session() as session:
        party = find_party(session, "Guild").id
    until = f"{now() + timedelta(days=days):%Y-%m-%d}"
    fields = urlencode({"name": name, "number": number, "party": party, "until": until})
    got = console.ask("POST", "/registry/links", secret, fields)
    found = re.search(r'value="(http[^"]*/enrol/[\w-]+)"', got.text)
    assert found, got.text
    return "/enrol/" + found[1].rpartition("/")[2]


def agree(console: Console, path: str, **fields: str) -> Answer:
    version = re.search(r'name="version" value="(\w+)"', console.ask("GET", path).text)
    typed = {"name": "Ada Marsh", "age": "adult", "agreed": "yes", "version": version[1] if version else ""} | fields
    return console.ask("POST", path, None, urlencode(typed))


def photo(console: Console, path: str, *files: tuple[str, bytes]) -> Answer:
    body = multipart({}, [("photos", name, content) for name, content in files])
    return console.ask("POST", f"{path}/photos/upload", None, body, Content_Type=KIND)


def wait_for_taking_in() -> None:
    for begun in threading.enumerate():
        if begun.name == "taking in":
            begun.join()


def row_of(console: Console, name: str) -> Invitation:
    with console.workspace.session() as session:
        return session.exec(select(Invitation).where(Invitation.name == name)).one()


def sealed(console: Console) -> set[str]:
    return {path.name for path in (console.workspace.root / "vault" / "private").rglob("*") if path.is_file()}
