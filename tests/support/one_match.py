"""A workspace whose first run found a match in one of two videos, for files of tests that go on from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.runs.once import run_once
from monitor.workspace import Workspace
from tests.support.loopback_site import Site
from tests.support.prepared import Prepared
from tests.support.watched_site import watched_before


def name_post(site: Site, title: str) -> None:
    """Give the page with the match that title."""
    site.page("/watch/0", f'<html><head><title>{title}</title></head><body><video src="/media/0.mp4"></video></body></html>')


def _begin(workspace: Workspace, site: Site) -> None:
    name_post(site, "A post")
    run_once(workspace)


@contextmanager
def one_match_made(folder: Path) -> Iterator[Prepared]:
    """Two videos, one of them with a match that waits, and one in which nothing was matched."""
    with watched_before(folder, [1, None], [1], _begin) as made:
        yield made


@pytest.fixture
def before(one_match: Prepared) -> Prepared:
    return one_match


@pytest.fixture
def site(before: Prepared) -> Site:
    return before.site
