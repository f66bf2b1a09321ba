"""Every target of `make fuzz` takes its own seeds, and pieces of them, without a finding; what it catches is shown to it."""

from pathlib import Path

import pytest

from fuzz.findings import again, keep, place_of
from fuzz.target import Broken, Target, promise
from fuzz.targets import MODULES, all_targets, target_named

SLOW = {"words.letter": 10, "words.pdf": 10, "tables.terms": 20, "bundles.file": 10, "labels.c2pa": 20}
"""Of how many seeds these are shown, which take long over each."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", list(all_targets()), ids=lambda target: target.name)
def test_a_target_takes_what_it_begins_with(target: Target) -> None:
    seeds = list(target.seeds())[: SLOW.get(target.name, 60)]
    assert seeds
    for seed in seeds:
        for data in (seed, seed[: len(seed) // 2]):
            target.check(data[: target.longest])
    target.check(b"")


def test_every_target_is_found_by_its_name() -> None:
    names = [target.name for target in all_targets()]
    assert len(set(names)) == len(names)
    assert {name.partition(".")[0] for name in names} == set(MODULES)
    for name in names:
        assert target_named(name).name == name
    with pytest.raises(LookupError):
        target_named("pages.nothing")


def test_a_finding_is_kept_once_for_each_place_and_tried_anew(tmp_path: Path) -> None:
    def broken(data: bytes) -> None:
        promise(data != b"x", "it must not be x")

    with pytest.raises(Broken) as caught:
        broken(b"x")
    folder, corpus = tmp_path / "findings", tmp_path / "corpus"
    assert keep(folder, place_of(caught.value), b"x", "words")
    assert not keep(folder, place_of(caught.value), b"x", "words")
    again(folder, corpus)
    assert [path.read_bytes() for path in corpus.iterdir()] == [b"x"]
    assert list(folder.iterdir()) == []
