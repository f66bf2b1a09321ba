"""Whether a person lives, and where, is on record: said by a person, shown to whoever it is about, gone with them."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.privacy_export import export_subject
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.audit import AuditEntry
from registry.db import now
from registry.erase import erase_subject
from registry.lives import LifeRefused, life_in_words, note_life
from registry.parties import add_party
from registry.subjects import Subject, add_subject, find_subject
from registry.territory import TerritoryRefused
from registry.types import Life, PartyKind, SubjectKind

TODAY = date(2026, 11, 20)
DIED = date(2024, 5, 31)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as opened:
        with opened.session() as session:
            estate = add_party(session, "Estate", PartyKind.ESTATE)
            add_subject(session, estate, "Ada Example", SubjectKind.PERSON)
            add_subject(session, estate, "Mossy", SubjectKind.CHARACTER)
            session.commit()
        yield opened


def test_what_is_said_replaces_what_was_said_before(workspace: Workspace) -> None:
    with workspace.session() as session:
        ada = find_subject(session, "Ada Example")
        assert life_in_words(ada) == "unknown"
        note_life(session, ada, Life.DECEASED, DIED, "us-ny", TODAY)
        assert life_in_words(ada) == "deceased on 2024-05-31, domiciled in US-NY"
        note_life(session, ada, Life.LIVING, None, "", TODAY)
        assert life_in_words(ada) == "living"


@pytest.mark.parametrize(
    ("name", "life", "died_on", "domicile", "error"),
    [
        ("Mossy", Life.LIVING, None, "", LifeRefused),
        ("Ada Example", Life.LIVING, DIED, "", LifeRefused),
        ("Ada Example", Life.UNKNOWN, DIED, "", LifeRefused),
        ("Ada Example", Life.DECEASED, TODAY + timedelta(days=1), "", LifeRefused),
        ("Ada Example", Life.DECEASED, DIED, "New York", TerritoryRefused),
    ],
)
def test_what_cannot_be_so_is_refused_and_nothing_changes(
    workspace: Workspace, name: str, life: Life, died_on: date | None, domicile: str, error: type[Exception]
) -> None:
    with workspace.session() as session:
        with pytest.raises(error):
            note_life(session, find_subject(session, name), life, died_on, domicile, TODAY)
        session.rollback()
        assert life_in_words(find_subject(session, name)) == "unknown"


def test_it_is_in_what_the_person_gets_who_asks(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.session() as session:
        ada = find_subject(session, "Ada Example")
        note_life(session, ada, Life.DECEASED, DIED, "US-NY", TODAY)
        session.commit()
        export_subject(workspace, session, ada, tmp_path / "handed", now())
    person = json.loads((tmp_path / "handed" / "data.json").read_text("utf-8"))["person"]
    assert (person["life"], person["died"], person["domicile"]) == ("deceased", "2024-05-31", "US-NY")
    page = (tmp_path / "handed" / "index.html").read_text("utf-8")
    assert all(word in page for word in ("deceased", "2024-05-31", "US-NY"))


def test_erasing_leaves_nothing_of_it(workspace: Workspace) -> None:
    with workspace.session() as session:
        ada = find_subject(session, "Ada Example")
        note_life(session, ada, Life.DECEASED, DIED, "US-NY", TODAY)
        session.commit()
        erase_subject(session, workspace.vault, ada, now(), "the heirs asked")
        row = session.get_one(Subject, ada.id)
        assert (row.life, row.died_on, row.domicile) == (Life.UNKNOWN, None, "")
    assert all(b"2024-05-31" not in path.read_bytes() for path in workspace.root.rglob("*") if path.is_file())


def test_the_log_says_that_it_changed_and_not_what_it_is(workspace: Workspace) -> None:
    with workspace.session() as session:
        note_life(session, find_subject(session, "Ada Example"), Life.DECEASED, DIED, "US-NY", TODAY)
        session.commit()
        last = [entry for entry in session.exec(select(AuditEntry)) if entry.table_name == "subject"][-1]
    said = last.model_dump_json()
    assert "died_on" in said
    assert "2024-05-31" not in said


def test_a_command_says_it_and_shows_it(workspace: Workspace) -> None:
    def typed(*words: str) -> str:
        done = CliRunner().invoke(app, ["--workspace", str(workspace.root), *words])
        assert done.exit_code == 0, done.output
        return done.output

    told = typed("subject", "life", "Ada Example", "deceased", "--died-on", "2024-05-31", "--domicile", "US-NY")
    assert "On record of Ada Example: deceased on 2024-05-31, domiciled in US-NY." in told
    shown = json.loads(typed("subject", "show", "Ada Example", "--json"))
    assert (shown["life"], shown["died_on"], shown["domicile"]) == ("deceased", "2024-05-31", "US-NY")
