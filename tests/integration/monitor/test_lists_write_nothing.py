"""Lists say what licences and the allow-list permit at this moment, and leave the database as it is."""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from monitor.cli.main import main
from monitor.workspace import init_workspace, open_workspace
from registry.db import now
from registry.licences import add_licence
from registry.parties import Party
from registry.subjects import Subject
from registry.types import PartyKind, SubjectKind
from reports.matches import MatchRow, MatchStatus, apply_licences
from tests.support.direct_database import directly
from tests.support.mandated import mandate_all
from tests.support.recorded_matches import a_capture, a_match, a_video, record

DAY = timedelta(days=1)
Typed = Callable[..., Any]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with a match of each of two subjects in one video."""
    init_workspace(tmp_path / "workspace")
    with open_workspace(tmp_path / "workspace") as workspace, workspace.session() as session:
        session.add(Party(id="p1", name="Larkspur Pictures", kind=PartyKind.STUDIO))
        session.flush()
        session.add(Subject(id="s1", party_id="p1", name="Mossy", kind=SubjectKind.CHARACTER))
        session.add(Subject(id="s2", party_id="p1", name="Thorn", kind=SubjectKind.CHARACTER))
        mandate_all(session)
        session.add(a_video("v1"))
        session.flush()
        session.add(a_capture("c1", "v1"))
        session.commit()
        record(session, a_match(), a_match("s2", 5, 7))
    return tmp_path / "workspace"


@pytest.fixture
def typed(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    def run(*words: str) -> Any:
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(place), *words, "--json"])
        code = main()
        out = capsys.readouterr().out
        return json.loads(out) if code == 0 else code

    return run


@pytest.fixture
def changes(place: Path) -> Iterator[Callable[[], int]]:
    """A number that grows with whatever others commit to the database."""
    with directly(place / "semblance.db") as database:
        file = isinstance(database, sqlite3.Connection)
        asked = "PRAGMA data_version" if file else "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
        yield lambda: database.execute(asked).fetchone()[0]


def license_mossy(place: Path, begins_in_days: int, ends_in_days: int, judged_in_days: int) -> None:
    """A licence, of which the record says what it permitted on the day on which the matches were judged."""
    with open_workspace(place) as workspace, workspace.session() as session:
        subject, today = session.get_one(Subject, "s1"), now()
        add_licence(session, subject, "Example Toys", today + begins_in_days * DAY, ends_at=today + ends_in_days * DAY)
        apply_licences(session, today + judged_in_days * DAY)
        session.commit()


def on_record(place: Path) -> dict[str, MatchStatus]:
    with open_workspace(place) as workspace, workspace.session() as session:
        return statuses(session)


def statuses(session: Session) -> dict[str, MatchStatus]:
    return {row.subject_id: row.status for row in session.exec(select(MatchRow))}


def subjects(rows: list[dict[str, Any]]) -> list[str]:
    return [row["subject"] for row in rows]


@pytest.mark.parametrize("words", [("review", "list"), ("review", "list", "--status", "all"), ("case", "list")])
def test_a_list_leaves_the_database_as_it_is_also_after_a_licence_ended(
    place: Path, typed: Typed, changes: Callable[[], int], words: tuple[str, ...]
) -> None:
    license_mossy(place, -9, -1, -5)
    typed(*words)  # what an opening settles is settled
    before = changes()
    typed(*words)
    assert changes() == before
    assert on_record(place) == {"s1": MatchStatus.LICENSED, "s2": MatchStatus.PENDING}


def test_what_a_licence_covered_until_yesterday_waits_in_the_list_of_today(place: Path, typed: Typed) -> None:
    license_mossy(place, -9, -1, -5)
    assert subjects(typed("review", "list")) == ["Mossy", "Thorn"]
    assert typed("review", "list", "--status", "licensed") == []
    (mossy,) = (row for row in typed("review", "list", "--status", "all") if row["subject"] == "Mossy")
    assert (mossy["status"], "licensed to" in mossy["permission"]) == ("pending", False)


def test_what_a_licence_covers_from_today_does_not_wait_any_more(place: Path, typed: Typed) -> None:
    license_mossy(place, -1, 9, -5)
    assert on_record(place)["s1"] is MatchStatus.PENDING
    assert subjects(typed("review", "list")) == ["Thorn"]
    (mossy,) = typed("review", "list", "--status", "licensed")
    assert mossy["permission"] == "licensed to Example Toys"


def test_a_part_of_the_list_goes_on_where_it_ended_whatever_changed_with_the_day(place: Path, typed: Typed) -> None:
    license_mossy(place, -9, -1, -5)
    (first,) = typed("review", "list", "--limit", "1")
    (second,) = typed("review", "list", "--limit", "1", "--after", first["cursor"])
    assert subjects([first, second]) == ["Mossy", "Thorn"]


def test_what_the_list_shows_as_waiting_is_decided_at_once(place: Path, typed: Typed) -> None:
    license_mossy(place, -9, -1, -5)
    (mossy,) = (row for row in typed("review", "list") if row["subject"] == "Mossy")
    by = ("--reviewer", "Jane Doe", "--reason", "it is our character")
    assert typed("review", "confirm", mossy["id"], *by)["status"] == "confirmed"
    assert [row["matches"] for row in typed("case", "list")] == [1]


def test_what_a_licence_covers_from_today_is_confirmed_by_nobody(place: Path, typed: Typed) -> None:
    license_mossy(place, -1, 9, -5)
    (mossy,) = typed("review", "list", "--status", "licensed")
    assert typed("review", "confirm", mossy["id"], "--reviewer", "Jane Doe", "--reason", "it is our character") != 0
    assert typed("case", "list") == []


def test_many_are_decided_on_as_the_list_shows_them(place: Path, typed: Typed) -> None:
    license_mossy(place, -9, -1, -5)
    made = typed("review", "reject", "--video", "v1", "--reviewer", "Jane Doe", "--reason", "another fox", "--yes")
    assert (subjects(made["decided"]), made["left"]) == (["Mossy", "Thorn"], [])
