"""The command that serves: whom it opens a browser for, and how."""

import re
import stat
import time
from pathlib import Path

import pytest
import requests
from sqlmodel import select

from monitor.web.console.opening import PAUSE
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role, add_account
from registry.signed_in import SignedIn
from tests.support.api_desk import serving
from tests.support.console import PASSWORD


def test_the_browser_is_opened_once_by_a_file_of_the_owners_and_told_no_secret(tmp_path: Path) -> None:
    root, log, browser = tmp_path / "work", tmp_path / "log", tmp_path / "browser"
    init_workspace(root)
    browser.write_text(f'#!/bin/sh\necho "$@" >> {log}\n', "utf-8")
    browser.chmod(0o700)
    with serving(root, "--open", BROWSER=str(browser)) as (base, process):
        assert process.stdout is not None
        links = [_link(process.stdout.readline())]
        assert requests.get(base + "/sign-in", timeout=60).ok
        (opened,) = log.read_text("utf-8").split()
        page = Path(opened.removeprefix("file://"))
        assert links[0] in page.read_text("utf-8")
        assert links[0].rsplit("/", 1)[1] not in opened
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        # Whoever is signed in nowhere may ask for another link; it is printed, and that is all.
        time.sleep(PAUSE.total_seconds())
        assert requests.post(base + "/opening", timeout=60).ok
        links.append(_link(process.stdout.readline()))
        assert links[1] != links[0]
        assert log.read_text("utf-8").split() == [opened]
        assert links[1] not in page.read_text("utf-8")


def test_what_is_collected_has_no_link_that_signs_in_and_says_where_browsers_go(tmp_path: Path) -> None:
    root = tmp_path / "work"
    init_workspace(root)
    outside = "https://monitor.example.com"
    with serving(root, SEMBLANCE_LOG__FORMAT="json", SEMBLANCE_SERVE__ORIGIN=outside) as (base, process):
        # Whoever has no account cannot have one printed by asking, either.
        assert requests.post(base + "/opening", timeout=60).ok
        process.terminate()
        assert process.stdout is not None
        told = process.stdout.read()
    assert f"reach it at {outside}/" in told
    assert "/open/" not in told


@pytest.mark.parametrize(
    ("origin", "said", "address"),
    [
        ("", "203.0.113.9", "127.0.0.1"),
        ("https://monitor.example.com", "203.0.113.9", "203.0.113.9"),
        # What a browser wrote there itself comes before what was added to it.
        ("https://monitor.example.com", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
    ],
)
def test_from_where_somebody_signs_in_is_told_by_what_stands_before_alone(
    tmp_path: Path, origin: str, said: str, address: str
) -> None:
    root = tmp_path / "work"
    init_workspace(root)
    with open_workspace(root) as workspace, workspace.session() as session:
        add_account(session, "P. Legal", Role.REVIEWER, PASSWORD)
        session.commit()
    with serving(root, SEMBLANCE_SERVE__ORIGIN=origin) as (base, _):
        form = {"name": "P. Legal", "password": PASSWORD}
        headers = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": said}
        got = requests.post(base + "/sign-in", form, headers=headers, allow_redirects=False, timeout=60)
        assert got.status_code == 303
    with open_workspace(root) as workspace, workspace.session() as session:
        assert session.exec(select(SignedIn.address)).all() == [address]


def _link(line: str) -> str:
    found = re.search(r"http://\S+/open/\S+", line)
    assert found, line
    return found[0]
