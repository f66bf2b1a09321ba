"""A pull killed before each of its steps: whatever pack was there still serves, and the next pull succeeds."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.errors import PackError
from matcher.packs import adding, store
from matcher.packs.pull.making import DETECTOR
from matcher.packs.pull.pulling import PARTS
from tests.support.pull_desk import Killer, published


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory, shared_models: Path) -> Iterator[Killer]:
    source = tmp_path_factory.mktemp("published")
    for name, body in published(shared_models).items():
        (source / name).write_bytes(body)
    killer = Killer(source)
    yield killer
    killer.close()


def is_pulled(models: Path) -> bool:
    return DETECTOR in store.load(models, "edge").spec.files


def test_killed_at_any_step_the_older_pack_or_the_new_one_serves(tmp_path: Path, killer: Killer, shared_models: Path) -> None:
    older = tmp_path / "older"
    adding.add(older, shared_models / "edge")
    shutil.copytree(older, tmp_path / "counted")
    steps = killer.steps(tmp_path / "counted")
    served = []
    for last in range(1, steps + 1):
        models = tmp_path / str(last)
        shutil.copytree(older, models)
        killer.kill(models, last)
        assert store.installed(models) == ["edge"], last
        served.append(is_pulled(models))
        killer.steps(models)
        assert is_pulled(models), last
        assert sorted(path.name for path in models.iterdir()) == [PARTS, "edge"], last
        assert [path.name for path in (models / PARTS).iterdir()] == ["lock"], last
        shutil.rmtree(models)
    assert served[0] is False
    assert served == sorted(served), "once the new pack serves it stays"


def test_killed_at_any_step_there_is_no_pack_or_a_whole_one(tmp_path: Path, killer: Killer) -> None:
    steps = killer.steps(tmp_path / "counted")
    for last in range(1, steps + 1):
        models = tmp_path / str(last)
        killer.kill(models, last)
        if store.installed(models):
            assert is_pulled(models), last
        else:
            with pytest.raises(PackError, match="not here"):
                store.load(models, "edge")
        killer.steps(models)
        assert is_pulled(models), last
        shutil.rmtree(models)
