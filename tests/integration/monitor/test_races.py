"""Several at once on one thing: one of them succeeds, and the others are told what was done."""

import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

import crawler.health  # noqa: F401  (its tables are named by those of the videos)
from crawler.custody import CustodyEntry, verify_chain
from monitor.workspace import init_workspace
from registry.db import now
from registry.documents import Document
from registry.licences import Licence, add_licence, revoke_licence
from registry.subjects import Subject
from reports.allow_list import allow
from reports.cases import Case, CaseMatch
from reports.errors import Overtaken
from reports.evidence.verify import verify_bundle
from reports.issuing import issue_bundle
from reports.matches import MatchRow, MatchStatus, apply_licences
from reports.review import Decision, Review, review
from reports.review_batch import Shown, review_all
from reports.signing.key_file import signing_key
from tests.support.cases import open_cases
from tests.support.evidence_desk import AT, furnish
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault

ROOT = Path(__file__).resolve().parents[3]
FOUR = (Decision.CONFIRM, Decision.REJECT, Decision.PERMIT, Decision.REJECT)
SPAWN = multiprocessing.get_context("spawn")
Work = Callable[[Session, Path, int], Any]


def waiting(root: Path) -> str:
    """A workspace in which one match waits for a decision, with a case that was confirmed and reopened; the match's id."""
    init_workspace(root)
    place = furnish(root)
    row = place.session.exec(select(MatchRow)).one()
    review(place.session, row.id, Decision.REOPEN, "R. Iyer", "once more", AT + timedelta(hours=2))
    place.session.commit()
    made = row.id
    place.session.close()
    place.session.get_bind().engine.dispose()
    return made


def at_once(root: Path, work: Callable[..., None], number: int) -> list[str]:
    """What each of so many processes says, which begin together after each has read what it decides on."""
    barrier, answers = SPAWN.Barrier(number), SPAWN.Queue()
    workers = [SPAWN.Process(target=work, args=(root, place, barrier, answers)) for place in range(number)]
    for worker in workers:
        worker.start()
    said = [answers.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    return sorted(said)


def _decide(root: Path, place: int, barrier: Barrier, answers: Any) -> None:
    engine = new_database(root / "semblance.db")
    with Session(engine) as session:
        row = session.exec(select(MatchRow)).one()
        barrier.wait()
        try:
            review(session, row.id, FOUR[place], f"Reviewer {place}", "what I saw", now())
            open_cases(session)
            session.commit()
        except Overtaken as overtaken:
            answers.put(f"overtaken: {overtaken}")
        else:
            answers.put(f"done: {FOUR[place].said}")
    engine.dispose()


def reviews(root: Path) -> list[Review]:
    engine = new_database(root / "semblance.db")
    with Session(engine) as session:
        rows = list(session.exec(select(Review)))
        session.expunge_all()
    engine.dispose()
    return rows


def test_of_four_reviews_of_one_match_at_once_one_succeeds_and_the_others_are_told_of_it(tmp_path: Path) -> None:
    waiting(tmp_path)
    before = len(reviews(tmp_path))
    said = at_once(tmp_path, _decide, 4)
    assert [line.split(":")[0] for line in said] == ["done", "overtaken", "overtaken", "overtaken"]
    (made,) = reviews(tmp_path)[before:]
    decided = said[0].removeprefix("done: ")
    assert all(f"{made.reviewer} {decided} match" in line and "what I saw" in line for line in said[1:])


def held_back(command: list[str]) -> subprocess.Popen[str]:
    """Typed now, and run when it is told to go: of commands that are held back together none was typed after another's end,
    however slow the machine is."""
    return subprocess.Popen(
        ["/bin/sh", "-c", 'read -r go; exec "$@"', "sh", *command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_of_four_commands_at_once_one_succeeds(tmp_path: Path) -> None:
    match = waiting(tmp_path)
    before = len(reviews(tmp_path))
    about = ["--reviewer", "R. Viewer", "--reason", "what I saw"]
    commands = [
        [sys.executable, "-m", "monitor.cli.main", "-w", str(tmp_path), "review", each.value, match, *about] for each in FOUR
    ]
    started = [held_back(command) for command in commands]
    for process in started:
        print("go", file=process.stdin, flush=True)
    ended = [(process.communicate(timeout=120)[1], process.returncode) for process in started]
    assert sorted(code for _, code in ended) == [0, 2, 2, 2]
    assert all("R. Viewer" in error and "meanwhile" in error for error, code in ended if code)
    assert len(reviews(tmp_path)) == before + 1


def test_a_command_that_is_slow_to_start_was_typed_before_it_read_its_first_line(tmp_path: Path) -> None:
    match = waiting(tmp_path)
    about = ["--reviewer", "S. Low", "--reason", "what I saw"]
    command = [sys.executable, "-m", "monitor.cli.main", "-w", str(tmp_path), "review", "reject", match, *about]
    slow = held_back(command)
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        review(session, match, Decision.CONFIRM, "F. Ast", "it is him", now())
        session.commit()
    engine.dispose()
    _, error = slow.communicate("go\n", timeout=120)
    assert slow.returncode == 2, error
    assert "F. Ast confirmed" in error
    assert "meanwhile" in error


def _decide_many(root: Path, place: int, barrier: Barrier, answers: Any) -> None:
    engine = new_database(root / "semblance.db")
    with Session(engine) as session:
        seen = [Shown(row.id, row.status) for row in session.exec(select(MatchRow))]
        barrier.wait()
        made = review_all(session, seen, FOUR[place], f"Reviewer {place}", "what I saw", now())
        session.commit()
        answers.put(f"{len(made.done)} done: {' '.join(left.what for left in made.left)}")
    engine.dispose()


def test_of_four_batches_at_once_one_decides(tmp_path: Path) -> None:
    waiting(tmp_path)
    said = at_once(tmp_path, _decide_many, 4)
    assert [line.partition(" ")[0] for line in said] == ["0", "0", "0", "1"]
    assert all("meanwhile" in line for line in said[:3])


def test_a_match_that_was_erased_meanwhile_is_left_and_the_others_are_decided(tmp_path: Path) -> None:
    match = waiting(tmp_path)
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        shown = [Shown("erased", MatchStatus.PENDING), Shown(match, MatchStatus.PENDING)]
        made = review_all(session, shown, Decision.REJECT, "R. Viewer", "what I saw", now())
        assert [row.id for row in made.done] == [match]
        assert [(left.id, left.what) for left in made.left] == [("erased", "It is not on record any more.")]
    engine.dispose()


def _open(root: Path, _place: int, barrier: Barrier, answers: Any) -> None:
    engine = new_database(root / "semblance.db")
    with Session(engine) as session:
        list(session.exec(select(MatchRow)))
        barrier.wait()
        answers.put(str(len(open_cases(session))))
        session.commit()
    engine.dispose()


def test_cases_that_several_open_at_once_are_opened_once(tmp_path: Path) -> None:
    match = waiting(tmp_path)
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        for row in (*session.exec(select(CaseMatch)), *session.exec(select(Case))):
            session.delete(row)
            session.flush()
        review(session, match, Decision.CONFIRM, "R. Iyer", "after all", now())
        session.commit()
    assert at_once(tmp_path, _open, 4) == ["1"] * 4
    with Session(engine) as session:
        assert (len(session.exec(select(Case)).all()), len(session.exec(select(CaseMatch)).all())) == (1, 1)
    engine.dispose()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Session, Session]]:
    """Two sessions of one workspace, as of two processes, in which one match waits."""
    waiting(tmp_path)
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as one, Session(engine) as other:
        yield one, other
    engine.dispose()


def test_the_allow_list_and_licences_take_nothing_back_that_a_person_decided_meanwhile(two: tuple[Session, Session]) -> None:
    reading, deciding = two
    held = reading.exec(select(MatchRow)).one()
    assert held.status is MatchStatus.PENDING
    review(deciding, held.id, Decision.CONFIRM, "R. Iyer", "it is", now())
    deciding.commit()
    subject = reading.get_one(Subject, "s1")
    add_licence(reading, subject, "Fan Club", AT)
    assert apply_licences(reading, now()) == 0
    reading.commit()
    assert held.status is MatchStatus.CONFIRMED


def test_a_match_that_was_permitted_meanwhile_is_not_confirmed_as_it_was_shown(two: tuple[Session, Session]) -> None:
    deciding, allowing = two
    held = deciding.exec(select(MatchRow)).one()
    from registry.parties import Party

    party = allowing.get_one(Party, "p1")
    _, changed = allow(allowing, party, now(), allowed_by="L. Egal", reason="fans", host="clips.example", whole_host=True)
    allowing.commit()
    assert changed == 1
    with pytest.raises(Overtaken, match="is permitted now, and was pending when it was shown"):
        review(deciding, held.id, Decision.CONFIRM, "R. Iyer", "it is", now())


def test_of_two_endings_of_a_licence_the_first_one_counts(two: tuple[Session, Session]) -> None:
    one, other = two
    made = add_licence(one, one.get_one(Subject, "s1"), "Fan Club", AT)
    one.commit()
    seen = [session.get_one(Licence, made.id) for session in two]
    first, second = now(), now() + timedelta(hours=1)
    revoke_licence(one, made.id, first)
    one.commit()
    revoke_licence(other, made.id, second)
    other.commit()
    assert [row.revoked_at for row in seen] == [first, first]


def test_what_was_decided_since_a_command_began_is_not_decided_over(two: tuple[Session, Session]) -> None:
    one, other = two
    match = one.exec(select(MatchRow.id)).one()
    begun = now()
    review(one, match, Decision.REJECT, "R. Iyer", "not it", now())
    one.commit()
    with pytest.raises(Overtaken, match=r"R\. Iyer rejected"):
        review(other, match, Decision.CONFIRM, "E. Novak", "it is", now(), since=begun)
    other.rollback()
    assert review(other, match, Decision.CONFIRM, "E. Novak", "it is", now(), since=now()).id is not None


def _export(root: Path, place: int, barrier: Barrier, answers: Any) -> None:
    engine = new_database(root / "semblance.db")
    with Session(engine) as session:
        case = session.exec(select(Case)).one()
        key = signing_key(root / "keys")
        barrier.wait()
        made = issue_bundle(session, new_vault(root), case, root / "out", key, operator=f"E. {place}", at=AT)
        answers.put(made.name)
    engine.dispose()


def test_exports_of_one_case_in_the_same_second_each_have_a_place_of_their_own(tmp_path: Path) -> None:
    place = furnish(tmp_path)
    place.session.close()
    place.session.get_bind().engine.dispose()
    names = at_once(tmp_path, _export, 3)
    assert len(set(names)) == 3
    bundles = sorted((tmp_path / "out").iterdir())
    assert [bundle.name for bundle in bundles] == names
    assert all(verify_bundle(bundle).ok for bundle in bundles)
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as session:
        entries = [entry for entry in session.exec(select(CustodyEntry)) if entry.action == "exported"]
        # Each entry tells of the bundle that lies under its name.
        told = {entry.detail["bundle"]: entry.detail["seal_sha256"] for entry in entries}
        rows = {Path(row.path).name: row.digest for row in session.exec(select(Document))}
        assert rows == told
        assert sorted(told) == names
        assert verify_chain(session) is None
        assert all(row.making is None for row in session.exec(select(Document)))
    engine.dispose()


def test_two_workspaces_that_export_to_one_place_overwrite_nothing(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    places = [furnish(tmp_path / name) for name in ("one", "two")]
    out = tmp_path / "out"
    made = [issue_bundle(place.session, place.vault, place.case, out, place.key, at=AT) for place in places]
    assert len(set(made)) == 2
    assert all(verify_bundle(bundle, place.key.fingerprint).ok for bundle, place in zip(made, places, strict=True))
    for place in places:
        place.session.close()
        place.session.get_bind().engine.dispose()
