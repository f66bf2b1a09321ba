"""A video that is watched, for the files of this room's tests that look at it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.loopback_site import Site
from tests.support.watched_video import Watch


@pytest.fixture
def watch(tmp_path: Path, site: Site) -> Iterator[Watch]:
    made = Watch(tmp_path, site)
    yield made
    made.engine.dispose()
