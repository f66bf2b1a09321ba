"""Whatever lists members beside a roster is struck of who is erased, wherever it lies by then, or the receipt names it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.consent_rows import read_table
from monitor.consents import Given, add_each, write_outcomes
from monitor.roster.invitations import write_invitations
from monitor.roster.outcomes import OutcomeFile
from monitor.roster.table import open_roster
from monitor.wiring import ERASERS, KEEPERS, SEEKERS
from monitor.workspace import Workspace
from registry.db import now
from registry.erase import ErasureReceipt, erase_subject
from registry.listings import HEADERS, note_listing
from registry.mandates import Basis, Terms
from registry.parties import Party
from registry.subjects import find_subject, rename_subject
from tests.support.rosters import people, take_in, union_workspace, write_csv

NAME, NUMBER = "Zoe Quarrel", "7345"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with union_workspace(tmp_path / "office" / "work") as workspace:
        yield workspace


def bring(workspace: Workspace, place: Path, *rows: tuple[str, str, str]) -> Path:
    """Import a roster at place; its outcome, beside it."""
    photos = people(workspace.root.parent / "photos", 3)
    place.parent.mkdir(exist_ok=True, parents=True)
    first = 0 if rows[0][0] else 1
    roster = write_csv(place, [row[first:] for row in (("number", "name", "photo"), *rows)])
    outcome = place.with_suffix(".outcome.csv")
    with workspace.session() as session:
        note_listing(session, session.exec(select(Party)).one().id, outcome)
    with OutcomeFile(outcome) as file:
        file.write(take_in(workspace, roster, photos).values())
    return outcome


def both(workspace: Workspace, place: Path) -> Path:
    return bring(workspace, place, (NUMBER, NAME, "1/0.png"), ("12", "Bo Stays", "2/0.png"))


def erase(workspace: Workspace, name: str = NAME) -> ErasureReceipt:
    with workspace.session() as session:
        subject = find_subject(session, name)
        return erase_subject(session, workspace.vault, subject, now(), "asked for", ERASERS, KEEPERS, SEEKERS)


def lists(place: Path, *words: str) -> list[bool]:
    return [word in place.read_text("utf-8-sig") for word in words]


def test_every_import_and_every_file_of_a_member_that_is_split_over_several(workspace: Workspace, tmp_path: Path) -> None:
    first = both(workspace, tmp_path / "office" / "january.csv")
    second = bring(workspace, tmp_path / "elsewhere" / "february.csv", (NUMBER, NAME, "1/1.png"))
    third = bring(workspace, tmp_path / "elsewhere" / "march.csv", (NUMBER, NAME, "1/2.png"))
    assert all(lists(place, NAME, NUMBER) == [True, True] for place in (first, second, third))
    receipt = erase(workspace)
    assert receipt.left == ()
    assert [lists(place, NAME, NUMBER) for place in (first, second, third)] == [[False, False]] * 3
    assert lists(first, "Bo Stays") == [True]


def test_what_was_moved_within_the_office_is_struck_there(workspace: Workspace, tmp_path: Path) -> None:
    made = both(workspace, tmp_path / "office" / "roster.csv")
    for folder in (tmp_path / "office" / "done", tmp_path / "office" / "work" / "kept" / "2026"):
        folder.mkdir(parents=True)
    inside = both(workspace, tmp_path / "office" / "again.csv")
    moved = made.rename(tmp_path / "office" / "done" / made.name)
    inside = inside.rename(tmp_path / "office" / "work" / "kept" / "2026" / inside.name)
    receipt = erase(workspace)
    assert [lists(place, NAME, NUMBER, "Bo Stays") for place in (moved, inside)] == [[False, False, True]] * 2
    (line,) = [line for line in receipt.kept if "was struck" in line]
    assert str(moved) in line
    assert "kept/2026/again.outcome.csv" in line


def test_what_was_moved_out_of_sight_is_on_the_receipt(workspace: Workspace, tmp_path: Path) -> None:
    made = both(workspace, tmp_path / "office" / "roster.csv")
    (tmp_path / "far" / "away").mkdir(parents=True)
    made.rename(tmp_path / "far" / "away" / made.name)
    receipt = erase(workspace)
    assert receipt.left == (f"{made}: listed members, and is not where it was made; remove it yourself",)
    # Where it lay is nothing: the receipt is finished, and says what it cannot know.
    assert receipt.finished


def test_a_copy_under_another_name_is_named_until_it_is_gone_and_others_lists_are_not_touched(
    workspace: Workspace, tmp_path: Path
) -> None:
    made = both(workspace, tmp_path / "office" / "roster.csv")
    copy, others = made.with_name("for the board.csv"), made.with_name("another union's.csv")
    copy.write_bytes(made.read_bytes())
    others.write_bytes(made.read_bytes().replace(NAME.encode(), b"Somebody Else"))
    before = others.read_bytes()
    receipt = erase(workspace)
    assert receipt.left == (f"{copy}: is a copy of a list of members, and lists the subject; remove it yourself",)
    assert not receipt.finished
    assert others.read_bytes() == before


def test_a_name_of_before_is_struck_as_well(workspace: Workspace, tmp_path: Path) -> None:
    numbered = both(workspace, tmp_path / "office" / "numbered.csv")
    unnumbered = bring(workspace, tmp_path / "office" / "unnumbered.csv", ("", "Cy Before", "3/0.png"))
    for before, after in ((NAME, "Zoe Married"), ("Cy Before", "Cy After")):
        with workspace.session() as session:
            rename_subject(session, find_subject(session, before), after)
            session.commit()
    erase(workspace, "Zoe Married")
    erase(workspace, "Cy After")
    assert lists(numbered, NAME, NUMBER, "Bo Stays") == [False, False, True]
    assert lists(unnumbered, "Cy Before") == [False]


def test_what_became_of_a_table_of_consents(workspace: Workspace, tmp_path: Path) -> None:
    both(workspace, tmp_path / "office" / "roster.csv")
    (tmp_path / "consent.txt").write_text("I agree that my face is looked for. " * 3)
    table = write_csv(tmp_path / "consents.csv", [["member", "document", "from"], [NUMBER, "consent.txt", "2026-01-01"]])
    place = tmp_path / "consents.outcome.csv"
    given = Given(Terms(Basis.CONSENT), "R. Reader", tmp_path, None, None)
    with workspace.session() as session:
        party = session.exec(select(Party)).one()
        note_listing(session, party.id, place)
        made = [one for some in add_each(session, workspace.vault, party, read_table(table), given) for one in some]
        write_outcomes(place, made)
    assert lists(place, NAME, NUMBER) == [True, True]
    erase(workspace)
    assert lists(place, NAME, NUMBER) == [False, False]


def test_each_such_file_begins_as_is_looked_for(workspace: Workspace, tmp_path: Path) -> None:
    outcome, table, links = (tmp_path / name for name in ("o.csv", "c.csv", "l.csv"))
    with OutcomeFile(outcome):
        write_outcomes(table, [])
    with workspace.session() as session:
        roster = open_roster(write_csv(tmp_path / "r.csv", [["number", "name"], ["1", "A"]]))
        write_invitations(session, roster, session.exec(select(Party)).one().id, now() + timedelta(days=9), links)
    written = {place.read_text("utf-8-sig").splitlines()[0] for place in (outcome, table, links)}
    assert written == HEADERS - {"member,name,until,data"}, "the one that earlier versions wrote is looked for as well"
