"""What several rooms' tests begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from monitor.workspace import Workspace
from registry.vault.base import Vault
from tests.support.new_database import new_database
from tests.support.new_vault import new_vault
from tests.support.prepared import Prepared


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Of a new database, which knows the tables that the test's modules import."""
    engine = new_database(tmp_path / "semblance.db")
    with Session(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def workspace(before: Prepared, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the one that a file of tests prepares as its fixture before."""
    with before.opened(tmp_path) as opened:
        yield opened


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)
