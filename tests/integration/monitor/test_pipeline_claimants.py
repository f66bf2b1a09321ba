"""Promise 9 through the whole run: each party gets its own match of one face, in whatever order they came, and keeps it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.packs.adding import add
from matcher.types import Recogniser
from monitor.recognisers import RecogniserSpec, build_recognisers
from registry.db import now
from registry.identities import held_elsewhere
from registry.identity_lines import listed_identities
from registry.mandates import list_mandates, revoke_mandate
from registry.subjects import find_subject
from reports.character_claims import CONTESTED
from tests.support.claimants_desk import PARTIES, Desk, clip_of, open_desk

MEASURED = ("modality", "from", "to", "best", "score", "threshold", "margin", "band", "false_per_1000", "reasons", "status")
Opened = Callable[[], AbstractContextManager[Desk]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, shared_models: Path) -> Path:
    folder = tmp_path_factory.mktemp("models")
    add(folder, shared_models / "edge")
    return folder


@pytest.fixture(scope="module")
def faces(shared_data: Path) -> dict[str, list[Path]]:
    """Photos of several people who have more than one."""
    found: dict[str, list[Path]] = {}
    for file in sorted((shared_data / "faces" / "lfw").glob("*.jpg")):
        found.setdefault(file.stem.rsplit("_", 1)[0], []).append(file)
    return {name: files for name, files in found.items() if len(files) >= 3}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, models: Path, faces: dict[str, list[Path]]) -> Opened:
    """Opens a new workspace, whose capture shows the first of the people in a photo that nobody enrols."""
    folder, numbers = tmp_path_factory.mktemp("desks"), count()
    recognisers: list[Recogniser] = build_recognisers(RecogniserSpec(models, ("edge",), True, ()))
    shown = clip_of(next(iter(faces.values()))[2], folder / "shown.mp4")
    return lambda: open_desk(folder / str(next(numbers)), models, recognisers, shown)


@pytest.fixture(scope="module")
def alone(opened: Opened, faces: dict[str, list[Path]]) -> dict[str, object]:
    """What a party that is the only one sees."""
    with opened() as desk:
        desk.enrol("Union of Actors", "Union of Actors' member", next(iter(faces.values()))[0])
        desk.run()
        (match,) = desk.seen("Union of Actors")
        assert match["conflict"] == ""
        return {name: match[name] for name in MEASURED}


def orders() -> list[tuple[str, ...]]:
    """In which each party comes in every place, and before and after every other."""
    names = tuple(PARTIES)
    return [way[first:] + way[:first] for way in (names, names[::-1]) for first in range(len(names))]


@pytest.mark.parametrize("order", orders(), ids=lambda order: "-".join(name.split()[-1] for name in order))
def test_two_unions_a_studio_and_an_agency_each_have_their_match_of_one_face(
    order: tuple[str, ...], opened: Opened, alone: dict[str, object], faces: dict[str, list[Path]]
) -> None:
    with opened() as desk:
        for party in order:
            desk.enrol(party, f"{party}'s member", next(iter(faces.values()))[0])
        assert desk.run().problems == []
        for party in order:
            (match,) = desk.seen(party)
            assert {name: match[name] for name in MEASURED} == alone
            assert match["subject"] == f"{party}'s member"
            assert match["conflict"] == CONTESTED
            with desk.account(party) as session:
                (held,) = held_elsewhere(session)
                told = json.dumps([match, str(held)], default=str)
            assert [word for word in desk.betrays(party) if word in told] == []
        with desk.workspace.session() as session:
            assert len(list(listed_identities(session).rows)) == 6  # each two of four: for the machine's owner alone


def test_a_party_whose_mandate_lapsed_gets_no_match_and_is_no_rival(opened: Opened, faces: dict[str, list[Path]]) -> None:
    first, second = list(PARTIES)[:2]
    with opened() as desk:
        for party in (first, second):
            desk.enrol(party, f"{party}'s member", next(iter(faces.values()))[0])
        end_mandate(desk, f"{second}'s member")
        desk.run()
        (match,) = desk.seen(first)
        assert match["conflict"] == ""
        assert desk.seen(second) == []


def test_a_conflict_ends_with_a_mandate_and_what_was_found_of_others_stays(opened: Opened, faces: dict[str, list[Path]]) -> None:
    first, second = list(PARTIES)[:2]
    with opened() as desk:
        for party in (first, second):
            desk.enrol(party, f"{party}'s member", next(iter(faces.values()))[0])
        desk.run()
        before = desk.rows(first)
        assert desk.seen(first)[0]["conflict"] == CONTESTED
        end_mandate(desk, f"{second}'s member")
        assert desk.seen(first)[0]["conflict"] == ""
        desk.run()
        assert desk.rows(first) == before


def end_mandate(desk: Desk, name: str) -> None:
    with desk.workspace.session() as session:
        for mandate in list_mandates(session, find_subject(session, name)):
            revoke_mandate(session, mandate.id, now())
        session.commit()


changes = st.tuples(st.sampled_from(sorted(PARTIES)[:3]), st.integers(0, 2), st.sampled_from(["enrol", "enrol", "erase", "end"]))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(changes, min_size=2, max_size=5))
def test_what_one_party_changes_changes_no_row_of_anothers(
    history: list[tuple[str, int, str]], opened: Opened, faces: dict[str, list[Path]]
) -> None:
    people = list(faces.values())
    with opened() as desk:
        # Somebody is found already whose match others might take.
        desk.enrol("Union of Singers", "The one who is shown", people[0][0])
        desk.run()
        enrolled: dict[tuple[str, int], int] = {}
        for party, person, what in history:
            before = {other: desk.rows(other) for other in PARTIES if other != party}
            name, photos = f"{party} {person}", enrolled.get((party, person), 0)
            if what == "enrol":
                desk.enrol(party, name, people[person][photos % 2])
                enrolled[party, person] = photos + 1
            elif photos and what == "erase":
                desk.erase(party, name)
                del enrolled[party, person]
            elif photos:
                end_mandate(desk, name)
            desk.run()
            assert {other: desk.rows(other) for other in before} == before
        assert len(desk.rows("Union of Singers")) >= 1
