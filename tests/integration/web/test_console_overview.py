"""The first page: everything that waits for somebody, each with the way there, and nothing that does not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from crawler.health import SourceRow, SourceRun
from crawler.types import SourceKind
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import Role
from registry.db import now
from registry.invitations import Invitation, Stage
from registry.kinds import PartyKind
from registry.parties import Party
from reports.overview import overview
from tests.support.console import Console, served
from tests.support.drafted_notices import confirmed_case, draft, stock


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        with workspace.session() as session:
            stock(session)
            session.add(Party(id="p2", name="Another Union", kind=PartyKind.UNION))
            session.commit()
        with served(workspace) as console:
            yield console


def read(session: Session, source: str, *, complete: bool) -> None:
    session.add(SourceRun(source_id=source, started_at=now(), ended_at=now(), pages=1, videos=0, complete=complete))
    session.commit()


def first_page(console: Console, who: str | None = None) -> str:
    caller = None if who is None else console.account(who, Role.REVIEWER, who)
    return " ".join(console.ask("GET", "/", console.cookie(caller)).text.split())


def test_what_waits_is_named_and_led_to(console: Console) -> None:
    page = first_page(console)
    assert [word for word in ("waits for approval", "sent photos", "not read completely") if word in page] == []
    with console.workspace.session() as session:
        draft(session, confirmed_case(session, "m1"))
        until = now() + timedelta(days=9)
        session.add(Invitation(party_id="p1", secret="0" * 64, stage=Stage.SENT, made_by="A. Clerk", until=until))
        session.add(SourceRow(id="s1", name="A feed", kind=SourceKind.FEED, url="https://clips.example/feed"))
        session.add(SourceRow(id="s2", name="A site", kind=SourceKind.PAGE, url="https://clips.example/", paused_at=now()))
        session.flush()
        read(session, "s2", complete=False)
        read(session, "s1", complete=False)
    page = first_page(console)
    for said, way in (
        ("letter is drafted and waits for approval", "/letters"),
        ("member has sent photos by a link", "/registry/links"),
        ("source was not read completely", "/sources"),
    ):
        assert f'<strong>1</strong> {said}. <a href="{way}">' in page
        assert console.ask("GET", way, console.cookie(None)).status == 200
    with console.workspace.session() as session:
        read(session, "s1", complete=True)
        assert (overview(session).unread, overview(session).letters) == (0, 1)


def test_an_account_is_told_of_its_own_partys_letters_and_members_alone(console: Console) -> None:
    with console.workspace.session() as session:
        draft(session, confirmed_case(session, "m1"))
        until = now() + timedelta(days=9)
        session.add(Invitation(party_id="p1", secret="0" * 64, stage=Stage.SENT, made_by="A. Clerk", until=until))
        session.commit()
    assert "waits for approval" in first_page(console, "p1")
    other = first_page(console, "p2")
    assert [word for word in ("waits for approval", "sent photos") if word in other] == []
