"""The same roster in any order, any number of times, with kills and erasures in between: the same members; dry run as import."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from benchmarks.patterns import PatternRecogniser
from matcher.assemble import recognisers_of
from matcher.decoding import decoder
from matcher.packs.store import load
from matcher.types import Recogniser
from monitor.roster.outcomes import Outcome, Result
from monitor.roster.photos import open_photos
from monitor.roster.table import open_roster
from monitor.roster.taking_in import RosterImport
from monitor.settings import load_settings
from monitor.workspace import Workspace, data_keys
from registry.db import now
from registry.erase import erase_subject
from registry.members import Member
from registry.parties import Party
from registry.references import Reference, list_references
from registry.refusals import RefusedPhoto
from registry.storage.engine import connect
from registry.subjects import Subject, list_subjects
from registry.vault.local import LocalVault
from tests.support.rosters import people, union_workspace, write_csv

HEADER = ("number", "name", "photos")
FACES, SHOTS = 3, 2
Row = tuple[str, str, str]
RECOGNISERS: Sequence[Recogniser] = (PatternRecogniser(),)


@dataclass(frozen=True)
class Step:
    """What is done with the roster. order: of its rows. at: the step at which an import is killed. whom: who is erased."""

    what: str
    order: int
    at: int
    whom: int


rows = st.tuples(
    st.sampled_from("12345"),
    st.sampled_from(["Ada", "Bo", "Cy", "Di", "ada", "Ed"]),
    st.lists(st.tuples(st.integers(1, FACES), st.integers(0, SHOTS - 1)), min_size=1, max_size=2, unique=True).map(
        lambda shots: ";".join(f"{person}/{shot}.png" for person, shot in shots)
    ),
)
steps = st.builds(
    Step, st.sampled_from(["import", "kill", "kill", "erase"]), st.integers(0, 999), st.integers(1, 14), st.integers(0, 9)
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one union, to be copied, and photos."""
    place = tmp_path_factory.mktemp("histories")
    with union_workspace(place / "empty"):
        pass
    people(place / "photos", FACES)
    return place


@contextmanager
def copied(place: Path, name: str) -> Iterator[Workspace]:
    """A copy of the empty workspace. Its photos are decoded by the tests' own decoder, since a workspace that is opened starts
    one of its own: with hundreds of histories most of the time went into that."""
    root = Path(shutil.copytree(place / "empty", place / "scratch" / name))
    settings, engine = load_settings(root), engine_at(root / "semblance.db")
    keys = data_keys(root, settings.keys, lambda: False)
    engine.update_execution_options(keys=keys)
    try:
        yield Workspace(root, settings, engine, LocalVault(root / "vault", keys), decoder)
    finally:
        engine.dispose()


@cache
def engine_at(path: Path) -> Engine:
    """One for all the databases that come to lie there one after the other: it keeps the statements that it has compiled."""
    return connect(path)


@pytest.fixture
def scratch(place: Path) -> Iterator[Path]:
    yield place / "scratch"
    shutil.rmtree(place / "scratch", ignore_errors=True)


class Killed(BaseException):
    """As a kill does: nothing after it runs but what gives up the transaction."""


def take_in(
    workspace: Workspace,
    place: Path,
    roster: Sequence[Row],
    order: int,
    recognisers: Sequence[Recogniser] = RECOGNISERS,
    kill_at: int | None = None,
    **options: Any,
) -> dict[Row, Outcome]:
    """Import the rows in that order: the outcome of each. kill_at: stop at that flush or commit."""
    shuffled = list(roster)
    random.Random(order).shuffle(shuffled)
    file = write_csv(place / "roster.csv", [HEADER, *shuffled])
    with workspace.session() as session:
        if kill_at is not None:
            _kill_at(session, kill_at)
        party = session.exec(select(Party)).one()
        intake = RosterImport(session, workspace.vault, party, recognisers, open_photos(place / "photos"), batch=2, **options)
        made = [outcome for batch in intake.run(open_roster(file)) for outcome in batch]
    assert Counter(outcome.row for outcome in made) == Counter(range(2, len(roster) + 2))
    return {shuffled[outcome.row - 2]: outcome for outcome in made}


def _kill_at(session: Session, step: int) -> None:
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == step:
            raise Killed

    for moment in ("before_flush", "after_flush", "before_commit", "after_commit"):
        event.listen(session, moment, count)


def held(workspace: Workspace) -> tuple[dict[str, Any], set[Any]]:
    """By member: name and photos, or that they were erased; and what was refused."""
    with workspace.session() as session:
        found: dict[str, Any] = {}
        for member in session.exec(select(Member)):
            subject = session.get(Subject, member.subject_id) if member.subject_id else None
            photos = sorted(row.sha256 for row in list_references(session, subject)) if subject else []
            found[member.id] = (subject.name if subject else "", member.number, photos, member.erased_at is not None)
        assert len(list_subjects(session)) == sum(not gone for *_, gone in found.values())
        assert len(session.exec(select(Reference)).all()) == sum(len(photos) for _, _, photos, _ in found.values())
        return found, {(row.for_whom, row.shows, row.likeness) for row in session.exec(select(RefusedPhoto))}


def erase(workspace: Workspace, member_id: str) -> None:
    with workspace.session() as session:
        subject = session.get_one(Subject, session.get_one(Member, member_id).subject_id)
        erase_subject(session, workspace.vault, subject, now(), "asked for")


def lived(
    place: Path, roster: Sequence[Row], history: Sequence[Step], recognisers: Sequence[Recogniser] = RECOGNISERS
) -> tuple[Any, list[str]]:
    """What is held after a history that ends with a whole import, and who was erased in it."""
    erased = []
    with copied(place, "history") as workspace:
        for step in (*history, Step("import", 0, 0, 0)):
            if step.what == "erase":
                living = sorted(key for key, (*_, gone) in held(workspace)[0].items() if not gone)
                if living:
                    erased.append(living[step.whom % len(living)])
                    erase(workspace, erased[-1])
            elif step.what == "kill":
                with suppress(Killed):
                    take_in(workspace, place, roster, step.order, recognisers, step.at)
            else:
                take_in(workspace, place, roster, step.order, recognisers)
        told = take_in(workspace, place, roster, 3, recognisers, dry_run=True)
        assert take_in(workspace, place, roster, 3, recognisers) == told
        assert not [made for made in told.values() if made.result in (Result.ENROLLED, Result.UPDATED)]
        return held(workspace), erased


@settings(
    max_examples=200,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(roster=st.lists(rows, min_size=2, max_size=5, unique=True), history=st.lists(steps, min_size=1, max_size=3))
def test_any_history_of_a_roster_leads_to_the_same_members(
    place: Path, scratch: Path, roster: list[Row], history: list[Step]
) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
    found, erased = lived(place, roster, history)
    assert plainly(place, roster, erased) == found


def plainly(place: Path, roster: Sequence[Row], erased: Sequence[str], recognisers: Sequence[Recogniser] = RECOGNISERS) -> Any:
    """What is held when the roster comes once, those are erased, and it comes again."""
    with copied(place, "plain") as workspace:
        told = take_in(workspace, place, roster, 1, recognisers, dry_run=True)
        assert take_in(workspace, place, roster, 1, recognisers) == told
        for member_id in erased:
            erase(workspace, member_id)
        take_in(workspace, place, roster, 2, recognisers)
        return held(workspace)


def test_histories_with_real_faces(tmp_path: Path, shared_data: Path, open_pack: Path) -> None:
    recognisers = recognisers_of(load(open_pack.parent, open_pack.name))
    with union_workspace(tmp_path / "empty"):
        pass
    (tmp_path / "photos").mkdir()
    several = [list(files) for _, files in groupby(sorted((shared_data / "faces" / "lfw").glob("*.jpg")), key=_person)]
    for person, files in enumerate([files for files in several if len(files) >= 3][:2]):
        for shot, file in enumerate(files[:3]):
            shutil.copy(file, tmp_path / "photos" / f"{person}-{shot}.jpg")
    roster = [
        ("7", "Ada", "0-0.jpg;0-1.jpg"),
        ("8", "Bo", "1-0.jpg;1-1.jpg"),
        ("9", "Cy", "0-2.jpg"),
        ("10", "ADA", "1-0.jpg"),
    ]
    histories = [
        [Step("kill", 1, 9, 0), Step("erase", 0, 0, 0), Step("import", 2, 0, 0)],
        [Step("import", 3, 0, 0), Step("erase", 0, 0, 1), Step("kill", 4, 6, 0)],
        [Step("kill", 5, 13, 0), Step("kill", 6, 3, 0), Step("erase", 0, 0, 0), Step("erase", 0, 0, 0)],
    ]
    for history in histories:
        found, erased = lived(tmp_path, roster, history, recognisers)
        assert plainly(tmp_path, roster, erased, recognisers) == found
        assert len(found[1]) == 2  # Cy shows Ada, and ADA shows Bo, whoever is left
        shutil.rmtree(tmp_path / "scratch")


def _person(file: Path) -> str:
    return file.stem.rsplit("_", 1)[0]
