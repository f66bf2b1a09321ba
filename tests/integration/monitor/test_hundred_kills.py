"""Promise 8, against a hundred kills: after the next start nothing shows a reference but documents on record, and a receipt that
says that all went is right about every file there is."""

import hashlib
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import Session, select

from monitor.workspace import Workspace, open_workspace
from registry.documents import Document, documents_in
from registry.erase import Erasure
from registry.erase import receipt as receipt_of
from registry.mandates import Mandate
from registry.parties import Party
from registry.references import Reference
from registry.subjects import Subject
from tests.support.documents_desk import erase, prepare, reference, traces
from tests.support.kill_steps import Launcher, launcher
from tests.support.rosters import people, write_csv

KILLS = {"export": 17, "export elsewhere": 17, "report": 17, "import": 17, "erase": 16, "rotate": 16}
KNOWN = {"semblance.db", "semblance.db-wal", "semblance.db-shm", "semblance.toml", ".run.lock"}
KEPT = {"keys/data.key", "keys/evidence-signing.pem", "vault/announced/gate"}


@dataclass(frozen=True)
class Scene:
    """A workspace before the work, what goes into it, and the folders in which the work may leave something."""

    prepared: Path
    case: str
    picture: bytes
    roster: Path
    photos: Path
    temporary: Path
    elsewhere: Path

    def words(self, work: str) -> tuple[str | Path, ...]:
        return {
            "export": ("evidence", "export", self.case),
            "export elsewhere": ("evidence", "export", self.case, "--out", self.elsewhere),
            "report": ("report", "weekly"),
            "import": ("import", self.roster, self.photos),
            "erase": ("erase", "Figure 1", "--reason", "asked for", "--yes"),
            "rotate": ("keys", "rotate"),
        }[work]

    def fresh(self, root: Path) -> Path:
        for folder in (root, self.elsewhere):
            shutil.rmtree(folder, ignore_errors=True)
        self.elsewhere.mkdir()
        return Path(shutil.copytree(self.prepared, root))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    case = prepare(folder)
    photos = people(folder / "photos", 3)
    roster = write_csv(folder / "roster.csv", [["number", "name"], *([n, f"Member {n}"] for n in range(1, 4))])
    (folder / "temporary").mkdir()
    memory = Path("/dev/shm")
    other_disk = memory if memory.is_dir() and memory.stat().st_dev != folder.stat().st_dev else folder
    elsewhere = other_disk / f"semblance-test-{folder.parent.name}-{folder.name}"
    yield Scene(folder / "work", case, reference(folder), roster, photos, folder / "temporary", elsewhere)
    shutil.rmtree(elsewhere, ignore_errors=True)


@pytest.fixture(scope="module")
def runs(scene: Scene) -> Iterator[Launcher]:
    with launcher(scene.temporary) as started:
        yield started


@pytest.mark.parametrize("work", KILLS)
def test_promise_8_after_a_kill_at_any_step_nothing_is_left_that_erasing_does_not_find(
    scene: Scene, runs: Launcher, tmp_path: Path, work: str
) -> None:
    words = scene.words(work)
    steps = runs.steps(scene.fresh(tmp_path / "undisturbed"), *words)
    moments = [1 + number * (steps - 1) // (KILLS[work] - 1) for number in range(KILLS[work])]
    assert len(set(moments)) == KILLS[work]
    for last in moments:
        root = scene.fresh(tmp_path / "work")
        assert runs.kill(root, *words, last=last)
        with open_workspace(root) as workspace, workspace.session() as session:
            check_started(scene, workspace, session, last)
            check_erased(scene, workspace, session, last)


def check_started(scene: Scene, workspace: Workspace, session: Session, last: int) -> None:
    root, documents = workspace.root, {row.path for row in session.exec(select(Document))}
    known = KNOWN | KEPT | documents
    lying = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    unknown = {name for name in lying if not any(name == one or name.startswith(f"{one}/") for one in known)}
    assert {name for name in unknown if not name.startswith(("cache/", "vault/sha256/", "vault/private/"))} == set(), last
    of_rows = {*session.exec(select(Reference.sha256)), *session.exec(select(Mandate.document_sha256))}
    assert {path.name for path in (root / "vault" / "private").glob("??/??/*")} == of_rows, last
    assert [path for path in scene.elsewhere.iterdir() if str(path) not in documents] == [], last
    assert list(scene.temporary.iterdir()) == [], last
    assert {path for path in root.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077} == set(), last


def check_erased(scene: Scene, workspace: Workspace, session: Session, last: int) -> None:
    living = session.exec(select(Subject).where(Subject.name == "Figure 1")).first()
    receipt = erase(workspace, session) if living else receipt_of(session, session.exec(select(Erasure)).one())
    assert (receipt.finished, receipt.left) == (True, ()), last
    assert traces(workspace.root, scene.picture) | traces(scene.elsewhere, scene.picture) == set(), last
    assert hashlib.sha256(scene.picture).hexdigest() not in workspace.vault, last
    assert [*documents_in(workspace.root / "reports"), *scene.elsewhere.iterdir()] == [], last


def test_the_roster_goes_on_after_its_kills(scene: Scene, runs: Launcher, tmp_path: Path) -> None:
    root, words = scene.fresh(tmp_path / "work"), scene.words("import")
    steps = runs.steps(scene.fresh(tmp_path / "undisturbed"), *words)
    assert runs.kill(root, *words, last=steps // 2)
    runs.steps(root, *words)
    with open_workspace(root) as workspace, workspace.session() as session:
        assert len(session.exec(select(Party)).all()) == 1
        for sha256 in session.exec(select(Reference.sha256)):
            workspace.vault.verify(sha256)
