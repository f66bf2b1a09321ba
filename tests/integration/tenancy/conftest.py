"""A workspace of two unions, Alpha and Beta, and a session of Alpha's clerk."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.tenancy import AccountSession
from tests.support.tenancy.two_parties import caller, furnish, share

Maker = Callable[[Path], None]
"""Makes a folder a workspace."""


@pytest.fixture(scope="module")
def make() -> Maker:
    """On SQLite; a file of tests that holds on both kinds of database has a fixture of its own (each_database)."""
    return init_workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, make: Maker) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("tenancy") / "work"
    make(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            for name in ("Alpha", "Beta"):
                furnish(workspace, session, name)
            share(session)
            session.commit()
        yield workspace


@pytest.fixture
def alpha(place: Workspace) -> Iterator[AccountSession]:
    with AccountSession(place.engine, caller(place)) as session:
        yield session
        session.rollback()
