"""Promise 4 for letters: a draft or an approval that is killed at any step is either not there, or whole with its files."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.workspace import open_workspace
from registry.documents import Document
from reports.notices.notice import Notice
from tests.support.documents_desk import prepare_at
from tests.support.kill_steps import Launcher, launcher
from tests.support.letter_options import TERMS
from tests.support.loopback_site import Site, open_site

KILLS = 8
LAST = 18


@dataclass(frozen=True)
class Scene:
    """A workspace with a case and one in which a letter about it is drafted."""

    waiting: Path
    drafted: Path
    notice: str
    runs: Launcher

    def words(self, work: str) -> tuple[str, ...]:
        if work == "draft":
            return ("notice", "draft", "--all", "--by", "E. Novak", *(part for each in TERMS.items() for part in each))
        return ("notice", "approve", self.notice, "--by", "C. Ounsel")

    def fresh(self, root: Path, work: str) -> Path:
        shutil.rmtree(root, ignore_errors=True)
        return Path(shutil.copytree(self.waiting if work == "draft" else self.drafted, root))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_site() as site:
        yield site


@pytest.fixture(scope="module")
def scene(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("letters")
    prepare_at(site, folder)
    (folder / "temporary").mkdir()
    with launcher(folder / "temporary") as runs:
        begun = Scene(folder / "work", folder / "drafted", "", runs)
        shutil.copytree(begun.waiting, begun.drafted)
        runs.steps(begun.drafted, *begun.words("draft"))
        (notice,) = letters(begun.drafted)
        yield Scene(begun.waiting, begun.drafted, notice.id, runs)


def letters(root: Path) -> list[Notice]:
    """The letters on record, each of whose files is there; and no file that is not on record."""
    with open_workspace(root) as workspace, workspace.session() as session:
        made = list(session.exec(select(Notice)))
        lying = {path for path in workspace.reports.rglob("*") if path.is_file()}
        documents = [root / row.path for row in session.exec(select(Document))]
        assert {path for path in lying if not any(path == one or one in path.parents for one in documents)} == set()
        for notice in made:
            files = {(path.suffix, "approved" in path.stem) for path in lying if notice.id[:12] in path.name}
            wanted = {(".docx", False), (".pdf", False)}
            assert files >= wanted | ({(kind, True) for kind, _ in wanted} if notice.approved_at else set())
        session.expunge_all()
        return made


@pytest.mark.parametrize("work", ["draft", "approve"])
def test_promise_4_a_letter_that_was_killed_is_not_there_or_whole_and_is_made_once(
    scene: Scene, tmp_path: Path, work: str
) -> None:
    steps = scene.runs.steps(scene.fresh(tmp_path / "undisturbed", work), *scene.words(work))
    # The last steps are the record, the moves to the places, and that they are there.
    moments = {*(1 + number * (steps - 1) // (KILLS - 1) for number in range(KILLS)), *range(steps - LAST, steps)}
    states = set()
    for last in sorted(moments):
        root = scene.fresh(tmp_path / "work", work)
        assert scene.runs.kill(root, *scene.words(work), last=last)
        found = [notice.state for notice in letters(root)]
        states.add(tuple(found))
        if work == "draft" or found == ["draft"]:
            scene.runs.steps(root, *scene.words(work))
        assert [notice.state for notice in letters(root)] == ["draft" if work == "draft" else "approved"], last
    before, after = ((), ("draft",)) if work == "draft" else (("draft",), ("approved",))
    assert states <= {before, after}
    assert before in states
