"""Promise 4 for what goes out: a sending that is killed at any step loses no letter and sends none twice.

Lost would be a letter that somebody had sent and that neither went out, nor is said to have gone perhaps, nor waits as one that
certainly did not.
"""

import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.workspace import open_workspace
from reports.notices.events import Event
from reports.notices.notice import Notice
from tests.support.kill_steps import launcher
from tests.support.letters_desk import LettersDesk, prepare
from tests.support.loopback_site import open_site
from tests.support.mail_server import open_mail_server

KILLS = 50


def state(root: Path) -> str:
    """Of the one letter, once the workspace was opened again."""
    with open_workspace(root) as workspace, workspace.session() as session:
        return session.exec(select(Notice)).one().state


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace in which a letter is approved, and the letter's id."""
    folder = tmp_path_factory.mktemp("approved")
    prepare(folder / "work")
    with open_site() as site, open_workspace(folder / "work") as workspace:
        desk = LettersDesk(workspace, site, folder)
        desk.out = workspace.reports / "letters"
        desk.post("/post")
        desk.decide(desk.capture())
        notice, _ = desk.approve(desk.draft().notice)
    return folder / "work", notice.id


def test_promise_4_fifty_kills_around_sending_lose_no_letter_and_send_none_twice(
    approved: tuple[Path, str], tmp_path: Path
) -> None:
    waiting, notice = approved
    (tmp_path / "temporary").mkdir()
    command = ("notice", "send", notice, "--by", "C. Ounsel", "--yes")
    seen: set[tuple[str, int]] = set()
    with open_mail_server() as server, launcher(tmp_path / "temporary") as runs:

        def fresh() -> Path:
            shutil.rmtree(tmp_path / "work", ignore_errors=True)
            root = Path(shutil.copytree(waiting, tmp_path / "work"))
            with (root / "semblance.toml").open("a", encoding="utf-8") as settings:
                settings.write(server.settings)
            server.desk.taken.clear()
            return root

        moments = []
        for way in (command, (*command, "--signed", "C. Ounsel")):
            steps = runs.steps(fresh(), *way)
            assert len(server.desk.taken) == 1
            # The last steps first: all of the sending, then what comes before it.
            moments += [(way, number) for number in range(steps, 0, -1)]
        assert len(moments) >= KILLS
        for way, number in moments[:KILLS]:
            root = fresh()
            assert runs.kill(root, *way, last=number)
            after, went = state(root), len(server.desk.taken)
            seen.add((after, went))
            assert went == 0 or after in (Event.SENT, Event.UNCERTAIN), (number, after)
            if after in (Event.APPROVED, Event.NOT_SENT):
                runs.steps(root, *way)
                assert (state(root), len(server.desk.taken)) == (Event.SENT, 1), number
            assert len(server.desk.taken) <= 1, number
    assert {("approved", 0), ("not sent", 0), ("may have been sent", 0), ("may have been sent", 1)} <= seen, seen
