"""What a cluster's worker asks before it begins, and what leaves it: without a cluster, in this process."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from isolation.level import layers_here
from isolation.limits import Layer
from matcher.types import Gallery, GallerySubject
from monitor.engine.cluster_worker import Answer, Arrival, Errand, Looker, answer_of
from monitor.engine.installation import differences, installed
from monitor.recognisers import RecogniserSpec, build_recognisers
from monitor.settings import ScanSettings
from registry.crypto import Keyring
from registry.errors import Damaged
from registry.kinds import SubjectKind
from registry.types import Template
from registry.vault.base import Vault
from registry.vault.place import FolderPlace
from tests.support.drawn_clips import figure, save

NAME = "A mascot that nobody knows of yet"
SUBJECT = "5ca1ab1e0ddba11500c0ffee00ddba11"
"""As long as ids are: two letters come up in what is sealed by chance."""
SPEC = RecogniserSpec(Path("/nowhere"), (), True, ())
RING = Keyring((os.urandom(32),))


@pytest.fixture
def errand(tmp_path: Path, vault: Vault) -> Errand:
    artwork, *_ = build_recognisers(SPEC)
    template = Template(SUBJECT, "r1", artwork.encoder, artwork.enrol(figure(1)))
    gallery = Gallery({SUBJECT: GallerySubject(SUBJECT, NAME, SubjectKind.CHARACTER)}, (template,))
    return Errand(SPEC, gallery, ScanSettings(max_seconds=60), FolderPlace(tmp_path / "vault"), layers_here())


def began(worker: Looker, errand: Errand, wanted: dict[str, str] | None = None) -> Arrival:
    have = installed(SPEC.models, SPEC.packs) if wanted is None else wanted
    return worker.begin(have, str(SPEC.models), SPEC.packs, RING.keys[0], errand.sealed(RING))


@pytest.fixture
def worker() -> Iterator[Looker]:
    looker = Looker()
    yield looker
    looker.close()


@pytest.fixture
def _by_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "token")


@pytest.mark.usefixtures("_by_token")
def test_what_goes_there_and_what_comes_back_is_sealed(worker: Looker, errand: Errand, vault: Vault, tmp_path: Path) -> None:
    sha256 = vault.put([save(tmp_path / "shown.png", figure(1)).read_bytes()]).sha256
    there = errand.sealed(RING)
    assert began(worker, errand).against == ""
    back = worker.look(sha256)
    arrays = errand.gallery.templates[0].arrays
    for written in (NAME.encode(), SUBJECT.encode(), *(array.tobytes() for array in arrays.values())):
        assert written not in there + back
    answer = answer_of(back, RING)
    assert answer.result is not None
    assert [match.subject_id for match in answer.result.matches] == [SUBJECT]
    with pytest.raises(Damaged):
        answer_of(back[:-1] + bytes([back[-1] ^ 1]), RING)


@pytest.mark.usefixtures("_by_token")
def test_an_object_that_is_not_there_is_no_result(worker: Looker, errand: Errand) -> None:
    arrival = began(worker, errand)
    assert arrival.against == ""
    assert answer_of(worker.look("0" * 64), RING) == Answer(arrival.host)


@pytest.mark.usefixtures("_by_token")
def test_a_machine_with_something_else_installed_takes_no_part(errand: Errand) -> None:
    wanted = installed(SPEC.models, ("edge",))
    arrival = began(Looker(), errand, wanted | {"semblance": "0.0.9, code 0", "the pack edge": "manifest 0"})
    assert "semblance: 0.1.0, code" in arrival.against
    assert "instead of 0.0.9, code 0" in arrival.against
    assert "the pack edge: none instead of manifest 0" in arrival.against
    assert "Install the same there" in arrival.remedy


@pytest.mark.usefixtures("_by_token")
def test_a_machine_that_confines_less_takes_no_part(worker: Looker, errand: Errand) -> None:
    stricter = replace(errand, walls=frozenset([*layers_here(), "moat"]))  # type: ignore[list-item]
    arrival = began(worker, stricter)
    assert "confined less" in arrival.against
    assert "moat" in arrival.against
    assert Layer.LIMITS not in arrival.against
    assert "installation there examined" in arrival.remedy


@pytest.mark.usefixtures("_by_token")
def test_a_worker_that_cannot_start_is_told(worker: Looker, errand: Errand) -> None:
    arrival = began(worker, replace(errand, spec=replace(SPEC, packs=("no-such-pack",))))
    assert "does not start" in arrival.against
    assert arrival.remedy


def test_a_machine_that_takes_work_from_anybody_takes_no_part(errand: Errand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    arrival = began(Looker(), errand)
    assert "takes work from anybody" in arrival.against
    assert "RAY_AUTH_MODE=token" in arrival.remedy


def test_the_same_installation_differs_in_nothing() -> None:
    here = installed(SPEC.models, ())
    assert differences(here, dict(here)) == []
    assert differences(here, here | {"numpy": "1"}) == [f"numpy: 1 instead of {here['numpy']}"]
