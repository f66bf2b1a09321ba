"""A bundle is looked at again from itself alone; a new model shows a difference and changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.replay import NotReplayed, replay_bundle
from monitor.settings import Settings
from reports.evidence import seal
from reports.issuing import issue_bundle
from tests.support.evidence_desk import AT, Workplace, furnish, reseal

NO_FACES = Settings(pack="")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    (tmp_path / "desk").mkdir()
    made = furnish(tmp_path / "desk")
    yield made
    made.session.close()
    made.session.get_bind().engine.dispose()


@pytest.fixture
def bundle(place: Workplace) -> Path:
    return issue_bundle(place.session, place.vault, place.case, place.out, place.key, operator="E. Novak", at=AT)


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in seal.walk(folder).files}


def test_another_model_shows_a_difference_and_rewrites_nothing(bundle: Path) -> None:
    """The bundle's match was made with an encoder that no pack has."""
    before = contents(bundle)
    (one,) = replay_bundle(bundle, NO_FACES)
    assert (one.subject, one.then.encoder, one.then.score, one.same_model) == ("Mossy", "sift", 0.81, False)
    assert one.now is None or one.now.encoder != "sift"
    assert contents(bundle) == before


def test_what_is_not_there_is_not_found(bundle: Path, place: Workplace) -> None:
    """Nothing of the bundle's own words is believed: its match is moved to where the video has ended."""
    path = bundle / "data" / "matches.json"
    said = json.loads(path.read_text())
    said["matches"][0] |= {"t_start": 50.0, "t_end": 60.0}
    path.write_text(json.dumps(said))
    reseal(bundle, place.key)
    (one,) = replay_bundle(bundle, NO_FACES)
    assert (one.now, one.holds) == (None, False)
    assert one.why


def test_a_bundle_that_is_not_whole_is_not_replayed(bundle: Path) -> None:
    (bundle / "data" / "case.json").write_text("{}")
    with pytest.raises(NotReplayed, match=r"case\.json"):
        replay_bundle(bundle, NO_FACES)


@pytest.mark.parametrize("lie", ["../../etc/passwd", "data/absent.mp4", 3])
def test_a_bundle_leads_nowhere_outside_itself(bundle: Path, place: Workplace, lie: object) -> None:
    path = bundle / "data" / "case.json"
    case = json.loads(path.read_text())
    case["references"][0]["file"] = lie
    path.write_text(json.dumps(case))
    reseal(bundle, place.key)
    with pytest.raises(NotReplayed, match="cannot be read"):
        replay_bundle(bundle, NO_FACES)
