"""Commands by an account of one of two unions."""

import sys

import pytest
from sqlmodel import select

from monitor.cli.main import main
from monitor.workspace import Workspace
from registry.accounts import Account, issue_token


class Clerk:
    """Runs commands in this process with Alpha's token."""

    def __init__(
        self, place: Workspace, secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._place, self._secret, self._monkeypatch, self._capsys = place, secret, monkeypatch, capsys

    def run(self, *arguments: str, token: str | None = None) -> tuple[int, str]:
        self._capsys.readouterr()
        self._monkeypatch.setenv("SEMBLANCE_TOKEN", self._secret if token is None else token)
        self._monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(self._place.root), *arguments])
        code = main()
        out = self._capsys.readouterr()
        return code, out.out + out.err


@pytest.fixture
def clerk(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Clerk:
    with place.session() as session:
        _, secret = issue_token(session, session.exec(select(Account).where(Account.name == "Alpha clerk")).one(), "cli")
        session.commit()
    return Clerk(place, secret, monkeypatch, capsys)
