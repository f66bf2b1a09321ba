"""An import that is taken back, against kills: after the next start no member is half taken back, and asking again finishes."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from monitor.cli.main import main
from monitor.workspace import open_workspace
from registry.erase import Erasure
from registry.intakes import Intake
from registry.members import Member
from registry.references import Reference
from registry.subjects import Subject
from registry.template_rows import TemplateRow
from tests.support.direct_database import held_by_database
from tests.support.kill_steps import Launcher, launcher
from tests.support.new_vault import new_vault
from tests.support.rosters import people, take_in, union_workspace, write_csv

KILLS = 40
State = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Scene:
    """prepared: a workspace with two imports. words: those that take the second one back. before: what it holds by then."""

    prepared: Path
    words: tuple[str, ...]
    before: State


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("scene")
    photos = people(folder / "photos", 5)
    titles = ["number", "name", "photo"]
    first = [titles, *([n, f"Member {n}", f"{n}/0.png"] for n in (1, 2))]
    second = [["number", "name", "photo 1", "photo 2"], *([n, f"Member {n}", f"{n}/0.png", f"{n}/1.png"] for n in range(1, 6))]
    with union_workspace(folder / "work") as workspace:
        take_in(workspace, write_csv(folder / "first.csv", first), photos)
        take_in(workspace, write_csv(folder / "second.csv", second), photos)
        with workspace.session() as session:
            intake = session.exec(select(Intake)).all()[-1]
            words = ("members", "take-back", intake.id, "--party", "Union", "--yes")
            return Scene(folder / "work", words, state(session))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    with launcher(tmp_path_factory.mktemp("temporary")) as started:
        yield started


def state(session: Session) -> State:
    """Of each member's number and subject the photos, by whom they show."""
    names = dict(session.exec(select(Subject.id, Subject.name).where(Subject.erased_at == None)).all())  # noqa: E711
    photos: dict[str, list[str]] = {name: [] for name in names.values()}
    for reference in session.exec(select(Reference)):
        photos[names[reference.subject_id]].append(reference.sha256)
    return {name: tuple(sorted(found)) for name, found in photos.items()}


def check_whole(root: Path, session: Session, before: State, after: State) -> None:
    """Each member is as before or as after, bytes and vectors are those of rows, and who is gone is so in every file."""
    now = state(session)
    assert all(now.get(name) in (before[name], after.get(name)) for name in before)
    assert set(now) <= set(before)
    kept = set(session.exec(select(Reference.sha256)))
    assert set(new_vault(root).sealed()) == kept
    assert set(session.exec(select(TemplateRow.reference_id))) == set(session.exec(select(Reference.id)))
    living = {row.subject_id for row in session.exec(select(Member)) if not row.lapsed}
    assert living == set(session.exec(select(Subject.id).where(Subject.erased_at == None)))  # noqa: E711
    assert all(row.finished_at is not None for row in session.exec(select(Erasure)))
    gone = [name.encode() for name in before if name not in now]
    content = held_by_database(root)
    assert [name for name in gone if name in content] == []


def test_a_kill_at_any_step_takes_nobody_back_by_half_and_asking_again_finishes(
    scene: Scene, runs: Launcher, tmp_path: Path
) -> None:
    undisturbed = Path(shutil.copytree(scene.prepared, tmp_path / "undisturbed"))
    steps = runs.steps(undisturbed, *scene.words)
    with open_workspace(undisturbed) as workspace, workspace.session() as session:
        after, members = state(session), len(session.exec(select(Member)).all())
    assert {name: len(photos) for name, photos in after.items()} == {"Member 1": 1, "Member 2": 1}
    moments = sorted({1 + number * (steps - 1) // (KILLS - 1) for number in range(KILLS)})
    halfway = 0
    for last in moments:
        root = tmp_path / "work"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(scene.prepared, root)
        assert runs.kill(root, *scene.words, last=last)
        with open_workspace(root) as workspace, workspace.session() as session:
            check_whole(root, session, scene.before, after)
            halfway += state(session) not in (scene.before, after)
            over = session.exec(select(Intake)).all()[-1].taken_back_at is not None
        if not over:
            runs.steps(root, *scene.words)
        with open_workspace(root) as workspace, workspace.session() as session:
            check_whole(root, session, scene.before, after)
            assert (state(session), len(session.exec(select(Member)).all())) == (after, members)
    assert halfway > 0


def test_the_database_is_rewritten_once_for_all_whom_an_import_brought(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(scene.prepared, tmp_path / "work"))
    rewritten = []

    def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text == "VACUUM":
            rewritten.append(text)

    event.listen(Engine, "before_cursor_execute", note)
    monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(root), *scene.words])
    try:
        assert main() == 0
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(rewritten) == 1
