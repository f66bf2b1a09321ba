"""Promise 4 for reports: a sending that is killed at any step loses none and sends none twice, by hand and on schedule."""

import json
import shutil
from pathlib import Path

import pytest

from monitor.workspace import init_workspace, open_workspace
from registry.kinds import PartyKind, SubjectKind
from registry.parties import add_party
from registry.subjects import add_subject
from reports.postings import Posted, all_postings
from tests.support.kill_steps import launcher
from tests.support.mail_server import open_mail_server

KILLS = 30
SCHEDULE = '\n[[report.to]]\nparty = "Studio"\nrecipients = ["a@studio.example"]\n'
BY_HAND = ("report", "send", "--party", "Studio", "--to", "a@studio.example", "--by", "C. Lerk")
ON_SCHEDULE = ("report", "due", "--do")


def state(root: Path) -> Posted | None:
    """Of the one report, once the workspace was opened again."""
    with open_workspace(root) as workspace, workspace.session() as session:
        return next((one.step for one in reversed(all_postings(session))), None)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("waiting") / "work"
    init_workspace(root)
    with open_workspace(root) as workspace, workspace.session() as session:
        studio = add_party(session, "Studio", PartyKind.STUDIO)
        add_subject(session, studio, "Mascot", SubjectKind.CHARACTER)
        session.commit()
    return root


@pytest.mark.parametrize("way", [BY_HAND, ON_SCHEDULE], ids=["by hand", "on schedule"])
def test_promise_4_kills_around_sending_lose_no_report_and_send_none_twice(
    waiting: Path, tmp_path: Path, way: tuple[str, ...]
) -> None:
    (tmp_path / "temporary").mkdir()
    seen: set[tuple[str | None, int]] = set()
    with open_mail_server() as server, launcher(tmp_path / "temporary") as runs:

        def fresh() -> Path:
            shutil.rmtree(tmp_path / "work", ignore_errors=True)
            root = Path(shutil.copytree(waiting, tmp_path / "work"))
            with (root / "semblance.toml").open("a", encoding="utf-8") as settings:
                settings.write(server.settings + SCHEDULE)
            server.desk.taken.clear()
            return root

        steps = runs.steps(fresh(), *way)
        assert len(server.desk.taken) == 1
        # The last steps first: all of the sending, then what comes before it.
        for number in range(steps, max(0, steps - KILLS), -1):
            root = fresh()
            assert runs.kill(root, *way, last=number)
            after, went = state(root), len(server.desk.taken)
            seen.add((after, went))
            assert went == 0 or after in (Posted.SENT, Posted.UNCERTAIN), (number, after)
            not_sent = after in (None, Posted.MADE, Posted.NOT_SENT)
            if not_sent or way is ON_SCHEDULE:
                runs.steps(root, *way)
            if not_sent:
                assert (state(root), len(server.desk.taken)) == (Posted.SENT, 1), number
            assert len(server.desk.taken) <= 1, number
            assert not list(root.glob("staging/*")), json.dumps([str(one) for one in root.rglob("*")])
    assert {("made", 0), ("not sent", 0), ("may have been sent", 0), ("may have been sent", 1)} <= seen, seen
