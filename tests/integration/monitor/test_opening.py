"""What a command does as it opens a workspace: whatever was left is done, and only then are all tables loaded."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, delete, select

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.audit import verify_audit
from registry.blinding import BlindingSecret
from registry.db import now
from registry.documents import Document
from registry.leftovers import anything_left
from registry.members import Keyed, Member
from registry.parties import add_party
from registry.receipts import Erasure
from registry.types import PartyKind
from reports.matches import MatchRow, MatchStatus
from tests.support.tenancy.two_parties import CLASSES, furnish

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    init_workspace(tmp_path)
    return tmp_path


def loaded(place: Path, *words: str) -> set[str]:
    """The program's own modules that a command has loaded at its end."""
    code = "import sys\nfrom monitor.cli.main import main\nassert main() == 0\nprint(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, "--workspace", str(place), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [("party", "list"), ("subject", "list"), ("account", "list"), ("audit", "list")])
def test_a_list_loads_no_other_rooms_tables(place: Path, words: tuple[str, str]) -> None:
    assert not {"crawler.videos", "reports.matches", "registry.erase", "matcher.decoding"} & loaded(place, *words)


def unfinished_erasure(**given: Any) -> Erasure:
    counts = {"references": 0, "templates": 0, "mandates": 0, "others": 0}
    return Erasure(**{"subject_id": "s", "at": now(), "reason": "asked", "finished_at": now(), "keyed": True, **counts, **given})


LEFT: dict[str, Callable[[Workspace, Session], object]] = {
    "a document about to be made": lambda _, session: session.add(
        Document(subject_id="s", path="reports/a.pdf", kind="weekly", made_at=now(), making="gone")
    ),
    "an erasure under way": lambda _, session: session.add(unfinished_erasure(finished_at=None)),
    "an erasure with plain digests": lambda _, session: session.add(unfinished_erasure(keyed=False, digests=["0" * 64])),
    "an erasure that left something": lambda _, session: session.add(unfinished_erasure(left=["reports/a.pdf: busy"])),
    "a member by a plain digest": lambda _, session: session.add(
        Member(id="m", party_id=add_party(session, "A union", PartyKind.UNION).id, keyed=Keyed.NOT_YET)
    ),
    "no secret": lambda _, session: session.exec(delete(BlindingSecret).where(col(BlindingSecret.id) == 1)),
    "a report under an earlier version's name": lambda place, _: (place.reports / ".weekly-2020").write_text("half"),
    "a signing key half written": lambda place, _: (place.keys / ".evidence-signing.pem.0").write_text("half"),
}


@pytest.mark.parametrize("what", sorted(LEFT))
def test_what_is_left_is_found_without_loading_what_does_it(place: Path, what: str) -> None:
    with open_workspace(place) as opened, opened.session() as session:
        assert not anything_left(session, place)
        LEFT[what](opened, session)
        session.commit()
        assert anything_left(session, place)


@pytest.mark.parametrize("what", ["a member by a plain digest", "no secret"])
def test_a_list_does_what_is_left(place: Path, what: str) -> None:
    with open_workspace(place) as opened, opened.session() as session:
        LEFT[what](opened, session)
        session.commit()
    loaded(place, "party", "list")
    with open_workspace(place) as opened, opened.session() as session:
        assert not anything_left(session, place)


def test_the_command_after_one_that_put_an_object_removes_what_no_row_names_and_loads_nothing_else(place: Path) -> None:
    with open_workspace(place) as opened:
        photo = opened.vault.put([b"photo"], private=True).sha256
    del opened  # whose vault holds what it announced for as long as it is there
    assert "monitor.wiring" not in loaded(place, "party", "list")
    with open_workspace(place) as opened:
        assert not opened.vault.announced.any()
        assert photo not in opened.vault


def furnished(place: Path) -> None:
    """A match that waits, with a reason of a licence that is over; nothing else is left to do."""
    with open_workspace(place) as opened, opened.session() as session:
        furnish(opened, session, "Alpha")
        session.exec(delete(Erasure))
        known = session.exec(select(MatchRow)).first()
        assert known is not None
        about = {"id": "another", "status": MatchStatus.PENDING, "permission_reason": "of a licence that is over"}
        session.add(MatchRow(**{**known.model_dump(), **about}))
        session.commit()


def test_a_list_of_matches_follows_licences_without_all_tables_and_writes_nothing(place: Path) -> None:
    furnished(place)
    # The first command forgets what this process announced in the vault.
    loaded(place, "party", "list")
    assert "registry.erase" not in loaded(place, "review", "list")
    command = [sys.executable, "-m", "monitor.cli.main", "--workspace", str(place), "review", "list", "--status", "all", "--json"]
    said = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert "of a licence that is over" not in str(said)
    with open_workspace(place) as opened, opened.session() as session:
        reasons = session.exec(select(MatchRow.permission_reason)).all()
        assert "of a licence that is over" in reasons
        assert verify_audit(session).ok


def test_whoever_goes_through_all_tables_has_those_too_that_nothing_loaded() -> None:
    code = (
        "import sys, monitor.workspace\nloaded = set(sys.modules)\nfrom registry.storage.tables import all_tables, all_mappers\n"
    )
    code += "print('reports.matches' in loaded, *sorted(table.name for table in all_tables()), len(all_mappers()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", *sorted(CLASSES), str(len(CLASSES))]
